//! The crew: all runs of an experiment, as many at once as there are threads and memory.
//!
//! Small runs go side by side, one thread each; if memory holds fewer than there are
//! threads, each gets several. Jobs are begun in their order; which ends first is left
//! to chance, so whoever is told of an end puts results in order by the job's index.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use parking_lot::Mutex;

use crate::{
    experiment::jobs::job::{self, Job},
    host::resources::MachineSettings,
    host::{
        error::Failure,
        resources::{self, Workers},
        signals::Interrupt,
    },
    results::figures::Outcome,
    run::estimate::plan::Estimate,
    scenario::prepare::Prepared,
    scenario::prepare::ScenarioSettings,
};

/// How the machine is shared between runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crew {
    /// Runs at once.
    pub(crate) at_once: usize,
    /// What each of them has.
    pub(crate) workers: Workers,
}

impl Crew {
    /// A crew for `jobs` runs, the largest of which is this one.
    ///
    /// # Errors
    /// That not even one of them fits.
    pub(crate) fn of(
        machine: MachineSettings,
        largest: &Prepared,
        jobs: usize,
    ) -> Result<Self, Failure> {
        let threads = Workers::new(machine).threads;
        // Beside each thread at work, at most, one that waits for its run.
        let available = resources::memory_available(2 * threads);
        let estimate = |workers| {
            let (file, scenario) = (&largest.file, &largest.scenario);
            Estimate::of(file, scenario, largest.scale, workers, available)
        };
        let one = Workers {
            threads: 1,
            shards: 1,
        };
        estimate(one).check()?;
        let need = estimate(one).memory_bytes.max(1);
        let by_memory = available.map_or(usize::MAX, |bytes| (bytes * 9 / 10 / need) as usize);
        Ok(Self::share(threads, by_memory, jobs, machine.shards))
    }

    fn share(threads: usize, by_memory: usize, jobs: usize, shards: Option<u32>) -> Self {
        let at_once = threads.min(by_memory).clamp(1, jobs.max(1));
        let threads = (threads / at_once).max(1);
        let shards = shards.map_or(threads, |shards| shards as usize);
        Self {
            at_once,
            workers: Workers { threads, shards },
        }
    }

    /// Does all jobs and tells `ended` of each, one at a time, with the real time it took. Ends
    /// early, without an error, if it is interrupted.
    ///
    /// # Errors
    /// The first of `ended`; then no further job is begun, and those under way, of which
    /// nobody could be told, are stopped.
    pub(crate) fn work(
        self,
        base: &ScenarioSettings,
        jobs: &[Job],
        interrupt: &Interrupt,
        mut ended: impl FnMut(&Job, &Outcome, f64) -> Result<(), Failure> + Send,
    ) -> Result<(), Failure> {
        let run = |job: &Job| job::run(base, job, self.workers, interrupt);
        self.side_by_side(jobs, run, |job, outcome, wall| {
            ended(job, outcome, wall).inspect_err(|_| interrupt.set())
        })
    }

    /// The same with any work.
    fn side_by_side(
        self,
        jobs: &[Job],
        run: impl Fn(&Job) -> Option<Outcome> + Sync,
        ended: impl FnMut(&Job, &Outcome, f64) -> Result<(), Failure> + Send,
    ) -> Result<(), Failure> {
        let next = AtomicUsize::new(0);
        let told = Mutex::new((ended, Ok(())));
        let work = || {
            while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let begun = Instant::now();
                let outcome = run(job);
                let mut told = told.lock();
                let (ended, result) = &mut *told;
                let stop = match (&outcome, &result) {
                    (Some(outcome), Ok(())) => {
                        *result = ended(job, outcome, begun.elapsed().as_secs_f64());
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
            // With fewer threads than asked for it takes longer, no more.
            for _ in 1..self.at_once {
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        told.into_inner().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::figures::Figures;

    fn jobs(count: usize) -> Vec<Job> {
        let job = |index| Job {
            index,
            replicate: 0,
            seed: 1,
            set: Vec::new(),
            spoiled: false,
        };
        (0..count).map(job).collect()
    }

    fn done() -> Outcome {
        Outcome::Done {
            digest: String::new(),
            figures: Figures::new(),
        }
    }

    fn crew(at_once: usize) -> Crew {
        Crew::share(at_once, 100, 1_000, None)
    }

    #[test]
    fn threads_are_shared_among_as_many_runs_as_fit() {
        let share = |threads, by_memory, jobs| {
            let crew = Crew::share(threads, by_memory, jobs, None);
            (crew.at_once, crew.workers.threads)
        };
        assert_eq!(share(8, 100, 500), (8, 1));
        assert_eq!(share(8, 2, 500), (2, 4));
        assert_eq!(share(8, 0, 500), (1, 8));
        assert_eq!(share(8, 100, 3), (3, 2));
    }

    #[test]
    fn every_job_is_done_once() {
        let mut seen = Vec::new();
        let outcome = crew(3).side_by_side(
            &jobs(200),
            |_| Some(done()),
            |job, _, _| {
                seen.push(job.index);
                Ok(())
            },
        );
        assert!(outcome.is_ok());
        seen.sort_unstable();
        assert_eq!(seen, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn a_failure_to_write_and_an_interrupt_begin_no_further_job() {
        let mut told = 0;
        let outcome = crew(1).side_by_side(
            &jobs(50),
            |_| Some(done()),
            |job, _, _| {
                told += 1;
                match job.index {
                    7 => Err(Failure::failed("full".into())),
                    _ => Ok(()),
                }
            },
        );
        assert_eq!((told, outcome.unwrap_err().to_string()), (8, "full".into()));
        let mut told = 0;
        let run = |job: &Job| (job.index < 5).then(done);
        let outcome = crew(1).side_by_side(&jobs(50), run, |_, _, _| {
            told += 1;
            Ok(())
        });
        assert!(outcome.is_ok());
        assert_eq!(told, 5);
    }
}
