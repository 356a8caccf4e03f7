//! A table of entries by actor: open addressing with linear probing.
//!
//! The state of a block stores data of a few of its actors in such tables. Every access is a message
//! to a random block, so what it costs is the number of cache lines that it reads one after another:
//! here one or two, whatever the number of entries. An actor can have several entries.
//!
//! Invariants: at least one slot in five is vacant; an entry lies in the first slot at or after the home
//! of its actor that was vacant when it was added, or was moved towards its home since. Removing moves
//! later entries back, so that no marks of removed entries remain. The order of entries depends on the
//! order of all changes, and digests depend on it. Units: slots.

use patchday_core::{ActorId, prefetch};
use serde::{Deserialize, Serialize};

use crate::client::state::NO_ACTOR;

/// An entry of an [`ActorTable`].
pub(crate) trait ActorEntry {
    /// The content of a vacant slot. Its actor is [`NO_ACTOR`].
    fn vacant() -> Self;

    /// The actor that the entry belongs to.
    fn actor(&self) -> ActorId;
}

/// Entries by actor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ActorTable<T> {
    slots: Vec<T>,
    /// The number of entries.
    entries: u32,
}

impl<T> Default for ActorTable<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            entries: 0,
        }
    }
}

/// The number of slots of the smallest table that is not empty.
const FEWEST: usize = 4;

/// Returns the number of slots that `entries` entries need.
fn slots_for(entries: usize) -> usize {
    (entries + entries / 4 + 1).max(FEWEST)
}

impl<T: ActorEntry> ActorTable<T> {
    /// Creates an empty table with room for so many entries.
    pub(crate) fn with_room(entries: usize) -> Self {
        Self {
            slots: vacant_slots(slots_for(entries)),
            entries: 0,
        }
    }

    /// Returns the number of entries.
    pub(crate) fn len(&self) -> usize {
        self.entries as usize
    }

    /// Returns the number of slots.
    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Returns the bytes that the table refers to, without what its entries refer to.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<T>()
    }

    /// Returns the slot in which the search for an actor starts. The multiplier is 2^32 divided by the
    /// golden ratio, so consecutive ids are spread evenly.
    fn home(&self, actor: ActorId) -> usize {
        let spread = u64::from(actor.wrapping_mul(0x9e37_79b1));
        ((spread * self.slots.len() as u64) >> 32) as usize
    }

    fn next(&self, slot: usize) -> usize {
        if slot + 1 == self.slots.len() {
            0
        } else {
            slot + 1
        }
    }

    /// Returns the number of steps from one slot to another.
    fn steps(&self, from: usize, to: usize) -> usize {
        if to >= from {
            to - from
        } else {
            to + self.slots.len() - from
        }
    }

    /// Returns the slot of the first entry of an actor that fulfils a condition.
    #[inline]
    pub(crate) fn find(&self, actor: ActorId, meant: impl Fn(&T) -> bool) -> Option<usize> {
        let mut slot = self.home(actor);
        for _ in 0..self.slots.len() {
            let entry = &self.slots[slot];
            if entry.actor() == actor && meant(entry) {
                return Some(slot);
            }
            if entry.actor() == NO_ACTOR {
                return None;
            }
            slot = self.next(slot);
        }
        None
    }

    /// Prefetches the slot in which the search for an actor starts.
    #[inline]
    pub(crate) fn prefetch(&self, actor: ActorId) {
        prefetch(&self.slots, self.home(actor));
    }

    /// Returns the first entry of an actor.
    #[inline]
    pub(crate) fn look_up(&self, actor: ActorId) -> Option<&T> {
        self.find(actor, |_| true).map(|slot| &self.slots[slot])
    }

    /// Returns the first entry of an actor, to be changed.
    #[inline]
    pub(crate) fn get(&mut self, actor: ActorId) -> Option<&mut T> {
        let slot = self.find(actor, |_| true)?;
        Some(&mut self.slots[slot])
    }

    /// Adds the only entry of an actor; it replaces an earlier one.
    pub(crate) fn put(&mut self, entry: T) {
        match self.get(entry.actor()) {
            Some(earlier) => *earlier = entry,
            None => self.add(entry),
        }
    }

    /// Removes and returns the first entry of an actor.
    pub(crate) fn remove(&mut self, actor: ActorId) -> Option<T> {
        let slot = self.find(actor, |_| true)?;
        Some(self.take(slot))
    }

    /// Adds an entry; its actor keeps its other entries.
    pub(crate) fn add(&mut self, entry: T) {
        if self.slots.len() < slots_for(self.len() + 1) {
            let more = vacant_slots(slots_for(self.len() + self.len() / 2 + 1));
            for earlier in std::mem::replace(&mut self.slots, more) {
                if earlier.actor() != NO_ACTOR {
                    self.place(earlier);
                }
            }
        }
        self.place(entry);
        self.entries += 1;
    }

    fn place(&mut self, entry: T) {
        let mut slot = self.home(entry.actor());
        while self.slots[slot].actor() != NO_ACTOR {
            slot = self.next(slot);
        }
        self.slots[slot] = entry;
    }

    /// Removes and returns the entry in a slot.
    pub(crate) fn take(&mut self, slot: usize) -> T {
        let taken = std::mem::replace(&mut self.slots[slot], T::vacant());
        self.entries -= 1;
        let (mut gap, mut later) = (slot, self.next(slot));
        while self.slots[later].actor() != NO_ACTOR {
            // An entry must not move to a slot before its home.
            let home = self.home(self.slots[later].actor());
            if self.steps(home, later) >= self.steps(gap, later) {
                self.slots.swap(gap, later);
                gap = later;
            }
            later = self.next(later);
        }
        taken
    }

    /// Returns all entries, in order of their slots.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter(|entry| entry.actor() != NO_ACTOR)
    }

    /// Returns all entries, starting with the slot `start` and going around.
    pub(crate) fn iter_from(&self, start: usize) -> impl Iterator<Item = &T> {
        let (before, after) = self.slots.split_at(start.min(self.slots.len()));
        let around = after.iter().chain(before);
        around.filter(|entry| entry.actor() != NO_ACTOR)
    }

    /// Removes all entries. The slots remain.
    pub(crate) fn clear(&mut self) {
        self.slots.fill_with(T::vacant);
        self.entries = 0;
    }
}

