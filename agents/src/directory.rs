//! The directory: which supernodes there are, and which ones clients and the
//! allocation algorithm believe there are.
//!
//! Part of the world: actors read it as of the last barrier. `live` is the
//! truth; a *list* is `live` at a past hour, as a client that was online then
//! remembers it; the *count* is what the allocation algorithm goes by, and with
//! the flaw vanished supernodes stay in it for a long time.

use std::collections::VecDeque;

use patchday_core::{ActorId, Tick};

/// Lists kept; older ones are read as the oldest.
const LISTS: usize = 24 * 15;

/// The directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Directory {
    /// Supernodes in service, ascending.
    live: Vec<ActorId>,
    /// Past lists, and the number of the first one kept.
    lists: VecDeque<Vec<ActorId>>,
    first_list: u16,
    /// When vanished supernodes leave the count, ascending.
    vanished: VecDeque<Tick>,
}

impl Directory {
    /// A directory that at the start still counts supernodes that vanished
    /// before it; `leaving` are the ticks at which they leave the count.
    pub(crate) fn new(mut leaving: Vec<Tick>) -> Self {
        leaving.sort_unstable();
        Self {
            vanished: leaving.into(),
            ..Self::default()
        }
    }

    pub(crate) fn live(&self) -> &[ActorId] {
        &self.live
    }

    /// Whether a supernode is in service.
    pub(crate) fn is_live(&self, supernode: ActorId) -> bool {
        self.live.binary_search(&supernode).is_ok()
    }

    pub(crate) fn enter(&mut self, supernode: ActorId) {
        if let Err(place) = self.live.binary_search(&supernode) {
            self.live.insert(place, supernode);
        }
    }

    /// A supernode is gone; it stays in the count until `forgotten`.
    pub(crate) fn leave(&mut self, supernode: ActorId, forgotten: Tick) {
        if let Ok(place) = self.live.binary_search(&supernode) {
            self.live.remove(place);
            self.vanished.push_back(forgotten);
        }
    }

    /// Forget vanished supernodes whose time has come.
    pub(crate) fn forget(&mut self, now: Tick) {
        while self.vanished.front().is_some_and(|tick| *tick <= now) {
            self.vanished.pop_front();
        }
    }

    /// Supernodes as the flawed algorithm counts them.
    pub(crate) fn with_vanished(&self) -> u64 {
        (self.live.len() + self.vanished.len()) as u64
    }

    /// Draw up a new list of what is live.
    pub(crate) fn draw_list(&mut self) {
        self.lists.push_back(self.live.clone());
        if self.lists.len() > LISTS {
            self.lists.pop_front();
            self.first_list = self.first_list.saturating_add(1);
        }
    }

    /// The number of the newest list.
    pub(crate) fn newest(&self) -> u16 {
        self.first_list
            .saturating_add((self.lists.len() as u16).saturating_sub(1))
    }

    /// List `number`, or the nearest one kept; empty before the first.
    pub(crate) fn list(&self, number: u16) -> &[ActorId] {
        let place = usize::from(number.saturating_sub(self.first_list));
        self.lists
            .get(place)
            .or_else(|| self.lists.back())
            .map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vanished_supernodes_stay_in_the_count_until_their_time() {
        let mut directory = Directory::new(vec![30, 10]);
        for supernode in [5, 3, 9] {
            directory.enter(supernode);
        }
        directory.leave(3, 50);
        directory.leave(4, 50);
        assert_eq!(directory.live(), [5, 9]);
        assert_eq!(directory.with_vanished(), 5);
        directory.forget(30);
        assert_eq!(directory.with_vanished(), 3);
        directory.forget(50);
        assert_eq!(directory.with_vanished(), 2);
    }

    #[test]
    fn lists_keep_the_past() {
        let mut directory = Directory::default();
        assert!(directory.list(0).is_empty());
        directory.enter(1);
        directory.draw_list();
        directory.leave(1, 0);
        directory.enter(2);
        directory.draw_list();
        assert_eq!(
            (directory.list(0), directory.list(1), directory.newest()),
            (&[1][..], &[2][..], 1)
        );
        for _ in 0..LISTS {
            directory.draw_list();
        }
        assert_eq!(directory.list(0), [2]);
        assert_eq!(usize::from(directory.newest()), LISTS + 1);
        assert_eq!(directory.list(directory.newest()), [2]);
    }
}
