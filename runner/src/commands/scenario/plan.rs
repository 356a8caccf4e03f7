//! `patchday plan`: estimates the memory and time of a run.

use clap::Args;

use crate::{
    commands::options::{MachineOptions, ScenarioOptions},
    host::{
        console::{print, print_text, say},
        error::{Exit, Failure},
        resources::{self, Workers},
    },
    run::estimate::{
        pilot::Pilot,
        plan::{Estimate, PlannedRun},
    },
    scenario::prepare::prepare,
    store::manifest::json,
};

/// Options of `patchday plan`.
#[derive(Clone, Debug, Args)]
pub struct PlanOptions {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// Threads and shards.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// Processes that share the run (see "One run on several processes" in the guide), each on a machine like
    /// this one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1023))]
    pub ranks: u32,
    /// Simulate only the first seconds with few users, not the whole time: an outage later is not counted
    #[arg(long)]
    pub quick: bool,
    /// Print the estimate as JSON
    #[arg(long)]
    pub json: bool,
}

/// `patchday plan`.
///
/// # Errors
/// Returns an error if the scenario is invalid, or if the run does not fit in memory.
pub fn plan(options: &PlanOptions) -> Result<Exit, Failure> {
    let prepared = prepare(&options.scenario.settings())?;
    prepared.warn();
    let workers = Workers::new(options.machine.settings());
    if let Some(warning) = workers.warn() {
        say(&warning);
    }
    let available = resources::memory_available(workers.threads);
    let pilot = match available {
        // A pilot needs memory for a thread of its own.
        Some(0) => None,
        _ if options.quick => Some(Pilot::at_start(&prepared.scenario)?),
        _ => Some(Pilot::run(&prepared.scenario)?),
    };
    let planned = PlannedRun {
        file: &prepared.file,
        scenario: &prepared.scenario,
        scale: prepared.scale,
        workers,
        available,
    };
    let estimate = Estimate::divided(planned, pilot.as_ref(), options.ranks);
    if options.json {
        print(&json(&estimate)?)?;
    } else {
        print_text(&estimate.text(&prepared.scenario))?;
    }
    estimate.check().map(|()| Exit::Fine)
}
