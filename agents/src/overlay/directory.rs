//! The directory: the supernodes in service, and those that clients and the allocation algorithm know.
//!
//! It is part of the world: actors read it as of the last barrier. `live` holds the supernodes in
//! service. A *list* is `live` at a past hour; a client that was online then remembers it. The *count*
//! is the number that the allocation algorithm uses; with the flaw, it includes vanished supernodes for
//! a long time. Digests depend on the order of the fields. Units: ticks.

use std::collections::VecDeque;

use patchday_core::{ActorId, Tick, random::below};
use serde::{Deserialize, Serialize};

/// Number of lists kept: those of 15 days with one list per hour. In place of an older list, the oldest
/// one kept is used.
const LISTS: usize = 24 * 15;

/// The supernodes in service at a past hour. Those still in service come first in `order`, so that one
/// of them can be drawn without a search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct List {
    /// All members, ascending.
    members: Vec<ActorId>,
    /// The position of each member in `order`.
    positions: Vec<u32>,
    order: Vec<ActorId>,
    /// The number of members still in service.
    live: usize,
}

impl List {
    fn new(live: &[ActorId]) -> Self {
        Self {
            members: live.to_vec(),
            positions: (0..live.len() as u32).collect(),
            order: live.to_vec(),
            live: live.len(),
        }
    }

    /// Returns the member that a uniform word selects, if that member is still in service.
    #[inline]
    pub(crate) fn pick(&self, word: u32) -> Option<ActorId> {
        let place = below(word, self.order.len() as u32) as usize;
        (place < self.live).then(|| self.order[place])
    }

    /// Returns whether the positions match `order` and the members are ascending.
    fn is_sound(&self) -> bool {
        let count = self.members.len();
        let in_place =
            |(member, place): (&ActorId, &u32)| self.order.get(*place as usize) == Some(member);
        self.members.is_sorted_by(|one, next| one < next)
            && (self.positions.len(), self.order.len()) == (count, count)
            && self.members.iter().zip(&self.positions).all(in_place)
            && self.live <= count
    }

    /// Records that a supernode goes out of service.
    fn lose(&mut self, supernode: ActorId) {
        if let Ok(member) = self.members.binary_search(&supernode) {
            self.live -= 1;
            self.swap(member, self.live);
        }
    }

    /// Records that a supernode is in service again.
    fn restore(&mut self, supernode: ActorId) {
        if let Ok(member) = self.members.binary_search(&supernode) {
            self.swap(member, self.live);
            self.live += 1;
        }
    }

    /// Moves a member to a position in `order`, and the member at that position to its old one.
    fn swap(&mut self, member: usize, place: usize) {
        let Ok(other) = self.members.binary_search(&self.order[place]) else {
            unreachable!("{} is in order, but no member", self.order[place]);
        };
        self.order.swap(self.positions[member] as usize, place);
        self.positions.swap(member, other);
    }
}

/// The directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Directory {
    /// Supernodes in service, ascending.
    live: Vec<ActorId>,
    /// Past lists, and the number of the first one kept.
    lists: VecDeque<List>,
    first_list: u16,
    /// The ticks at which vanished supernodes leave the count, ascending.
    vanished: VecDeque<Tick>,
}

impl Directory {
    /// Returns the bytes that the directory refers to.
    pub(crate) fn heap_bytes(&self) -> usize {
        let entry = size_of::<ActorId>();
        let list = |list: &List| {
            let entries = list.members.capacity() + list.positions.capacity();
            size_of::<List>() + (entries + list.order.capacity()) * entry
        };
        let lists = self.lists.iter().map(list).sum::<usize>();
        (self.live.capacity() + self.vanished.capacity()) * entry + lists
    }

    /// Creates a directory that still counts supernodes that vanished before the run; `leaving` are the
    /// ticks at which they leave the count.
    pub(crate) fn new(mut leaving: Vec<Tick>) -> Self {
        leaving.sort_unstable();
        Self {
            vanished: leaving.into(),
            ..Self::default()
        }
    }

    /// Returns whether the directory is consistent. One that was read from a file may not be.
    pub(crate) fn is_sound(&self) -> bool {
        self.live.is_sorted_by(|one, next| one < next)
            && self.vanished.iter().is_sorted()
            && self.lists.len() <= LISTS
            && self.lists.iter().all(List::is_sound)
    }

    /// Returns the supernodes in service, ascending.
    pub(crate) fn live(&self) -> &[ActorId] {
        &self.live
    }

    /// Returns whether a supernode is in service.
    pub(crate) fn is_live(&self, supernode: ActorId) -> bool {
        self.live.binary_search(&supernode).is_ok()
    }

    /// Adds a supernode that goes into service.
    pub(crate) fn enter(&mut self, supernode: ActorId) {
        if let Err(place) = self.live.binary_search(&supernode) {
            self.live.insert(place, supernode);
            self.lists
                .iter_mut()
                .for_each(|list| list.restore(supernode));
        }
    }

