//! A server's queue in closed form: bounded rate, bounded wait, first come first served.
//!
//! A queue with one constant service time needs no list: its state is the time at which all admitted
//! jobs will be done. An arrival waits until then; its own job moves that time. Units: 2^-30 of a tick.

use patchday_core::{Span, Tick};
use serde::{Deserialize, Serialize};

const FRACTION: u32 = 30;

/// The state of a queue: the time at which it will be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Queue {
    free_at: u64,
}

/// The speed of a server and the longest wait it admits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    /// Time for one job, in 2^-30 ticks.
    cost: u64,
    /// The longest wait admitted, in ticks.
    longest: Span,
}

impl Service {
    /// A service of `rate` jobs a tick; the time for one is rounded to the nearest 2^-30.
    pub(crate) fn new(rate: f64, longest: Span) -> Self {
        let cost = (f64::from(1u32 << FRACTION) / rate).round();
        Self {
            cost: (cost as u64).clamp(1, 1 << 54),
            longest,
        }
    }
}

impl Service {
    /// Time for one job, in 2^-30 ticks.
    pub(crate) fn cost(&self) -> u64 {
        self.cost
    }

    /// The number of jobs that fill the longest wait.
    pub(crate) fn capacity(&self) -> u64 {
        ((u64::from(self.longest) << FRACTION) / self.cost).max(1)
    }

    /// The longest wait admitted, in thousandths of a tick.
    pub(crate) fn longest_thousandths(&self) -> u64 {
        u64::from(self.longest) * 1000
    }

    /// The same service at `thousandths` of its speed, `None` if it stands still.
    pub(crate) fn slowed(&self, thousandths: u32) -> Option<Self> {
        let cost = (self.cost.saturating_mul(1000)).checked_div(thousandths.into())?;
        Some(Self {
            cost: cost.clamp(1, 1 << 54),
            ..*self
        })
    }
}

impl Queue {
    /// A queue without jobs.
    pub(crate) const EMPTY: Self = Self { free_at: 0 };

    /// A tick, in the unit of [`Service::cost`].
    pub(crate) const TICK: u64 = 1 << FRACTION;

    /// Represents `jobs` jobs that wait elsewhere.
    pub(crate) fn represent(&mut self, now: Tick, service: &Service, jobs: u64) {
        self.free_at = (u64::from(now) << FRACTION) + jobs * service.cost;
    }

    /// A batch of jobs arrives, spread evenly over the next ticks. Returns the number of jobs that the
    /// longest wait admits.
    pub(crate) fn admit_batch(&mut self, now: Tick, service: &Service, jobs: u64) -> u64 {
        let start = self.free_at.max(u64::from(now) << FRACTION);
        let longest = (u64::from(now) + u64::from(service.longest)) << FRACTION;
        // One more may begin at the end of the longest wait, none after it.
        let left = longest.checked_sub(start);
        let free = left.map_or(0, |left| left / service.cost + 1);
        let admitted = jobs.min(free);
        self.free_at = start + service.cost * admitted;
        admitted
    }

    /// A job arrives. Returns the ticks until it is done, rounded up, or `None` if it is rejected.
    pub(crate) fn admit(&mut self, now: Tick, service: &Service) -> Option<Span> {
        let now = u64::from(now) << FRACTION;
        let start = self.free_at.max(now);
        if start - now > u64::from(service.longest) << FRACTION {
            return None;
        }
        self.free_at = start + service.cost;
        Some(ticks_up(self.free_at - now))
    }

    /// The ticks until a job that arrives now would be done, rounded up.
    pub(crate) fn prospect(&self, now: Tick, service: &Service) -> Span {
        let now = u64::from(now) << FRACTION;
        ticks_up(self.free_at.max(now) + service.cost - now)
    }

    /// The wait of an arrival at `now`, in thousandths of a tick.
    pub(crate) fn wait_thousandths(&self, now: Tick) -> u64 {
        let left = self.free_at.saturating_sub(u64::from(now) << FRACTION);
        ((u128::from(left) * 1000) >> FRACTION) as u64
    }

    /// The number of jobs that wait at `now`.
    pub(crate) fn backlog(&self, now: Tick, service: &Service) -> u64 {
        self.free_at
            .saturating_sub(u64::from(now) << FRACTION)
            .div_ceil(service.cost)
    }
}

/// A time in ticks, rounded up.
fn ticks_up(time: u64) -> Span {
    time.div_ceil(1 << FRACTION).min(u64::from(Span::MAX)) as Span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_herd_is_served_at_the_rate() {
        // 1,000 jobs at once, 8 a tick: the last is done after 125 ticks.
        let service = Service::new(8.0, 1000);
        let mut queue = Queue::default();
        let waits: Vec<_> = (0..1000)
            .map(|_| queue.admit(50, &service).unwrap())
            .collect();
        assert_eq!((waits[0], waits[8], waits[999]), (1, 2, 125));
        assert_eq!(queue.backlog(50, &service), 1000);
        assert_eq!(queue.backlog(100, &service), 600);
        assert_eq!(queue.wait_thousandths(150), 25_000);
        assert_eq!(queue.backlog(1000, &service), 0);
    }

    #[test]
    fn a_job_that_would_wait_too_long_is_rejected() {
        let service = Service::new(2.0, 10);
        let mut queue = Queue::default();
        let admitted = (0..100)
            .filter(|_| queue.admit(7, &service).is_some())
            .count();
        // 20 jobs fill the wait of 10 ticks, one more starts at its end.
        assert_eq!(admitted, 21);
        // They are done at 17.5; two ticks later the next is done at 18.
        assert_eq!(queue.admit(9, &service), Some(9));
    }

    #[test]
    fn a_batch_finds_the_room_that_single_jobs_find() {
        for rate in [8.0, 0.1] {
            let service = Service::new(rate, 20);
            let (mut one, mut other) = (Queue::default(), Queue::default());
            for now in [5, 5, 6, 30, 31, 300] {
                let batch = one.admit_batch(now, &service, 100);
                let single = (0..100).filter(|_| other.admit(now, &service).is_some());
                assert_eq!(batch, single.count() as u64, "{rate} at {now}");
                assert_eq!(one, other);
            }
        }
    }

    #[test]
    fn below_its_rate_no_job_waits() {
        let service = Service::new(1.0, 0);
        let mut queue = Queue::default();
        for now in 0..100 {
            assert_eq!(queue.admit(now, &service), Some(1));
        }
    }
}
