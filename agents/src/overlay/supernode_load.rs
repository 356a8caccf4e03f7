//! The load of a supernode: its leaves and its pending requests.
//!
//! The load does not fit the 16 bytes of an actor, so it is stored in the state of the block, where
//! only its host accesses it.
//!
//! There are two leaky buckets, which drain at the host's rate. The first holds the pending requests,
//! up to a burst; requests above the burst are lost. The second holds all requests that arrived; when
//! it exceeds `endurance` ticks of the rate, the supernode fails, unless it is sturdy. Under a steady
//! load of `a` requests per tick and a rate of `r`, it fails after `endurance * r / (a - r)` ticks, and
//! never if `a <= r`. Digests depend on the order of the fields. Units: millionths of a request,
//! ticks.

use patchday_core::{ActorId, Span, Tick};
use serde::{Deserialize, Serialize};

use crate::{
    client::state::NO_ACTOR,
    network::actor_table::{ActorEntry, ActorTable},
};

const REQUEST: u64 = 1_000_000;

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
    /// Levels of the first and the second bucket at `drained_at`.
    in_hand: u64,
    pile: u64,
    drained_at: Tick,
    /// The tick of the last lost request, if any was lost.
    lost_at: Option<Tick>,
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
            in_hand: 0,
            pile: 0,
            drained_at: 0,
            lost_at: None,
            leaves: ActorTable::default(),
        }
    }

    fn actor(&self) -> ActorId {
        self.host
    }
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestOutcome {
    /// It is answered.
    Fine,
    /// It is lost.
    Lost,
    /// It makes the supernode fail.
    FallsOver,
}

impl SupernodeLoad {
    pub(crate) fn new(host: ActorId, since: Tick, strength: Strength) -> Self {
        // Memory for the usual several hundred leaves, so that joining rarely allocates.
        let usual = usize::from(strength.seats / 2).min(300);
        Self {
            host,
            since,
            strength,
            drained_at: since,
            leaves: ActorTable::with_room(usual),
            ..Self::vacant()
        }
    }

    fn drain(&mut self, now: Tick) {
        let gone = self
            .strength
            .rate
            .saturating_mul((now - self.drained_at).into());
        self.in_hand = self.in_hand.saturating_sub(gone);
        self.pile = self.pile.saturating_sub(gone);
        self.drained_at = now;
    }

    /// Returns the level of a bucket that holds `span` ticks of requests at the rate, and one more.
    fn bucket_size(&self, span: Span) -> u64 {
        let span = self.strength.rate.saturating_mul(span.into());
        span.saturating_add(REQUEST)
    }

    /// Handles a request at `now`.
    pub(crate) fn request(&mut self, now: Tick, burst: Span, endurance: Span) -> RequestOutcome {
        self.drain(now);
        self.pile = self.pile.saturating_add(REQUEST);
        if self.pile > self.bucket_size(endurance) {
            if !self.strength.sturdy {
                return RequestOutcome::FallsOver;
            }
            self.pile = self.bucket_size(endurance);
        }
        if self.in_hand + REQUEST > self.bucket_size(burst) {
            self.lost_at = Some(now);
            return RequestOutcome::Lost;
        }
        self.in_hand += REQUEST;
        RequestOutcome::Fine
    }

    /// Empties both buckets at `now`.
    pub(crate) fn clear_load(&mut self, now: Tick) {
        (self.in_hand, self.pile) = (0, 0);
        self.drained_at = now;
    }

    /// Returns whether it has lost a request in the last `burst` ticks.
    pub(crate) fn overloaded(&self, now: Tick, burst: Span) -> bool {
        self.lost_at.is_some_and(|lost| now - lost <= burst)
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

    fn strength(requests: u64) -> Strength {
        Strength {
            rate: requests * REQUEST,
            seats: 10,
            sturdy: false,
            mega: false,
        }
    }

    /// Sends a steady `requests` per tick. Returns the tick at which the supernode fails, or `None` if
    /// it does not within a day.
    fn falls_after(requests: u32, rate: u64, endurance: u32) -> Option<Tick> {
        let mut load = SupernodeLoad::new(1, 0, strength(rate));
        (0..86_400).find(|now| {
            (0..requests).any(|_| load.request(*now, 5, endurance) == RequestOutcome::FallsOver)
        })
    }

    #[test]
    fn a_supernode_fails_at_the_time_of_the_closed_form() {
        assert_eq!(falls_after(2, 2, 60), None);
        // endurance * r / (a - r), within the tick in which the second bucket overflows.
        assert!((119..=121).contains(&falls_after(3, 2, 60).unwrap()));
        assert!((19..=21).contains(&falls_after(8, 2, 60).unwrap()));
    }

    #[test]
    fn a_seat_is_given_back_by_its_number() {
        let mut load = SupernodeLoad::new(1, 0, strength(1));
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

    #[test]
    fn requests_above_the_burst_are_lost_until_it_has_drained() {
        let mut load = SupernodeLoad::new(1, 0, strength(1));
        let mut answered = |now| {
            (0..20)
                .filter(|_| load.request(now, 5, 900) == RequestOutcome::Fine)
                .count()
        };
        // The burst and one more at once, then one per tick: the rate.
        assert_eq!((answered(10), answered(11), answered(12)), (6, 1, 1));
        assert!(load.overloaded(13, 5));
        assert!(!load.overloaded(90, 5));
    }
}