fn vacant_slots<T: ActorEntry>(number: usize) -> Vec<T> {
    (0..number).map(|_| T::vacant()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Numbered {
        actor: ActorId,
        number: u8,
    }

    impl ActorEntry for Numbered {
        fn vacant() -> Self {
            Self {
                actor: NO_ACTOR,
                number: 0,
            }
        }

        fn actor(&self) -> ActorId {
            self.actor
        }
    }

    proptest! {
        #[test]
        fn it_holds_what_a_list_holds(
            changes in vec((0_u32..60, 0_u8..3, prop::bool::weighted(0.6)), 0..400),
            room in 0_usize..40,
        ) {
            let mut table = ActorTable::with_room(room);
            let mut list: Vec<Numbered> = Vec::new();
            for (actor, number, adds) in changes {
                let one = Numbered { actor, number };
                let slot = table.find(actor, |entry: &Numbered| entry.number == number);
                let known = list.iter().position(|entry| *entry == one);
                prop_assert_eq!(slot.is_some(), known.is_some());
                match (adds, slot, known) {
                    (false, Some(slot), Some(place)) => {
                        prop_assert_eq!(table.take(slot), list.remove(place));
                    }
                    (true, _, _) => {
                        table.add(one);
                        list.push(one);
                    }
                    _ => {}
                }
                prop_assert_eq!(table.len(), list.len());
                prop_assert!(table.slots() * 4 >= table.len() * 5);
            }
            for start in [0, table.slots() / 2] {
                let mut entries: Vec<_> = table.iter_from(start).copied().collect();
                entries.sort_unstable();
                list.sort_unstable();
                prop_assert_eq!(&entries, &list);
            }
            for one in &list {
                prop_assert_eq!(table.get(one.actor).map(|entry| entry.actor), Some(one.actor));
            }
            table.clear();
            prop_assert_eq!((table.len(), table.iter().count()), (0, 0));
        }
    }
}
