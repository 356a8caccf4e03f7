//! The wheel: the future event list of one shard, a hierarchical timing
//! wheel.
//!
//! Three levels with absolute windows. Mail due in the current window of 256
//! ticks lies in a slot a tick; mail due later in the current window of 65,536
//! ticks in a slot of 256 ticks; all other mail in a slot of 65,536 ticks.
//! When time enters a window, that window's slot is spread over the level
//! below *before* anything else is put there. So envelopes of one due tick
//! stay in order of insertion, and each moves at most twice. Units: ticks.

use crate::{
    mail::envelope::Envelope,
    queue::chunk_pool::{Chain, Pool},
    time::{MAX_DELAY, Tick},
};

const BITS: u32 = 8;
const SLOTS: usize = 1 << BITS;
const MASK: Tick = (SLOTS as Tick) - 1;
/// Slots of the coarsest level; one more window than the longest delay spans.
const FAR_SLOTS: usize = 128;

const _: () = assert!(MAX_DELAY >> (2 * BITS) < FAR_SLOTS as Tick);

/// One level of the wheel: chains, and which of them hold anything.
#[derive(Debug)]
struct Level<const N: usize> {
    chains: Box<[Chain; N]>,
    filled: [u64; 4],
}

impl<const N: usize> Level<N> {
    fn new() -> Self {
        Self {
            chains: Box::new([Chain::EMPTY; N]),
            filled: [0; 4],
        }
    }

    #[inline]
    fn push<M: Copy>(&mut self, pool: &mut Pool<M>, slot: usize, envelope: Envelope<M>) {
        self.filled[slot >> 6] |= 1 << (slot & 63);
        pool.push(&mut self.chains[slot], envelope);
    }

    fn take(&mut self, slot: usize) -> Chain {
        self.filled[slot >> 6] &= !(1 << (slot & 63));
        std::mem::replace(&mut self.chains[slot], Chain::EMPTY)
    }

    /// The first filled slot at or after `from`, up to the last slot.
    fn first_from(&self, from: usize) -> Option<usize> {
        let mut word = from >> 6;
        let mut bits = *self.filled.get(word)? & (u64::MAX << (from & 63));
        loop {
            if bits != 0 {
                return Some((word << 6) + bits.trailing_zeros() as usize);
            }
            word += 1;
            bits = *self.filled.get(word)?;
        }
    }
}

/// All mail that waits in one shard.
#[derive(Debug)]
pub(crate) struct TimingWheel<M> {
    now: Tick,
    near: Level<SLOTS>,
    middle: Level<SLOTS>,
    far: Level<FAR_SLOTS>,
    pool: Pool<M>,
    len: u64,
}

