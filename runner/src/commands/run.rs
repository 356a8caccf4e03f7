//! `patchday run`: from a scenario to a run directory.

use std::path::PathBuf;

use clap::Args;
use patchday_agents::scenario::quantity::Span;

use crate::{
    commands::options::{MachineOptions, ScenarioOptions, span, tolerance},
    export::format::Format,
    store::resume_command::RunOptionsToRepeat,
};

/// Options of `patchday run`.
#[derive(Clone, Debug, Args)]
pub struct RunOptions {
    /// Which scenario.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// How much of the machine.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// The run directory; without it runs/SCENARIO-SEED, with -xSCALE if scaled
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the run that a run directory holds
    #[arg(long)]
    pub force: bool,
    /// Write a checkpoint each time so much simulated time has passed, such as 6h
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub checkpoint_every: Option<Span>,
    /// Keep only so many checkpoints, the newest [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep_checkpoints: Option<u32>,
    /// Go on with a run that was interrupted or killed, from its last checkpoint, or begin it
    /// if there is none yet; FILE may be its run directory
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    /// The summary.json of an earlier run to compare with
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// How much worse than the baseline is still good enough, such as 0.05
    #[arg(long, value_name = "SHARE", default_value = "0.05", value_parser = tolerance)]
    pub tolerance: f64,
    /// Write what came of the expectations as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write the tables of the run in this format as well, beside series.csv
    #[arg(long, value_name = "FORMAT")]
    pub export: Option<Format>,
    /// Print manifest and summary as JSON instead of tables
    #[arg(long)]
    pub json: bool,
    /// Show the run on a screen while it goes on: q leaves the screen and not the run, Ctrl-C
    /// stops the run as ever
    #[arg(long)]
    pub live: bool,
}

impl RunOptions {
    /// The options that a command needs again to resume the run.
    pub(crate) fn to_repeat(&self) -> RunOptionsToRepeat {
        RunOptionsToRepeat {
            checkpoint_every: self.checkpoint_every,
            keep_checkpoints: self.keep_checkpoints,
            machine: self.machine.settings(),
            baseline: self.baseline.clone(),
            tolerance: self.tolerance,
            junit: self.junit.clone(),
            json: self.json,
        }
    }
}
