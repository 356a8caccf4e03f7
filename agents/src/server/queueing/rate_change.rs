//! The change of a rate when a simulation continues under another scenario.
//!
//! Readings of the service clock count work in ticks at the usual speed, so they mean another number of
//! jobs at another rate. A change converts the readings that servers store: a job that waits stays one
//! job, and of the job in progress the same share is left. The clock itself does not change. Units: work
//! in 2^-30 of a tick at the usual speed.

use crate::server::queueing::service_clock::ClockReading;

/// A change of the work of a job between two ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateChange {
    /// The reading of the service clock between the two ticks.
    at: u128,
    /// The work of a job before and after.
    before: u64,
    after: u64,
}

impl RateChange {
    /// Creates a change from one work of a job to another, at a reading.
    pub(crate) fn new(before: u64, after: u64, at: u128) -> Self {
        Self { at, before, after }
    }

    /// Returns whether the work of a job is the same before and after.
    pub(crate) fn is_none(&self) -> bool {
        self.before == self.after
    }

    /// Converts the reading at which a job begins or is done: its distance from the reading of the change
    /// is the same number of jobs.
    pub(crate) fn reading(&self, old: ClockReading) -> ClockReading {
        let old = old.work();
        let new = match old.checked_sub(self.at) {
            Some(left) => self.at.saturating_add(self.converted(left)),
            None => self.at.saturating_sub(self.converted(self.at - old)),
        };
        ClockReading::new(new)
    }

    /// Converts an amount of work.
    fn converted(&self, work: u128) -> u128 {
        let (before, after) = (u128::from(self.before), u128::from(self.after));
        let (jobs, rest) = (work / before, work % before);
        jobs.saturating_mul(after)
            .saturating_add(rest * after / before)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn converted(change: &RateChange, work: u128) -> u128 {
        change.reading(ClockReading::new(work)).work()
    }

    #[test]
    fn jobs_that_wait_stay_jobs_and_of_a_job_in_progress_the_same_share_is_left() {
        let change = RateChange::new(600, 300, 10_000);
        assert_eq!(converted(&change, 10_000 + 7 * 600), 10_000 + 7 * 300);
        assert_eq!(converted(&change, 10_000 - 200), 9_900);
        assert_eq!(converted(&change, 10_000), 10_000);
        // Twice the work of all time before: nothing is before the start.
        let slower = RateChange::new(300, 600, 10_000);
        assert_eq!(converted(&slower, 4_000), 0);
    }

    proptest! {
        #[test]
        fn a_change_keeps_the_order_and_can_be_taken_back(
            works in proptest::collection::vec(0..1_u128 << 70, 2..20),
            at in 0..1_u128 << 70,
            factor in 1..1_000_u64,
        ) {
            // The work of a job grows, so that the conversion is exact.
            let there = RateChange::new(1_000, 1_000 * factor, at);
            let back = RateChange::new(1_000 * factor, 1_000, at);
            let mut works = works;
            works.sort_unstable();
            let new: Vec<_> = works.iter().map(|work| converted(&there, *work)).collect();
            prop_assert!(new.is_sorted());
            for (work, new) in works.iter().zip(new).filter(|(_, new)| *new > 0) {
                prop_assert_eq!(converted(&back, new), *work);
            }
        }

        #[test]
        fn nothing_overflows(
            work: u128,
            at in 0..1_u128 << 84,
            before in 1..=1_u64 << 62,
            after in 1..=1_u64 << 62,
        ) {
            converted(&RateChange::new(before, after, at), work);
        }
    }
}