impl<M: Copy> TimingWheel<M> {
    /// An empty wheel at tick 0 for about `expected` envelopes.
    pub(crate) fn new(expected: usize) -> Self {
        Self {
            now: 0,
            near: Level::new(),
            middle: Level::new(),
            far: Level::new(),
            pool: Pool::new(expected),
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Put mail in that is due at `due`, from the current tick to
    /// [`MAX_DELAY`] after it.
    #[inline]
    pub(crate) fn insert(&mut self, due: Tick, envelope: Envelope<M>) {
        debug_assert!(due >= self.now && due - self.now <= MAX_DELAY);
        self.len += 1;
        self.place(due, envelope);
    }

    #[inline]
    fn place(&mut self, due: Tick, envelope: Envelope<M>) {
        if due >> BITS == self.now >> BITS {
            self.near
                .push(&mut self.pool, (due & MASK) as usize, envelope);
        } else if due >> (2 * BITS) == self.now >> (2 * BITS) {
            self.middle
                .push(&mut self.pool, (due >> BITS & MASK) as usize, envelope);
        } else {
            let slot = (due >> (2 * BITS)) as usize % FAR_SLOTS;
            self.far.push(&mut self.pool, slot, envelope);
        }
    }

    /// Move the time to `tick`; everything due before it must have been taken.
    pub(crate) fn advance(&mut self, tick: Tick) {
        let before = self.now;
        self.now = tick;
        if tick >> (2 * BITS) != before >> (2 * BITS) {
            let window = tick >> (2 * BITS);
            let mut chain = self.far.take(window as usize % FAR_SLOTS);
            let middle = &mut self.middle;
            self.pool.drain(&mut chain, |pool, envelope| {
                let slot = Tick::from(envelope.due_low) >> BITS;
                middle.push(pool, slot as usize, envelope);
            });
        }
        if tick >> BITS != before >> BITS {
            let mut chain = self.middle.take((tick >> BITS & MASK) as usize);
            let near = &mut self.near;
            self.pool.drain(&mut chain, |pool, envelope| {
                let slot = Tick::from(envelope.due_low) & MASK;
                near.push(pool, slot as usize, envelope);
            });
        }
    }

    /// Take everything due now, in order of insertion.
    pub(crate) fn take_due(&mut self) -> Chain {
        let chain = self.near.take((self.now & MASK) as usize);
        self.len -= u64::from(chain.len());
        chain
    }

    /// Look through a chain that was taken, in order.
    #[inline]
    pub(crate) fn visit(&self, chain: &Chain, look: impl FnMut(&[Envelope<M>])) {
        self.pool.visit(chain, look);
    }

    /// Give the memory of a chain back.
    pub(crate) fn release(&mut self, mut chain: Chain) {
        self.pool.release(&mut chain);
    }

    /// The earliest tick, not before the current one, at which mail is due or
    /// a window that holds mail begins; `None` when empty.
    pub(crate) fn next(&self) -> Option<Tick> {
        if self.len == 0 {
            return None;
        }
        let window = self.now & !MASK;
        if let Some(slot) = self.near.first_from((self.now & MASK) as usize) {
            return Some(window + slot as Tick);
        }
        let wide = self.now & !(MASK << BITS | MASK);
        if let Some(slot) = self.middle.first_from((self.now >> BITS & MASK) as usize) {
            return Some(wide + ((slot as Tick) << BITS));
        }
        let here = self.now >> (2 * BITS);
        (1..FAR_SLOTS as Tick)
            .find(|ahead| {
                let slot = (here + ahead) as usize % FAR_SLOTS;
                self.far.filled[slot >> 6] & 1 << (slot & 63) != 0
            })
            .map(|ahead| (here + ahead) << (2 * BITS))
    }

    /// Visit all mail that waits, with its due tick: what is due at one tick in order of
    /// insertion, else in no particular order.
    pub(crate) fn for_each(&self, mut look: impl FnMut(Tick, &Envelope<M>)) {
        let window = self.now & !MASK;
        let wide = self.now & !(MASK << BITS | MASK);
        for (slot, chain) in self.near.chains.iter().enumerate() {
            self.pool.visit(chain, |part| {
                part.iter()
                    .for_each(|envelope| look(window + slot as Tick, envelope));
            });
        }
        for chain in self.middle.chains.iter() {
            self.pool.visit(chain, |part| {
                part.iter()
                    .for_each(|envelope| look(wide + Tick::from(envelope.due_low), envelope));
            });
        }
        let here = self.now >> (2 * BITS);
        for ahead in 1..FAR_SLOTS as Tick {
            let base = (here + ahead) << (2 * BITS);
            let chain = &self.far.chains[(here + ahead) as usize % FAR_SLOTS];
            self.pool.visit(chain, |part| {
                part.iter()
                    .for_each(|envelope| look(base + Tick::from(envelope.due_low), envelope));
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Reads what is due now into a vector and frees it.
    fn due(wheel: &mut TimingWheel<u16>) -> Vec<(u32, u16)> {
        let chain = wheel.take_due();
        let mut seen = Vec::new();
        wheel.visit(&chain, |part| {
            seen.extend(part.iter().map(|e| (e.to, e.message)))
        });
        wheel.release(chain);
        seen
    }

    fn delays() -> impl Strategy<Value = Tick> {
        prop_oneof![
            4 => 0..300u32,
            2 => 0..70_000u32,
            1 => 0..MAX_DELAY,
            1 => Just(MAX_DELAY),
            1 => Just(65_536u32),
        ]
    }

    proptest! {
        /// Against a sorted map: same mail, same ticks, same order, same count.
        #[test]
        fn agrees_with_a_sorted_map(
            rounds in prop::collection::vec((prop::collection::vec(delays(), 0..40), 0..1000u32), 1..40),
        ) {
            let mut wheel = TimingWheel::<u16>::new(0);
            let mut map: BTreeMap<Tick, Vec<(u32, u16)>> = BTreeMap::new();
            let mut stamp = 0;
            let mut now = 0;
            for (mail, idle) in rounds {
                for delay in mail {
                    stamp += 1;
                    let due = now + delay;
                    let envelope =
                        Envelope { to: stamp, due_low: due as u16, message: stamp as u16 };
                    wheel.insert(due, envelope);
                    map.entry(due).or_default().push((stamp, stamp as u16));
                }
                let mut listed = 0;
                wheel.for_each(|due, envelope| {
                    listed += 1;
                    assert!(map[&due].contains(&(envelope.to, envelope.message)));
                });
                prop_assert_eq!(listed, wheel.len());
                // Walk at least `idle` ticks on, from one stop to the next.
                let target = now + idle;
                loop {
                    let expected = map.remove(&now).unwrap_or_default();
                    prop_assert_eq!(due(&mut wheel), expected);
                    let stop = wheel.next();
                    prop_assert!(stop.is_none_or(|stop| stop > now));
                    prop_assert!(map.keys().next().is_none_or(|first| stop.unwrap() <= *first));
                    now = stop.unwrap_or(now + 1).min(target.max(now + 1));
                    wheel.advance(now);
                    if now >= target {
                        break;
                    }
                }
            }
            prop_assert_eq!(wheel.len(), map.values().map(|mail| mail.len() as u64).sum::<u64>());
        }
    }

    #[test]
    fn chunks_are_used_again() {
        let mut wheel = TimingWheel::<u16>::new(0);
        for now in 0..100_000u32 {
            wheel.advance(now);
            due(&mut wheel);
            for item in 0..20u32 {
                let due = now + 1 + item * 37;
                wheel.insert(
                    due,
                    Envelope {
                        to: item,
                        due_low: due as u16,
                        message: 0,
                    },
                );
            }
        }
        // Full chunks for what waits, and at most one more for each slot in use.
        let full = wheel.len() as usize / 256;
        assert!(wheel.len() > 5_000);
        assert!(
            wheel.pool.chunks() <= full + 2 * SLOTS,
            "{}",
            wheel.pool.chunks()
        );
    }

    #[test]
    fn mail_days_ahead_takes_no_more_memory_than_mail_ahead_by_minutes() {
        const MAIL: u32 = 100_000;
        for spread in [200, 60_000, MAX_DELAY] {
            let mut wheel = TimingWheel::<u16>::new(MAIL as usize);
            for item in 0..MAIL {
                let due = 1 + item.wrapping_mul(2_654_435_761) % spread;
                let envelope = Envelope {
                    to: item,
                    due_low: due as u16,
                    message: 0,
                };
                wheel.insert(due, envelope);
            }
            // Full chunks, and at most one begun in each slot of a level.
            let most = MAIL as usize / 256 + 3 * SLOTS;
            assert!(wheel.pool.chunks() <= most, "{spread}");
        }
    }
}
