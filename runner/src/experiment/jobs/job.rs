//! A job: one run of an experiment, in memory, and what came of it.
//!
//! A job that panics or halts is a failed run; its neighbours do not notice.

use std::panic::{AssertUnwindSafe, catch_unwind};

use patchday_agents::{metrics::cell::Cell, scenario::Scenario};
use patchday_core::Tick;

use crate::{
    host::{
        error::Failure,
        resources::{self, Workers},
        signals::Interrupt,
    },
    results::{
        figures::{Outcome, figures},
        samples::Samples,
    },
    run::{
        estimate::memory::mail_limit,
        execute,
        result_files::Results,
        run_loop::{Follower, follow, text_of},
        simulated::Simulated,
    },
    scenario::prepare::ScenarioSettings,
    scenario::prepare::{Prepared, prepare},
    store::{ending::Ending, manifest::hex},
};

/// One run of an experiment.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Its place among all.
    pub(crate) index: usize,
    /// Which replicate of its point it is; from 0.
    pub(crate) replicate: u32,
    pub(crate) seed: u64,
    /// Overrides of the base scenario, `KEY=VALUE` each.
    pub(crate) set: Vec<String>,
    /// Whether it is to panic, for tests of what becomes of the others.
    pub(crate) spoiled: bool,
}

/// The scenario of a job: the base with the job's overrides.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn prepared(base: &ScenarioSettings, job: &Job) -> Result<Prepared, Failure> {
    let mut settings = base.clone();
    settings.overrides.extend(job.set.iter().cloned());
    settings.seed = Some(job.seed);
    Ok(prepare(&settings)?)
}

/// Runs a job; none if it was interrupted.
pub(crate) fn run(
    base: &ScenarioSettings,
    job: &Job,
    workers: Workers,
    interrupt: &Interrupt,
) -> Option<Outcome> {
    let work = || match prepared(base, job) {
        Ok(_) if job.spoiled => panic!("run {} was made to panic", job.index),
        Ok(prepared) => simulate(&prepared.scenario, workers, interrupt),
        Err(failure) => Some(Outcome::Failed(failure.to_string())),
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|said| {
        Some(Outcome::Failed(format!(
            "panicked: {}",
            text_of(said.as_ref())
        )))
    })
}

/// Keeps the samples of a run and nothing else.
pub(crate) struct Memory(pub(crate) Samples);

impl<M> Follower<M> for Memory {
    fn advanced(&mut self, _: Tick, _: u64) {}

    fn sampled(&mut self, now: Tick, cells: &[Cell]) -> Result<(), Failure> {
        self.0.add(now, cells);
        Ok(())
    }
}

fn simulate(scenario: &Scenario, workers: Workers, interrupt: &Interrupt) -> Option<Outcome> {
    let limit = mail_limit(
        scenario,
        workers,
        resources::memory_available(workers.threads),
    );
    let failed = |what: String| Some(Outcome::Failed(what));
    let mut simulation = match execute::simulation(scenario, workers, limit) {
        Ok(simulation) => simulation,
        Err(failure) => return failed(failure.to_string()),
    };
    let mut memory = Memory(Samples::new(scenario.run.start.seconds()));
    match follow(
        &mut simulation,
        execute::course(scenario),
        interrupt,
        &mut memory,
    ) {
        Ok(Ending::Finished) => {}
        Ok(Ending::Interrupted) => return None,
        Ok(Ending::Halted(halt)) => return failed(format!("halted: {halt}")),
        Ok(Ending::Panicked(said)) => return failed(format!("panicked: {said}")),
        Err(failure) => return failed(failure.to_string()),
    }
    let Memory(mut samples) = memory;
    samples.notes = simulation.notes().to_vec();
    let summary = Results::of(scenario, &samples).summary;
    Some(Outcome::Done {
        digest: hex(Simulated::digest(&simulation)),
        figures: figures(&summary),
    })
}
