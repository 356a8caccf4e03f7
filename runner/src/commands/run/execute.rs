//! `patchday run`: runs a scenario, writes a run directory and prints the results.

use std::{cell::OnceCell, path::PathBuf};

use clap::Args;
use patchday_agents::scenario::quantity::Span;

use serde_json::json;

use crate::{
    commands::options::{MachineOptions, ScenarioOptions, span, tolerance},
    export::{format::Format, write},
    host::{
        console::{print, print_text},
        error::{Exit, Failure},
        format::moment_of,
    },
    results::{expectations::junit, figures, narrative::screen},
    run::{result_files::Results, settings::RunSettings, start},
    store::{
        layout::REPORT,
        manifest::{self, Manifest},
        resume_command::RunOptionsToRepeat,
        run_directory::RunDirectory,
    },
};

/// Options of `patchday run`.
#[derive(Clone, Debug, Args)]
pub struct RunOptions {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// Threads and shards.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// The run directory [default: runs/SCENARIO-SEED, with -xSCALE if scaled]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace an existing run in that directory
    #[arg(long)]
    pub force: bool,
    /// Write a checkpoint at this interval of simulated time, such as 6h
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub checkpoint_every: Option<Span>,
    /// Keep only the N newest checkpoints [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep_checkpoints: Option<u32>,
    /// Continue an interrupted run from its last checkpoint, or start it if there is none; FILE may
    /// be its run directory
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    /// The summary.json of an earlier run to compare with
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// How much worse than the baseline a result may be, as a share such as 0.05
    #[arg(long, value_name = "SHARE", default_value = "0.05", value_parser = tolerance)]
    pub tolerance: f64,
    /// Write the results of the expectations to this file as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Also write the tables of the run in this format, beside series.csv
    #[arg(long, value_name = "FORMAT")]
    pub export: Option<Format>,
    /// Print manifest and summary as JSON instead of tables
    #[arg(long)]
    pub json: bool,
    /// Show a screen while it runs; q closes the screen, Ctrl-C stops the run
    #[arg(long)]
    pub live: bool,
    /// Print the work of each shard in each phase, and the bound on the efficiency of 2, 4, 8 and 16
    /// threads; with at least the default shards of 16 threads unless --shards is given
    #[arg(long)]
    pub profile: bool,
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
            profile: self.profile,
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
    let report = OnceCell::new();
    let ended = start::run(
        &options.settings(),
        |manifest: &Manifest, results: &Results, directory: &RunDirectory| {
            print_results(options, manifest, results, directory)?;
            report.get_or_init(|| directory.path().join(REPORT));
            if let Some(format) = options.export {
                write::beside(directory.path(), format, true).map_err(Failure::during_run)?;
            }
            Ok(())
        },
    )?;
    let figures = figures::figures(&ended.results.summary);
    let junit = options.junit.as_deref();
    let junit = junit.map(|path| {
        let existing = junit::existing(path, &ended.title, options.force, options.resume);
        (path, existing)
    });
    let exit = ended
        .expectations
        .check(&figures, &ended.title, junit, options.json)?;
    if let Some(report) = report.get().filter(|_| !options.json) {
        print_text(&screen::open(report))?;
    }
    Ok(exit)
}

/// Prints observations, figures and the cost of the run, or manifest and summary as JSON.
///
/// # Errors
/// Returns an error if standard output cannot be written.
fn print_results(
    options: &RunOptions,
    manifest: &Manifest,
    results: &Results,
    directory: &RunDirectory,
) -> Result<(), Failure> {
    let Results {
        summary,
        comparisons,
        counterfactual,
    } = results;
    if options.json {
        let both = json!({
            "directory": directory.path().display().to_string(),
            "manifest": manifest,
            "summary": summary,
        });
        return print(&manifest::json(&both)?);
    }
    let mut text = screen::text(
        summary,
        (comparisons, counterfactual.as_deref()),
        &options.scenario.set,
        manifest.scale,
    );
    if !manifest.complete {
        let end = moment_of(&manifest.end);
        text = format!("\nThe run is not complete: what follows is known up to {end}.\n{text}");
    }
    text.push_str(&format!(
        "{:<18}{}
{:<18}{}
{:<18}{}
",
        "cost",
        manifest.cost(),
        "speed",
        manifest.speed(),
        "digest",
        manifest.digest.as_deref().unwrap_or("none"),
    ));
    print_text(&text)
}
