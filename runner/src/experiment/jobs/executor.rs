//! The executor: runs all jobs of an experiment, as many at once as threads and memory allow.
//!
//! Small runs have one thread each; if memory holds fewer runs than there are threads, each run
//! gets several. Jobs start in the order of their indices and end in any order, so results must
//! be ordered by the index of the job.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use parking_lot::Mutex;

use crate::{
    experiment::jobs::{
        job::{self, BeforeRun, Job},
        scenarios::Scenarios,
    },
    host::{
        error::Failure,
        format::rounded,
        resources::{self, MachineSettings, Workers},
        signals::Interrupt,
    },
    results::run_record::RunRecord,
    run::estimate::plan::{Estimate, PlannedRun},
    scenario::prepare::{Prepared, ScenarioSettings},
};

/// Runs jobs in parallel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Executor {
    /// Number of simultaneous runs.
    pub(crate) at_once: usize,
    /// Threads and shards of each run.
    pub(crate) workers: Workers,
}

impl Executor {
    /// How many of `jobs` jobs are done at once, with how many threads.
    pub(crate) fn division(&self, jobs: usize) -> String {
        let threads = match self.workers.threads {
            1 => "1 thread".to_owned(),
            threads => format!("{threads} threads"),
        };
        format!(
            "{} at once with {threads} each",
            self.at_once.min(jobs.max(1))
        )
    }

    /// An executor for `jobs` runs, of which `largest` needs most memory.
    ///
    /// # Errors
    /// Returns an error if a single run does not fit in memory.
    pub(crate) fn new(
        options: MachineSettings,
        largest: &Prepared,
        jobs: usize,
    ) -> Result<Self, Failure> {
        let threads = Workers::new(options).threads;
        // While an executor thread waits for the threads of its run, both are alive.
        let available = resources::memory_available(2 * threads);
        let estimate = |workers| {
            let planned = PlannedRun {
                file: &largest.file,
                scenario: &largest.scenario,
                scale: largest.scale,
                workers,
                available,
            };
            Estimate::new(planned, None)
        };
        let one = Workers {
            threads: 1,
            shards: 1,
        };
        estimate(one).check()?;
        let need = estimate(one).memory_bytes.max(1);
        let by_memory = available.map_or(usize::MAX, |bytes| (bytes * 9 / 10 / need) as usize);
        Ok(Self::share(threads, by_memory, jobs, options.shards))
    }

    fn share(threads: usize, by_memory: usize, jobs: usize, shards: Option<u32>) -> Self {
        let at_once = threads.min(by_memory).clamp(1, jobs.max(1));
        let threads = (threads / at_once).max(1) as u32;
        let machine = MachineSettings {
            threads: Some(threads),
            shards,
        };
        Self {
            at_once,
            workers: Workers::new(machine),
        }
    }

    /// Runs all jobs and calls `ended` for each, one call at a time. `before_run` is called before each
    /// run, `keep` are the columns of its series that a record keeps. Returns early, without an error,
    /// if it is interrupted.
    ///
    /// # Errors
    /// Returns the first error of `ended`; then no further job starts and running jobs are
    /// interrupted.
    pub(crate) fn run_all(
        self,
        base: &ScenarioSettings,
        jobs: &[Job],
        interrupt: &Interrupt,
        before_run: &BeforeRun<'_>,
        keep: &[String],
        mut ended: impl FnMut(&Job, &RunRecord) -> Result<(), Failure> + Send,
    ) -> Result<(), Failure> {
        let scenarios = Scenarios::new(base);
        let scenario_of = |job: &Job| scenarios.get(job);
        let workers = self.workers;
        let run = |job: &Job| job::run(scenario_of, job, workers, interrupt, before_run, keep);
        self.execute(jobs, run, |job, record| {
            ended(job, record).inspect_err(|_| interrupt.set())
        })
    }

    /// Calls `run` for all jobs, on as many threads as there are simultaneous runs.
    fn execute(
        self,
        jobs: &[Job],
        run: impl Fn(&Job) -> Option<RunRecord> + Sync,
        ended: impl FnMut(&Job, &RunRecord) -> Result<(), Failure> + Send,
    ) -> Result<(), Failure> {
        let next = AtomicUsize::new(0);
        let shared = Mutex::new((ended, Ok(())));
        let work = || {
            while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let begun = Instant::now();
                let record = run(job).map(|record| RunRecord {
                    wall_s: rounded(begun.elapsed().as_secs_f64(), 3),
                    ..record
                });
                let mut shared = shared.lock();
                let (ended, result) = &mut *shared;
                let stop = match (&record, &result) {
                    (Some(record), Ok(())) => {
                        *result = ended(job, record);
                        result.is_err()
                    }
                    (None, _) | (_, Err(_)) => true,
                };
                if stop {
                    next.store(jobs.len(), Ordering::Relaxed);
                }
            }
        };
        std::thread::scope(|scope| {
            // If a thread cannot be created, the others do its jobs.
            for _ in 1..self.at_once {
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        shared.into_inner().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::error::ExperimentError;

    fn jobs(count: usize) -> Vec<Job> {
        let job = |index| Job {
            index,
            replicate: 0,
            seed: 1,
            set: Vec::new(),
        };
        (0..count).map(job).collect()
    }

    fn done() -> RunRecord {
        RunRecord::failed(String::new())
    }

    fn executor(at_once: usize) -> Executor {
        Executor::share(at_once, 100, 1_000, None)
    }

    #[test]
    fn threads_are_shared_among_as_many_runs_as_fit() {
        let share = |threads, by_memory, jobs| {
            let executor = Executor::share(threads, by_memory, jobs, None);
            (executor.at_once, executor.workers.threads)
        };
        assert_eq!(share(8, 100, 500), (8, 1));
        assert_eq!(share(8, 2, 500), (2, 4));
        assert_eq!(share(8, 0, 500), (1, 8));
        assert_eq!(share(8, 100, 3), (3, 2));
    }

    #[test]
    fn every_job_runs_once() {
        let mut seen = Vec::new();
        let outcome = executor(3).execute(
            &jobs(200),
            |_| Some(done()),
            |job, _| {
                seen.push(job.index);
                Ok(())
            },
        );
        assert!(outcome.is_ok());
        seen.sort_unstable();
        assert_eq!(seen, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn no_further_job_starts_after_a_write_error_or_an_interrupt() {
        let mut ended = 0;
        let outcome = executor(1).execute(
            &jobs(50),
            |_| Some(done()),
            |job, _| {
                ended += 1;
                match job.index {
                    7 => Err(ExperimentError::Panicked("full".into()).into()),
                    _ => Ok(()),
                }
            },
        );
        assert_eq!(
            (ended, outcome.unwrap_err().to_string()),
            (8, "failed: full".into())
        );
        let mut ended = 0;
        let run = |job: &Job| (job.index < 5).then(done);
        let outcome = executor(1).execute(&jobs(50), run, |_, _| {
            ended += 1;
            Ok(())
        });
        assert!(outcome.is_ok());
        assert_eq!(ended, 5);
    }
}
