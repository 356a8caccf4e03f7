//! `patchday plan`: the memory and time that a run would need.

use clap::Args;

use crate::{
    commands::options::{MachineOptions, ScenarioOptions},
    host::{
        console::{print, say},
        error::{Exit, Failure},
        resources::{self, Workers},
    },
    run::estimate::{pilot::Pilot, plan::Estimate},
    scenario::prepare::prepare,
    store::manifest::json,
};

/// Options of `patchday plan`.
#[derive(Clone, Debug, Args)]
pub struct PlanOptions {
    /// Which scenario.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// How much of the machine.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// Estimate from the scenario's sizes alone, without a pilot run of few users
    #[arg(long)]
    pub quick: bool,
    /// Print the estimate as JSON
    #[arg(long)]
    pub json: bool,
}

/// `patchday plan`.
///
/// # Errors
/// What is wrong with the scenario, or that the run would not fit.
pub fn plan(options: &PlanOptions) -> Result<Exit, Failure> {
    let prepared = prepare(&options.scenario.settings())?;
    prepared.warn();
    let workers = Workers::new(options.machine.settings());
    if let Some(warning) = workers.warn() {
        say(&warning);
    }
    let available = resources::memory_available(workers.threads);
    let (file, scale) = (&prepared.file, prepared.scale);
    let scenario = &prepared.scenario;
    let pilot = match options.quick {
        true => None,
        false => Some(Pilot::fly(scenario)?),
    };
    let of = (file.as_str(), scale);
    let estimate = Estimate::with(of, scenario, workers, available, pilot.as_ref());
    if options.json {
        print(&json(&estimate)?)?;
    } else {
        print(&estimate.text(&prepared.scenario))?;
    }
    estimate.check().map(|()| Exit::Fine)
}
