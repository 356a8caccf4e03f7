//! The load of a supernode: its leaves and its pending requests.
//!
//! The load does not fit the 16 bytes of an actor, so it is stored in the state of the block, where
//! only its host accesses it. Digests depend on the order of the fields. Units: millionths of a request,
//! ticks.

use patchday_core::{ActorId, Span, Tick};
use serde::{Deserialize, Serialize};

use crate::{
    client::state::NO_ACTOR,
    network::actor_table::{ActorEntry, ActorTable},
    overlay::load_buckets::{LoadBuckets, LoadLimits, RequestOutcome},
};

/// The capacity of a supernode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Strength {
    /// Requests that it can answer in the long run, in millionths per tick.
    pub(crate) rate: u64,
    /// Maximum number of leaves.
    pub(crate) seats: u16,
    /// Whether it stays in service under any load.
    pub(crate) sturdy: bool,
    /// Whether it is a mega-supernode.
    pub(crate) mega: bool,
}

/// The seat of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Seat {
    pub(crate) leaf: ActorId,
    /// The number of the seat, which the client chose.
    pub(crate) number: u8,
}

impl ActorEntry for Seat {
    fn vacant() -> Self {
        Self {
            leaf: NO_ACTOR,
            number: 0,
        }
    }

    fn actor(&self) -> ActorId {
        self.leaf
    }
}

/// A supernode and its leaves.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SupernodeLoad {
    /// The machine on which it runs.
    pub(crate) host: ActorId,
    /// The tick at which it became a supernode.
    pub(crate) since: Tick,
    pub(crate) strength: Strength,
    buckets: LoadBuckets,
    pub(crate) leaves: ActorTable<Seat>,
}

impl ActorEntry for SupernodeLoad {
    fn vacant() -> Self {
        Self {
            host: NO_ACTOR,
            since: 0,
            strength: Strength {
                rate: 0,
                seats: 0,
                sturdy: false,
                mega: false,
            },
            buckets: LoadBuckets::default(),
            leaves: ActorTable::default(),
        }
    }

    fn actor(&self) -> ActorId {
        self.host
    }
}

impl SupernodeLoad {
    pub(crate) fn new(host: ActorId, since: Tick, strength: Strength) -> Self {
        // Memory for the usual several hundred leaves, so that joining rarely allocates.
        let usual = usize::from(strength.seats / 2).min(300);
        Self {
            host,
            since,
            strength,
            buckets: LoadBuckets::new(since),
            leaves: ActorTable::with_room(usual),
        }
    }

    /// Handles a request at `now`. `word` gives the uniform word of its patience.
    pub(crate) fn request(
        &mut self,
        now: Tick,
        limits: &LoadLimits,
        word: impl FnOnce() -> u32,
    ) -> RequestOutcome {
        let host = (self.strength.rate, self.strength.sturdy);
        self.buckets.request(host, now, limits, word)
    }

    /// Empties both buckets at `now`.
    pub(crate) fn clear_load(&mut self, now: Tick) {
        self.buckets.clear(now);
    }

    /// Returns whether it has lost a request in the last `burst` ticks.
    pub(crate) fn overloaded(&self, now: Tick, burst: Span) -> bool {
        self.buckets.overflowed(now, burst)
    }

    /// Returns whether all seats are taken.
    pub(crate) fn full(&self) -> bool {
        self.leaves.len() >= usize::from(self.strength.seats)
    }

    /// Gives a leaf the seat with a number.
    pub(crate) fn seat(&mut self, leaf: ActorId, number: u8) {
        self.leaves.add(Seat { leaf, number });
    }

    /// Takes the seat with a number back from a leaf. Returns whether the leaf had it. A client that
    /// rejoined before its silence was noticed has two seats; a message about the old one must not
    /// affect the new one.
    pub(crate) fn remove(&mut self, leaf: ActorId, number: u8) -> bool {
        let slot = self.leaves.find(leaf, |seat| seat.number == number);
        slot.map(|slot| self.leaves.take(slot)).is_some()
    }
}

/// The loads of a block's supernodes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SupernodeLoads(ActorTable<SupernodeLoad>);

impl SupernodeLoads {
    /// Returns the bytes that the table refers to.
    pub(crate) fn heap_bytes(&self) -> usize {
        let leaves = self.iter().map(|load| load.leaves.heap_bytes());
        self.0.heap_bytes() + leaves.sum::<usize>()
    }

    /// Prefetches the load of the supernode on a host.
    #[inline]
    pub(crate) fn prefetch(&self, host: ActorId) {
        self.0.prefetch(host);
    }

    /// Prefetches the seat of a leaf, if the load of its supernode is cached.
    #[inline]
    pub(crate) fn prefetch_seat(&self, host: ActorId, leaf: ActorId) {
        if let Some(load) = self.0.look_up(host) {
            load.leaves.prefetch(leaf);
        }
    }

    /// Returns the load of the supernode on a host.
    pub(crate) fn get(&mut self, host: ActorId) -> Option<&mut SupernodeLoad> {
        self.0.get(host)
    }

    /// Adds a load; it replaces an earlier load of the same host.
    pub(crate) fn add(&mut self, load: SupernodeLoad) {
        self.0.put(load);
    }

    /// Removes and returns the load of the supernode on a host.
    pub(crate) fn remove(&mut self, host: ActorId) -> Option<SupernodeLoad> {
        self.0.remove(host)
    }

    /// Returns all loads.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &SupernodeLoad> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seat_is_given_back_by_its_number() {
        let mut load = SupernodeLoad::new(1, 0, SupernodeLoad::vacant().strength);
        for (leaf, number) in [(7, 1), (8, 1), (7, 2)] {
            load.seat(leaf, number);
        }
        assert!(!load.remove(8, 2) && !load.remove(9, 1));
        assert!(load.remove(7, 2));
        let seated = |load: &SupernodeLoad| {
            let seats = load.leaves.iter().map(|seat| (seat.leaf, seat.number));
            seats.collect::<BTreeSet<_>>()
        };
        assert_eq!(seated(&load), [(7, 1), (8, 1)].into());
        // A message about a seat from before all seats were freed has no effect.
        load.leaves.clear();
        load.seat(7, 3);
        assert!(!load.remove(7, 1));
        assert_eq!(seated(&load), [(7, 3)].into());
    }
}
