//! `--dry-run`: the design of a question and what its runs cost, without a run.

use crate::{
    experiment::jobs::executor::Executor,
    host::{
        console::{print, say},
        error::{Exit, Failure},
        format::duration,
        resources::{self, MachineSettings},
    },
    run::estimate::{
        pilot::Pilot,
        plan::{Estimate, PlannedRun},
    },
    scenario::prepare::Prepared,
};

/// Prints a design on standard output and the cost of so many runs on standard error. The cost is that
/// of the scenario as it is, times the number of runs.
///
/// # Errors
/// Returns an error if a run does not fit in memory, or if the pilot cannot run.
pub(super) fn print_design(
    design: &[u8],
    base: &Prepared,
    machine: MachineSettings,
    runs: usize,
) -> Result<Exit, Failure> {
    print(&String::from_utf8_lossy(design))?;
    let executor = Executor::new(machine, base, runs)?;
    let threads = executor.workers.threads;
    let planned = PlannedRun {
        file: &base.file,
        scenario: &base.scenario,
        scale: base.scale,
        workers: executor.workers,
        available: resources::memory_available(threads),
    };
    let estimate = Estimate::new(planned, Some(&Pilot::run(&base.scenario)?));
    let rounds = runs.div_ceil(executor.at_once.max(1));
    say(&format!(
        "{runs} runs, {}: about {} ({} for a run); runs that the ledger has cost nothing",
        executor.division(runs),
        duration(estimate.wall_s * rounds as f64),
        duration(estimate.wall_s)
    ));
    Ok(Exit::Fine)
}
