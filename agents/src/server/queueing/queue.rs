//! The queue of a server in closed form: first come, first served, with a constant amount of work for
//! each job and a maximum wait.
//!
//! The queue needs no list of jobs: its state is the reading of the service clock at which all admitted
//! jobs are done. A job that arrives starts at that reading and moves it by the work of a job. Waits
//! are those at the speed of now; no later change of the speed makes the state wrong. Units: work in
//! 2^-30 of a tick at the usual speed.

use patchday_core::Span;
use serde::{Deserialize, Serialize};

use crate::server::queueing::{
    rate_change::RateChange,
    service_clock::{ClockReading, Pace, TICK_OF_WORK},
};

/// The state of a queue: the reading of the service clock at which it is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Queue {
    empty_at: ClockReading,
}

/// The work of a job and the maximum wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    /// The work of one job.
    cost: u64,
    /// The maximum wait, in ticks.
    longest: Span,
}

impl Service {
    /// Creates a service of `rate` jobs per tick at the usual speed. The work of one job is rounded to
    /// the nearest 2^-30.
    pub(crate) fn new(rate: f64, longest: Span) -> Self {
        let cost = (TICK_OF_WORK as f64 / rate).round();
        Self {
            cost: (cost as u64).clamp(1, 1 << 62),
            longest,
        }
    }

    /// Returns the work of `jobs` jobs.
    pub(crate) fn work_of(&self, jobs: u64) -> u128 {
        u128::from(jobs) * u128::from(self.cost)
    }

    /// Returns the change from this service to another at a reading, or `None` if the work of a job is
    /// the same.
    pub(crate) fn change_to(&self, after: &Self, at: u128) -> Option<RateChange> {
        let change = RateChange::new(self.cost, after.cost, at);
        (!change.is_none()).then_some(change)
    }

    /// Returns whether no job may wait.
    pub(crate) fn is_without_queue(&self) -> bool {
        self.longest == 0
    }

    /// Returns whether a job takes less than a tick at the usual speed.
    pub(crate) fn is_within_a_tick(&self) -> bool {
        u128::from(self.cost) < TICK_OF_WORK
    }

    /// Returns the number of jobs that fill the maximum wait at the speed of now.
    pub(crate) fn capacity(&self, pace: &Pace) -> u128 {
        (pace.work_in(self.longest) / u128::from(self.cost)).max(1)
    }

    /// Returns the maximum wait, in thousandths of a tick.
    pub(crate) fn longest_thousandths(&self) -> u64 {
        u64::from(self.longest) * 1000
    }
}

impl Queue {
    /// A queue without jobs.
    pub(crate) const EMPTY: Self = Self {
        empty_at: ClockReading::ZERO,
    };

    /// Returns the reading at which a job that arrives at the start of this tick would start.
    pub(crate) fn start_of_next(&self, pace: &Pace) -> u128 {
        self.empty_at.work().max(pace.start)
    }

    /// Returns whether no work is left at a reading.
    pub(crate) fn is_empty_at(&self, reading: ClockReading) -> bool {
        self.empty_at <= reading
    }

    /// Sets the reading at which the queue is empty.
    pub(crate) fn set_empty_at(&mut self, reading: u128) {
        self.empty_at = ClockReading::new(reading);
    }

    /// Converts the work that is left to another rate.
    pub(crate) fn convert(&mut self, change: &RateChange) {
        self.empty_at = change.reading(self.empty_at);
    }

    /// Adds a job without regard to the maximum wait. Returns the reading at which it is done.
    pub(crate) fn push(&mut self, pace: &Pace, service: &Service) -> u128 {
        self.push_all(pace, service, 1)
    }

    /// Adds jobs that arrive one after another, without regard to the maximum wait. Returns the reading
    /// at which they are done.
    pub(crate) fn push_all(&mut self, pace: &Pace, service: &Service, jobs: u64) -> u128 {
        let done = self.start_of_next(pace) + service.work_of(jobs);
        self.set_empty_at(done);
        done
    }

    /// Returns whether a job that arrives now would wait longer than the maximum.
    pub(crate) fn is_full(&self, pace: &Pace, service: &Service) -> bool {
        self.work_left(pace) > pace.work_in(service.longest)
    }

    /// Adds a job. Returns the reading at which it is done, or `None` if it is rejected.
    pub(crate) fn admit(&mut self, pace: &Pace, service: &Service) -> Option<u128> {
        (!self.is_full(pace, service)).then(|| self.push(pace, service))
    }

    /// Adds a batch of jobs that arrive one after another. Returns the number of jobs that the maximum
    /// wait admits.
    pub(crate) fn admit_batch(&mut self, pace: &Pace, service: &Service, jobs: u64) -> u64 {
        // A job can start at the end of the maximum wait, but not after it.
        let longest = pace.work_in(service.longest);
        let left = longest.checked_sub(self.work_left(pace));
        let free = left.map_or(0, |left| left / service.work_of(1) + 1);
        let admitted = u128::from(jobs).min(free) as u64;
        self.set_empty_at(self.start_of_next(pace) + service.work_of(admitted));
        admitted
    }

    /// Returns the work that is left at the start of this tick.
    pub(crate) fn work_left(&self, pace: &Pace) -> u128 {
        self.empty_at.work().saturating_sub(pace.start)
    }

    /// Returns the wait of a job that arrives now, in thousandths of a tick: at the speed of now, or at
    /// the usual speed if the server is stopped.
    pub(crate) fn wait_thousandths(&self, pace: &Pace) -> u64 {
        pace.thousandths_for(self.work_left(pace))
    }

    /// Returns the number of jobs that are not done at the start of this tick.
    pub(crate) fn backlog(&self, pace: &Pace, service: &Service) -> u64 {
        let jobs = self.work_left(pace).div_ceil(service.work_of(1));
        u64::try_from(jobs).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests;
