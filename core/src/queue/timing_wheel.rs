//! The future event list of one shard: a hierarchical timing wheel.
//!
//! It has three levels with aligned windows. Envelopes due in the current window of 256 ticks
//! are in slots of one tick; envelopes due later in the current window of 65,536 ticks are in
//! slots of 256 ticks; all others are in slots of 65,536 ticks. When the time enters a window,
//! the envelopes of its slot move to the level below *before* any other envelope is inserted
//! there. Invariants: envelopes with the same due tick stay in order of insertion, and an
//! envelope moves at most twice. Units: ticks.

use crate::{
    mail::envelope::Envelope,
    queue::{
        chunk_pool::Pool,
        level::{Level, Slot},
    },
    time::{MAX_DELAY, Tick},
};

const BITS: u32 = 8;
const SLOTS: usize = 1 << BITS;
const MASK: Tick = (SLOTS as Tick) - 1;
/// Slots of the coarsest level: one more than the maximum delay spans.
const FAR_SLOTS: usize = 128;

const _: () = assert!(MAX_DELAY >> (2 * BITS) < FAR_SLOTS as Tick);

/// The envelopes taken from a wheel at a tick.
#[derive(Debug)]
pub(crate) struct Due(Slot);

impl Due {
    /// Returns the number of envelopes.
    pub(crate) fn len(&self) -> u32 {
        self.0.len()
    }
}

/// All envelopes that wait in one shard.
#[derive(Debug)]
pub(crate) struct TimingWheel<M> {
    now: Tick,
    near: Level<M, SLOTS>,
    middle: Level<M, SLOTS>,
    far: Level<M, FAR_SLOTS>,
    pool: Pool<M>,
    len: u64,
}

impl<M: Copy> TimingWheel<M> {
    /// Creates an empty wheel at tick 0 for about `expected` envelopes.
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

    /// Returns the bytes of the envelopes' memory: all chunks created so far, and what slots have
    /// outside of chunks.
    pub(crate) fn bytes(&self) -> usize {
        self.pool.bytes() + self.near.bytes() + self.middle.bytes() + self.far.bytes()
    }

    /// Returns the number of envelopes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Inserts an envelope that is due at `due`: from the current tick to [`MAX_DELAY`] ticks
    /// later.
    #[inline]
    pub(crate) fn insert(&mut self, due: Tick, envelope: Envelope<M>) {
        debug_assert!(due >= self.now && due - self.now <= MAX_DELAY);
        self.len += 1;
        self.place(due, envelope);
    }

    /// Inserts envelopes that were sent at tick `sent` and are due less than 2^16 ticks later.
    pub(crate) fn insert_batch(&mut self, sent: Tick, mail: &[Envelope<M>]) {
        self.len += mail.len() as u64;
        // The distance from the start of the current window; wraps if `sent` is before it.
        let offset = sent.wrapping_sub(self.now & !MASK);
        for envelope in mail {
            let delay = Tick::from(envelope.due_low.wrapping_sub(sent as u16));
            let slot = delay.wrapping_add(offset);
            if slot <= MASK {
                self.near.push(&mut self.pool, slot as usize, *envelope);
            } else {
                self.place(sent + delay, *envelope);
            }
        }
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

    /// Sets the current tick to `tick`. All envelopes due before it must have been taken.
    pub(crate) fn advance(&mut self, tick: Tick) {
        let before = self.now;
        self.now = tick;
        if tick >> (2 * BITS) != before >> (2 * BITS) {
            let window = tick >> (2 * BITS);
            let index = window as usize % FAR_SLOTS;
            let middle = &mut self.middle;
            self.far.drain(&mut self.pool, index, |pool, envelope| {
                let slot = Tick::from(envelope.due_low) >> BITS;
                middle.push(pool, slot as usize, envelope);
            });
        }
        if tick >> BITS != before >> BITS {
            let index = (tick >> BITS & MASK) as usize;
            let near = &mut self.near;
            self.middle.drain(&mut self.pool, index, |pool, envelope| {
                let slot = Tick::from(envelope.due_low) & MASK;
                near.push(pool, slot as usize, envelope);
            });
        }
    }

    /// Takes all envelopes that are due at the current tick, in order of insertion. The caller
    /// must [release](Self::release) them before it inserts others.
    pub(crate) fn take_due(&mut self) -> Due {
        let slot = self.near.take((self.now & MASK) as usize);
        let due = Due(slot);
        self.len -= u64::from(due.len());
        due
    }

    /// Passes the due envelopes to `look`, in order.
    #[inline]
    pub(crate) fn visit(&self, due: &Due, look: impl FnMut(&[Envelope<M>])) {
        let index = (self.now & MASK) as usize;
        self.near.visit_taken(&self.pool, index, &due.0, look);
    }

    /// Frees the memory of taken envelopes.
    pub(crate) fn release(&mut self, mut due: Due) {
        self.pool.release(&mut due.0.chain);
    }

    /// Returns the earliest tick, at or after the current one, at which an envelope is due or a
    /// window with envelopes begins; `None` if the wheel is empty.
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
                self.far.is_filled(slot)
            })
            .map(|ahead| (here + ahead) << (2 * BITS))
    }

    /// Passes all envelopes with their due ticks to `look`. Envelopes with the same due tick are
    /// in order of insertion; the order of due ticks is not specified.
    pub(crate) fn for_each(&self, mut look: impl FnMut(Tick, &Envelope<M>)) {
        let window = self.now & !MASK;
        let wide = self.now & !(MASK << BITS | MASK);
        for slot in 0..SLOTS {
            self.near.visit(&self.pool, slot, |part| {
                part.iter()
                    .for_each(|envelope| look(window + slot as Tick, envelope));
            });
            self.middle.visit(&self.pool, slot, |part| {
                part.iter()
                    .for_each(|envelope| look(wide + Tick::from(envelope.due_low), envelope));
            });
        }
        let here = self.now >> (2 * BITS);
        for ahead in 1..FAR_SLOTS as Tick {
            let base = (here + ahead) << (2 * BITS);
            let slot = (here + ahead) as usize % FAR_SLOTS;
            self.far.visit(&self.pool, slot, |part| {
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

    /// Takes the due envelopes, and returns their receivers and messages.
    fn take_due(wheel: &mut TimingWheel<u16>) -> Vec<(u32, u16)> {
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
        /// Compared with a sorted map: same envelopes, ticks, order and count.
        #[test]
        fn the_wheel_agrees_with_a_sorted_map(
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
                // Advances by at least `idle` ticks, from one stop to the next.
                let target = now + idle;
                loop {
                    let expected = map.remove(&now).unwrap_or_default();
                    prop_assert_eq!(take_due(&mut wheel), expected);
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
    fn chunks_are_reused() {
        let mut wheel = TimingWheel::<u16>::new(0);
        for now in 0..100_000u32 {
            wheel.advance(now);
            take_due(&mut wheel);
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
        // Full chunks for the waiting envelopes, and at most one more for each slot in use.
        let full = wheel.len() as usize / 256;
        assert!(wheel.len() > 5_000);
        assert!(
            wheel.pool.chunks() <= full + 2 * SLOTS,
            "{}",
            wheel.pool.chunks()
        );
    }

    #[test]
    fn memory_does_not_depend_on_the_delay() {
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
            // Full chunks, and at most one partly filled chunk for each slot.
            let most = MAIL as usize / 256 + 3 * SLOTS;
            assert!(wheel.pool.chunks() <= most, "{spread}");
        }
    }
}
