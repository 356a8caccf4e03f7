//! The queue of a server in closed form: first come, first served, with a constant service time and a
//! maximum wait.
//!
//! With a constant service time the queue needs no list: its state is the time at which all admitted
//! jobs will be done. A job that arrives starts at that time and moves it by the service time. Units:
//! 2^-30 of a tick.

use patchday_core::{Span, Tick};
use serde::{Deserialize, Serialize};

const FRACTION: u32 = 30;

/// The state of a queue: the time at which it will be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Queue {
    free_at: u64,
}

/// The speed of a server and the maximum wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    /// The time for one job, in 2^-30 ticks.
    cost: u64,
    /// The maximum wait, in ticks.
    longest: Span,
}

impl Service {
    /// Creates a service of `rate` jobs per tick. The time for one job is rounded to the nearest 2^-30.
    pub(crate) fn new(rate: f64, longest: Span) -> Self {
        let cost = (f64::from(1u32 << FRACTION) / rate).round();
        Self {
            cost: (cost as u64).clamp(1, 1 << 54),
            longest,
        }
    }
}

impl Service {
    /// Returns the time for one job, in 2^-30 ticks.
    pub(crate) fn cost(&self) -> u64 {
        self.cost
    }

    /// Returns the number of jobs that fill the maximum wait.
    pub(crate) fn capacity(&self) -> u64 {
        ((u64::from(self.longest) << FRACTION) / self.cost).max(1)
    }

    /// Returns the maximum wait, in thousandths of a tick.
    pub(crate) fn longest_thousandths(&self) -> u64 {
        u64::from(self.longest) * 1000
    }

    /// Returns the service at `thousandths` of its speed; `None` if that is 0.
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

    /// Sets the state to that of a queue with `jobs` jobs, which are stored elsewhere.
    pub(crate) fn set_jobs(&mut self, now: Tick, service: &Service, jobs: u64) {
        self.free_at = (u64::from(now) << FRACTION) + jobs * service.cost;
    }

    /// Adds a batch of jobs that arrive one after another. Returns the number of jobs that the maximum
    /// wait admits.
    pub(crate) fn admit_batch(&mut self, now: Tick, service: &Service, jobs: u64) -> u64 {
        let start = self.free_at.max(u64::from(now) << FRACTION);
        let longest = (u64::from(now) + u64::from(service.longest)) << FRACTION;
        // A job can start at the end of the maximum wait, but not after it.
        let left = longest.checked_sub(start);
        let free = left.map_or(0, |left| left / service.cost + 1);
        let admitted = jobs.min(free);
        self.free_at = start + service.cost * admitted;
        admitted
    }

    /// Adds a job. Returns the ticks until it is done, rounded up, or `None` if it is rejected.
    pub(crate) fn admit(&mut self, now: Tick, service: &Service) -> Option<Span> {
        let now = u64::from(now) << FRACTION;
        let start = self.free_at.max(now);
        if start - now > u64::from(service.longest) << FRACTION {
            return None;
        }
        self.free_at = start + service.cost;
        Some(ticks_up(self.free_at - now))
    }

    /// Returns the ticks until a job that arrives now would be done, rounded up.
    pub(crate) fn delay_if_admitted(&self, now: Tick, service: &Service) -> Span {
        let now = u64::from(now) << FRACTION;
        ticks_up(self.free_at.max(now) + service.cost - now)
    }

    /// Returns the wait of a job that arrives at `now`, in thousandths of a tick.
    pub(crate) fn wait_thousandths(&self, now: Tick) -> u64 {
        let left = self.free_at.saturating_sub(u64::from(now) << FRACTION);
        ((u128::from(left) * 1000) >> FRACTION) as u64
    }

    /// Returns the number of jobs that wait at `now`.
    pub(crate) fn backlog(&self, now: Tick, service: &Service) -> u64 {
        self.free_at
            .saturating_sub(u64::from(now) << FRACTION)
            .div_ceil(service.cost)
    }
}

/// Converts a time to ticks, rounded up.
fn ticks_up(time: u64) -> Span {
    time.div_ceil(1 << FRACTION).min(u64::from(Span::MAX)) as Span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_served_at_the_rate() {
        // 1,000 jobs at once at 8 per tick: the last one is done after 125 ticks.
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
        // 20 jobs fill the wait of 10 ticks, and one more starts at its end.
        assert_eq!(admitted, 21);
        // They are done at 17.5; two ticks later the next is done at 18.
        assert_eq!(queue.admit(9, &service), Some(9));
    }

    #[test]
    fn a_batch_is_admitted_like_single_jobs() {
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
