//! `patchday run`: from a scenario to a run directory.

use std::path::PathBuf;

use clap::Args;
use patchday_agents::scenario::quantity::Span;

use serde_json::json;

use crate::{
    commands::options::{MachineOptions, ScenarioOptions, span, tolerance},
    export::{format::Format, write},
    host::{
        console::print,
        error::{Exit, Failure},
    },
    results::{figures, narrative::summary, observed},
    run::{result_files::Results, settings::RunSettings, start},
    store::{
        manifest::{self, Manifest},
        resume_command::RunOptionsToRepeat,
        run_directory::RunDirectory,
    },
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
    /// The options as plain settings.
    fn settings(&self) -> RunSettings {
        RunSettings {
            scenario: self.scenario.settings(),
            out: self.out.clone(),
            force: self.force,
            resume: self.resume,
            live: self.live,
            repeated: RunOptionsToRepeat {
                checkpoint_every: self.checkpoint_every,
                keep_checkpoints: self.keep_checkpoints,
                machine: self.machine.settings(),
                baseline: self.baseline.clone(),
                tolerance: self.tolerance,
                junit: self.junit.clone(),
                json: self.json,
            },
        }
    }
}

/// `patchday run`.
///
/// # Errors
/// Returns an error if the scenario or the directory cannot be used, or if the run was stopped.
pub fn run(options: &RunOptions) -> Result<Exit, Failure> {
    options.export.map_or(Ok(()), Format::check)?;
    let ended = start::run(
        &options.settings(),
        |manifest: &Manifest, results: &Results, directory: &RunDirectory| {
            print_results(options, manifest, results, directory)?;
            if let Some(format) = options.export {
                write::beside(directory.path(), format).map_err(Failure::during_run)?;
            }
            Ok(())
        },
    )?;
    let figures = figures::figures(&ended.results.summary);
    let junit = options.junit.as_deref();
    ended
        .expectations
        .check(&figures, &ended.title, junit, options.json)
}

/// Prints the observations, the figures and what they cost; or all of it as JSON.
///
/// # Errors
/// That standard output cannot be written.
fn print_results(
    options: &RunOptions,
    manifest: &Manifest,
    results: &Results,
    directory: &RunDirectory,
) -> Result<(), Failure> {
    let Results {
        summary,
        comparisons,
    } = results;
    if options.json {
        let both = json!({
            "directory": directory.path().display().to_string(),
            "manifest": manifest,
            "summary": summary,
        });
        return print(&manifest::json(&both)?);
    }
    let mut text = String::new();
    if !comparisons.is_empty() {
        text.push_str(&observed::table(comparisons));
        text.push('\n');
    }
    if !options.scenario.set.is_empty() {
        text.push_str(&format!(
            "{:<18}{}\n",
            "changed",
            options.scenario.set.join("  ")
        ));
    }
    text.push_str(&summary::text(summary));
    text.push_str(&format!(
        "{:<18}{}
{:<18}{}
",
        "cost",
        manifest.cost(),
        "digest",
        manifest.digest.as_deref().unwrap_or("none"),
    ));
    print(&text)
}