    /// Removes a supernode that goes out of service; it stays in the count until `forgotten`.
    pub(crate) fn leave(&mut self, supernode: ActorId, forgotten: Tick) {
        if let Ok(place) = self.live.binary_search(&supernode) {
            self.live.remove(place);
            self.lists.iter_mut().for_each(|list| list.lose(supernode));
            // The memory of the algorithm can become shorter in a fork.
            let place = self.vanished.partition_point(|tick| *tick <= forgotten);
            self.vanished.insert(place, forgotten);
        }
    }

    /// Removes the vanished supernodes from the count that leave it at `now` or before.
    pub(crate) fn forget(&mut self, now: Tick) {
        while self.vanished.front().is_some_and(|tick| *tick <= now) {
            self.vanished.pop_front();
        }
    }

    /// Returns the number of supernodes that the flawed algorithm counts at `now`. Ticks without an
    /// event are skipped, so those that left the count before may still be stored.
    pub(crate) fn with_vanished(&self, now: Tick) -> u64 {
        let forgotten = self.vanished.partition_point(|tick| *tick < now);
        (self.live.len() + self.vanished.len() - forgotten) as u64
    }

    /// Adds a list of the supernodes in service. If there are none, the last list remains the newest,
    /// because a client with an empty list could never find a supernode again.
    pub(crate) fn draw_list(&mut self) {
        if self.live.is_empty() {
            return;
        }
        self.lists.push_back(List::new(&self.live));
        if self.lists.len() > LISTS {
            self.lists.pop_front();
            self.first_list = self.first_list.saturating_add(1);
        }
    }

    /// Returns the number of the newest list.
    pub(crate) fn newest(&self) -> u16 {
        self.first_list
            .saturating_add((self.lists.len() as u16).saturating_sub(1))
    }

    /// Returns list `number`, or the nearest one kept; `None` before the first. No list is empty.
    pub(crate) fn list(&self, number: u16) -> Option<&List> {
        let place = usize::from(number.saturating_sub(self.first_list));
        self.lists.get(place).or_else(|| self.lists.back())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn vanished_supernodes_stay_in_the_count_until_their_time() {
        let mut directory = Directory::new(vec![30, 10]);
        for supernode in [5, 3, 9] {
            directory.enter(supernode);
        }
        directory.leave(3, 50);
        directory.leave(4, 50);
        directory.enter(3);
        directory.leave(3, 40);
        assert_eq!(directory.with_vanished(50), 3);
        directory.vanished.retain(|tick| *tick != 40);
        assert_eq!(directory.live(), [5, 9]);
        assert_eq!(directory.with_vanished(10), 5);
        assert_eq!(directory.with_vanished(11), 4);
        directory.forget(30);
        assert_eq!(directory.with_vanished(31), 3);
        directory.forget(50);
        assert_eq!(directory.with_vanished(51), 2);
    }

    #[test]
    fn a_list_keeps_the_members_of_its_hour() {
        let members = |directory: &Directory, number| {
            let list = directory.list(number).unwrap();
            (list.members.clone(), list.live)
        };
        let mut directory = Directory::default();
        assert_eq!(directory.list(0), None);
        directory.enter(1);
        directory.draw_list();
        directory.leave(1, 0);
        directory.enter(2);
        directory.draw_list();
        assert_eq!(members(&directory, 0), (vec![1], 0));
        assert_eq!(members(&directory, 1), (vec![2], 1));
        assert_eq!(directory.newest(), 1);
        for _ in 0..LISTS {
            directory.draw_list();
        }
        assert_eq!(members(&directory, 0), (vec![2], 1));
        assert_eq!(usize::from(directory.newest()), LISTS + 1);
        assert_eq!(members(&directory, directory.newest()), (vec![2], 1));
    }

    proptest! {
        /// After any sequence of changes, a list finds its members that are in service, each for an
        /// equal share of all words, and no others.
        #[test]
        fn a_list_finds_the_members_in_service(steps in prop::collection::vec((0..12u32, 0..3u8), 0..60)) {
            let mut directory = Directory::default();
            let mut drawn = Vec::new();
            for (supernode, what) in steps {
                match what {
                    0 => directory.enter(supernode),
                    1 => directory.leave(supernode, 0),
                    _ => {
                        directory.draw_list();
                        if !directory.live.is_empty() {
                            drawn.push(directory.live.clone());
                        }
                    }
                }
                for (number, members) in drawn.iter().enumerate() {
                    let list = directory.list(number as u16).unwrap();
                    let step = u32::MAX / members.len().max(1) as u32;
                    let words = (0..members.len() as u32).map(|place| place * step + step / 2);
                    let mut found: Vec<_> = words.filter_map(|word| list.pick(word)).collect();
                    found.sort_unstable();
                    let mut left = members.clone();
                    left.retain(|member| directory.is_live(*member));
                    prop_assert_eq!(found, left);
                }
            }
        }
    }
}
