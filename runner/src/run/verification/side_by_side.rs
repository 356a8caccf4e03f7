//! Jobs on a fixed number of threads of their own.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{host::error::Failure, run::error::RunError};

/// Runs `count` jobs, `at_once` of them at a time, until one fails. Every worker is a thread of
/// its own: a job waits for the threads of the engine, and a thread pool would start the next job
/// meanwhile, so that more runs would be in memory than fit.
///
/// # Errors
/// Returns the first failure of a job.
pub(crate) fn side_by_side(
    at_once: usize,
    count: usize,
    job: impl Fn(usize) -> Result<(), Failure> + Sync,
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), Failure> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok(());
            }
            job(index).inspect_err(|_| next.store(count, Ordering::Relaxed))?;
        }
    };
    std::thread::scope(|scope| {
        // If a thread cannot be started, the others do its jobs.
        let others = (1..at_once).map(|_| std::thread::Builder::new().spawn_scoped(scope, work));
        let workers: Vec<_> = others.flatten().collect();
        let own = work();
        let ends = workers.into_iter().map(|worker| {
            let broken = |_| Err(RunError::RepeatPanicked.into());
            worker.join().unwrap_or_else(broken)
        });
        // Wait for all; return the first failure.
        ends.fold(own, Result::and)
    })
}

#[cfg(test)]
mod tests {
    use dashmap::DashMap;

    use super::*;

    #[test]
    fn no_more_jobs_at_once_than_allowed_and_none_after_a_failure() {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let done = DashMap::new();
        side_by_side(3, 40, |index| {
            let here = now.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(here, Ordering::SeqCst);
            std::thread::yield_now();
            now.fetch_sub(1, Ordering::SeqCst);
            done.insert(index, ());
            Ok(())
        })
        .unwrap();
        assert_eq!(done.len(), 40);
        assert!(most.into_inner() <= 3);

        let tried = AtomicUsize::new(0);
        let outcome = side_by_side(1, 40, |index| {
            tried.fetch_add(1, Ordering::SeqCst);
            if index == 5 {
                return Err(RunError::RepeatFailed("five".into()).into());
            }
            Ok(())
        });
        assert_eq!(outcome.unwrap_err().to_string(), "repeat failed: five");
        assert_eq!(tried.into_inner(), 6);
    }
}
