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
    pub(crate) leaves: Vec<ActorId>,
    /// The number of the seat of each leaf.
    seats: Vec<u8>,
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
            in_hand: 0,
            pile: 0,
            drained_at: since,
            lost_at: None,
            leaves: Vec::with_capacity(usual),
            seats: Vec::with_capacity(usual),
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
        self.leaves.push(leaf);
        self.seats.push(number);
    }

    /// Takes the seat with a number back from a leaf. Returns whether the leaf had it. A client that
    /// rejoined before its silence was noticed has two seats; a message about the old one must not
    /// affect the new one.
    pub(crate) fn remove(&mut self, leaf: ActorId, number: u8) -> bool {
        let Some(first) = self.first_place(leaf) else {
            return false;
        };
        let own = (first..self.leaves.len())
            .find(|place| self.leaves[*place] == leaf && self.seats[*place] == number);
        let Some(place) = own else {
            return false;
        };
        self.seats.swap(first, place);
        self.leaves.swap_remove(first);
        self.seats.swap_remove(first);
        true
    }

    /// Returns the first place of a leaf in the list. Groups of places are compared without branches,
    /// by vector instructions.
    fn first_place(&self, leaf: ActorId) -> Option<usize> {
        const GROUP: usize = 16;
        let mut groups = self.leaves.chunks(GROUP);
        let group = groups.position(|group| {
            group
                .iter()
                .fold(false, |found, other| found | (*other == leaf))
        })?;
        let start = group * GROUP;
        let place = self.leaves[start..].iter().position(|other| *other == leaf);
        place.map(|place| start + place)
    }

    /// Returns all leaves with the numbers of their seats.
    pub(crate) fn seated(&self) -> impl Iterator<Item = (ActorId, u8)> {
        self.leaves.iter().copied().zip(self.seats.iter().copied())
    }

    /// Frees all seats.
    pub(crate) fn clear(&mut self) {
        self.leaves.clear();
        self.seats.clear();
    }
}

/// The loads of a block's supernodes, in order of their hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SupernodeLoads(Vec<SupernodeLoad>);

impl SupernodeLoads {
    /// Returns the bytes that the list refers to.
    pub(crate) fn heap_bytes(&self) -> usize {
        let leaf = size_of::<ActorId>();
        let clusters = self.0.iter();
        let clusters = clusters.map(|load| load.leaves.capacity() * leaf + load.seats.capacity());
        self.0.capacity() * size_of::<SupernodeLoad>() + clusters.sum::<usize>()
    }

    fn place(&self, host: ActorId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&host, |load| load.host)
    }

    /// Returns the load of the supernode on a host.
    pub(crate) fn get(&mut self, host: ActorId) -> Option<&mut SupernodeLoad> {
        let place = self.place(host).ok()?;
        Some(&mut self.0[place])
    }

    /// Adds a load; it replaces an earlier load of the same host.
    pub(crate) fn add(&mut self, load: SupernodeLoad) {
        match self.place(load.host) {
            Ok(place) => self.0[place] = load,
            Err(place) => self.0.insert(place, load),
        }
    }

    /// Removes and returns the load of the supernode on a host.
    pub(crate) fn remove(&mut self, host: ActorId) -> Option<SupernodeLoad> {
        self.place(host).ok().map(|place| self.0.remove(place))
    }

    /// Returns all loads, in order of the hosts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &SupernodeLoad> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
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
        let mut seated: Vec<_> = load.seated().collect();
        seated.sort_unstable();
        assert_eq!(seated, [(7, 1), (8, 1)]);
        // A message about a seat from before all seats were freed has no effect.
        load.clear();
        load.seat(7, 3);
        assert!(!load.remove(7, 1));
        assert_eq!(load.leaves, [7]);
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
