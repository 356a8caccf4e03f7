//! A job: one run of an experiment, in memory, and its outcome.
//!
//! A job that panics or halts is a failed run and does not affect other jobs.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use patchday_agents::{
    metrics::{cell::Cell, own_figure::SeriesColumn},
    scenario::Scenario,
};
use patchday_core::Tick;

use crate::{
    host::{
        console::say,
        error::Failure,
        resources::{self, Workers},
        signals::Interrupt,
    },
    results::{
        figures::{Outcome, figures},
        run_record::RunRecord,
        samples::{KeptSeries, Samples},
    },
    run::{
        estimate::memory::mail_limit,
        execute,
        result_files::Results,
        run_loop::{RunObserver, Simulated, run_to_end, text_of},
    },
    scenario::prepare::{Prepared, ScenarioSettings, prepare},
    store::{ending::Ending, manifest::hex},
};

/// One run of an experiment.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Its index among all jobs.
    pub(crate) index: usize,
    /// Which replicate of its point it is, counted from 0.
    pub(crate) replicate: u32,
    pub(crate) seed: u64,
    /// Overrides of the base scenario, `KEY=VALUE` each.
    pub(crate) set: Vec<String>,
}

/// Called with the index of a job before it runs, in the thread and inside the panic guard of
/// the job.
pub(crate) type BeforeRun<'a> = dyn Fn(usize) + Sync + 'a;

/// The scenario of a job: the base with the job's overrides.
///
/// # Errors
/// Returns an error if an override or the resulting scenario is invalid.
pub(crate) fn prepare_job(base: &ScenarioSettings, job: &Job) -> Result<Prepared, Failure> {
    let mut settings = base.clone();
    settings.overrides.extend(job.set.iter().cloned());
    settings.seed = Some(job.seed);
    Ok(prepare(&settings)?)
}

/// Keeps the scenario with more users, which needs more memory; of equal ones the first.
pub(crate) fn keep_larger(largest: &mut Option<Prepared>, other: Prepared) {
    let users = |prepared: &Prepared| prepared.scenario.population.users;
    if largest
        .as_ref()
        .is_none_or(|known| users(known) < users(&other))
    {
        *largest = Some(other);
    }
}

/// Prints the warnings of a job about keys that were not warned of before: `said` holds the beginnings
/// of the warnings that were printed.
pub(crate) fn warn_at(job: &Job, prepared: &Prepared, said: &mut BTreeSet<String>) {
    for line in prepared.warnings.lines() {
        if said.insert(beginning(line)) {
            say(&format!("with {}: {line}", job.set.join(", ")));
        }
    }
}

/// The warnings of a scenario as [`warn_at`] remembers them.
pub(crate) fn warned(prepared: &Prepared) -> BTreeSet<String> {
    prepared.warnings.lines().map(beginning).collect()
}

/// The two words that name the key of a warning.
fn beginning(warning: &str) -> String {
    let words = warning.split_whitespace().take(2);
    words.collect::<Vec<_>>().join(" ")
}

/// Runs a job; `None` if it was interrupted. `scenario_of` returns its scenario, `keep` are the columns
/// of its series that its record keeps.
pub(crate) fn run(
    scenario_of: impl Fn(&Job) -> Result<Scenario, Failure>,
    job: &Job,
    workers: Workers,
    interrupt: &Interrupt,
    before_run: &BeforeRun<'_>,
    keep: &[String],
) -> Option<RunRecord> {
    let work = || match scenario_of(job) {
        Ok(scenario) => {
            before_run(job.index);
            simulate(&scenario, workers, interrupt, keep)
        }
        Err(failure) => Some(RunRecord::failed(failure.to_string())),
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        Some(RunRecord::failed(format!(
            "panicked: {}",
            text_of(payload.as_ref())
        )))
    })
}

/// Keeps the samples of a run in memory.
pub(crate) struct Memory(pub(crate) Samples);

impl<M> RunObserver<M> for Memory {
    fn advanced(&mut self, _: Tick, _: u64) {}

    fn sampled(&mut self, now: Tick, cells: &[Cell]) -> Result<(), Failure> {
        self.0.add(now, cells);
        Ok(())
    }
}

/// Keeps the samples of a run and chosen columns of its series in memory.
struct KeepingMemory {
    memory: Memory,
    columns: Vec<SeriesColumn>,
    kept: KeptSeries,
}

impl<M> RunObserver<M> for KeepingMemory {
    fn advanced(&mut self, _: Tick, _: u64) {}

    fn sampled(&mut self, now: Tick, cells: &[Cell]) -> Result<(), Failure> {
        self.memory.0.add(now, cells);
        if !self.columns.is_empty() {
            let columns = self.columns.iter();
            // A row has all columns of its scenario.
            let cells = columns.map(|column| column.cell(cells).unwrap_or(Cell::Count(0)));
            self.kept.add(now, cells);
        }
        Ok(())
    }
}

fn simulate(
    scenario: &Scenario,
    workers: Workers,
    interrupt: &Interrupt,
    keep: &[String],
) -> Option<RunRecord> {
    let limit = mail_limit(
        scenario,
        workers,
        resources::memory_available(workers.threads),
    );
    let failed = |what: String| Some(RunRecord::failed(what));
    let mut simulation = match execute::simulation(scenario, workers, limit) {
        Ok(simulation) => simulation,
        Err(failure) => return failed(failure.to_string()),
    };
    let columns = keep.iter().map(|name| {
        let column = SeriesColumn::parse(name, scenario);
        column.map_err(|_| name)
    });
    let columns = match columns.collect::<Result<_, _>>() {
        Ok(columns) => columns,
        Err(name) => return failed(format!("its series has no column `{name}` to keep")),
    };
    let mut memory = KeepingMemory {
        memory: Memory(Samples::new(scenario)),
        columns,
        kept: KeptSeries::new(keep),
    };
    match run_to_end(
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
    let KeepingMemory { memory, kept, .. } = memory;
    let Memory(mut samples) = memory;
    samples.notes = simulation.notes().to_vec();
    let summary = Results::new(scenario, &samples, &[]).summary;
    let outcome = Outcome::Done {
        digest: hex(Simulated::digest(&simulation)),
        figures: figures(&summary),
    };
    Some(RunRecord {
        kept,
        ..RunRecord::new(outcome, scenario, &samples)
    })
}
