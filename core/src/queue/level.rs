//! One level of a timing wheel: its slots.
//!
//! Most pushes write into [`Level::recent`], a small part of the memory that stays in the cache; a
//! slot's chain of chunks grows by whole loads. Invariant: envelopes of a slot are in order of
//! insertion, first those of its chain. Units: envelopes.

use crate::{
    mail::envelope::Envelope,
    queue::chunk_pool::{Chain, LOAD, Pool},
};

/// One level of the wheel. The last envelopes of a slot, fewer than [`LOAD`], are in `recent`; the
/// others are in chunks. A slot with few envelopes therefore needs no chunk, and writing into
/// slots in random order touches a small part of the memory.
#[derive(Debug)]
pub(crate) struct Level<M, const N: usize> {
    slots: Box<[Slot; N]>,
    /// The last envelopes of each slot; empty until the first envelope is inserted.
    recent: Vec<[Envelope<M>; LOAD]>,
    /// A bit for each slot: whether it has envelopes.
    filled: [u64; 4],
}

/// The envelopes of a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// The envelopes before those in `recent`.
    pub(crate) chain: Chain,
    /// The number of envelopes in `recent`.
    recent: u32,
}

impl Slot {
    const EMPTY: Self = Self {
        chain: Chain::EMPTY,
        recent: 0,
    };

    /// Returns the number of envelopes.
    pub(crate) fn len(&self) -> u32 {
        self.chain.len() + self.recent
    }
}

impl<M: Copy, const N: usize> Level<M, N> {
    pub(crate) fn new() -> Self {
        Self {
            slots: Box::new([Slot::EMPTY; N]),
            recent: Vec::new(),
            filled: [0; 4],
        }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, pool: &mut Pool<M>, index: usize, envelope: Envelope<M>) {
        let slot = &mut self.slots[index];
        // Without the condition, each push would wait for the push before it, because of `filled`.
        if slot.len() == 0 {
            self.filled[index >> 6] |= 1 << (index & 63);
        }
        let Some(recent) = self.recent.get_mut(index) else {
            // Only the first time: the envelope also initialises the memory.
            self.recent = vec![[envelope; LOAD]; N];
            slot.recent = 1;
            return;
        };
        let place = slot.recent as usize % LOAD;
        recent[place] = envelope;
        slot.recent = place as u32 + 1;
        if place + 1 == LOAD {
            slot.recent = 0;
            pool.append(&mut slot.chain, recent);
        }
    }

    /// Empties a slot and returns what it had. Its last envelopes can be read until another one is
    /// inserted there.
    pub(crate) fn take(&mut self, index: usize) -> Slot {
        self.filled[index >> 6] &= !(1 << (index & 63));
        std::mem::replace(&mut self.slots[index], Slot::EMPTY)
    }

    /// Returns the last envelopes of a slot.
    fn recent(&self, index: usize, slot: &Slot) -> &[Envelope<M>] {
        self.recent
            .get(index)
            .map_or(&[], |recent| &recent[..slot.recent as usize])
    }

    /// Passes the envelopes of a slot to `look`, in order of insertion.
    pub(crate) fn visit(&self, pool: &Pool<M>, index: usize, look: impl FnMut(&[Envelope<M>])) {
        self.visit_taken(pool, index, &self.slots[index], look);
    }

    /// Passes what a slot had when it was [taken](Self::take) to `look`, in order of insertion.
    #[inline]
    pub(crate) fn visit_taken(
        &self,
        pool: &Pool<M>,
        index: usize,
        slot: &Slot,
        mut look: impl FnMut(&[Envelope<M>]),
    ) {
        pool.visit(&slot.chain, &mut look);
        look(self.recent(index, slot));
    }

    /// Empties a slot and passes its envelopes to `taker`, in order of insertion.
    pub(crate) fn drain(
        &mut self,
        pool: &mut Pool<M>,
        index: usize,
        mut taker: impl FnMut(&mut Pool<M>, Envelope<M>),
    ) {
        let mut slot = self.take(index);
        pool.drain(&mut slot.chain, &mut taker);
        for envelope in self.recent(index, &slot) {
            taker(pool, *envelope);
        }
    }

    /// Returns whether a slot has envelopes.
    pub(crate) fn is_filled(&self, index: usize) -> bool {
        self.filled[index >> 6] & 1 << (index & 63) != 0
    }

    /// Returns the bytes of `recent`.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.recent.as_slice())
    }

    /// Returns the first slot with envelopes at or after `from`.
    pub(crate) fn first_from(&self, from: usize) -> Option<usize> {
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
