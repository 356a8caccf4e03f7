//! A cluster: a supernode and its leaves.
//!
//! What only supernodes need to know does not fit the 16 bytes of every actor;
//! it lies in the annex of the supernode's block, and only its host touches it.
//!
//! Load is a leaky bucket of requests: each one adds to it, time drains it at
//! the host's rate. Above a burst requests are lost; when those above the rate
//! have piled up for long enough, the supernode falls over. Under a steady load
//! of `a` requests a tick and a rate of `r`, that is after `endurance * r / (a - r)`
//! ticks, and never if `a <= r`. Units: thousandths of a request, ticks.

use patchday_core::{ActorId, Tick};

const REQUEST: u64 = 1000;

/// A supernode and its leaves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cluster {
    /// The machine it runs on.
    pub(crate) host: ActorId,
    /// When it became a supernode.
    pub(crate) since: Tick,
    /// Requests it can answer in the long run, in thousandths a tick.
    rate: u32,
    /// Leaves it takes at most.
    pub(crate) seats: u16,
    level: u64,
    level_at: Tick,
    pub(crate) leaves: Vec<ActorId>,
}

/// What a request finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// It is answered.
    Fine,
    /// It is lost.
    Lost,
    /// It was one too many.
    FallsOver,
}

impl Cluster {
    pub(crate) fn new(host: ActorId, since: Tick, rate: u32, seats: u16) -> Self {
        // Room for the usual several hundred, so that joining allocates rarely.
        let leaves = Vec::with_capacity(usize::from(seats / 2));
        Self {
            host,
            since,
            rate,
            seats,
            level: 0,
            level_at: since,
            leaves,
        }
    }

    fn drain(&mut self, now: Tick) {
        let gone = u64::from(self.rate) * u64::from(now - self.level_at);
        self.level = self.level.saturating_sub(gone);
        self.level_at = now;
    }

    /// Take a request in at `now`; `burst` and `endurance` in ticks.
    pub(crate) fn request(&mut self, now: Tick, burst: u32, endurance: u32) -> Load {
        self.drain(now);
        self.level += REQUEST;
        let rate = u64::from(self.rate);
        if self.level > rate * u64::from(endurance) + REQUEST {
            Load::FallsOver
        } else if self.level > rate * u64::from(burst) + REQUEST {
            Load::Lost
        } else {
            Load::Fine
        }
    }

    /// Forget all load at `now`.
    pub(crate) fn calm_down(&mut self, now: Tick) {
        self.level = 0;
        self.level_at = now;
    }

    /// Whether requests are being lost at `now`.
    pub(crate) fn overloaded(&mut self, now: Tick, burst: u32) -> bool {
        self.drain(now);
        self.level > u64::from(self.rate) * u64::from(burst)
    }

    /// Whether all seats are taken.
    pub(crate) fn full(&self) -> bool {
        self.leaves.len() >= usize::from(self.seats)
    }

    /// A leaf is off; whether it was one.
    pub(crate) fn remove(&mut self, leaf: ActorId) -> bool {
        let place = self.leaves.iter().position(|other| *other == leaf);
        place.map(|place| self.leaves.swap_remove(place)).is_some()
    }
}

/// The clusters of a block's supernodes, in order of promotion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Clusters(pub(crate) Vec<Cluster>);

impl Clusters {
    pub(crate) fn of(&mut self, host: ActorId) -> Option<&mut Cluster> {
        self.0.iter_mut().find(|cluster| cluster.host == host)
    }

    pub(crate) fn remove(&mut self, host: ActorId) -> Option<Cluster> {
        let place = self.0.iter().position(|cluster| cluster.host == host)?;
        Some(self.0.swap_remove(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests at a steady `load` a tick until it falls over, or `None`
    /// within a day.
    fn falls_after(load: u32, rate: u32, endurance: u32) -> Option<Tick> {
        let mut cluster = Cluster::new(1, 0, rate * 1000, 10);
        (0..86_400)
            .find(|now| (0..load).any(|_| cluster.request(*now, 5, endurance) == Load::FallsOver))
    }

    #[test]
    fn a_supernode_falls_over_when_the_closed_form_says() {
        assert_eq!(falls_after(2, 2, 60), None);
        // endurance * r / (a - r), within the tick in which the pile is crossed.
        assert!((119..=121).contains(&falls_after(3, 2, 60).unwrap()));
        assert!((19..=21).contains(&falls_after(8, 2, 60).unwrap()));
    }

    #[test]
    fn requests_above_the_burst_are_lost_until_it_has_drained() {
        let mut cluster = Cluster::new(1, 0, 1000, 10);
        let mut answered = |now| {
            (0..20)
                .filter(|_| cluster.request(now, 5, 900) == Load::Fine)
                .count()
        };
        assert_eq!(answered(10), 6);
        assert_eq!(answered(11), 0);
        assert!(cluster.overloaded(12, 5));
        assert!(!cluster.overloaded(60, 5));
    }
}
