//! `patchday fit`: which values of keys agree with what was observed.

use std::path::PathBuf;

use clap::Args;

use crate::{
    commands::{
        experiment::answer,
        options::{AnswerOptions, MachineOptions, ScenarioOptions, scale},
    },
    experiment::fit::{
        dry_run::dry_run, observations::points::DefaultErrors, plan::FitSettings, question,
    },
    export::{format::Format, write},
    host::{
        console::print_text,
        error::{Exit, Failure},
    },
};

/// The most runs, unless they are given.
const RUNS: usize = 300;

/// Options of `patchday fit`.
#[derive(Clone, Debug, Args)]
pub struct FitOptions {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// Threads and shards.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// A key to fit, with its prior: KEY=LOW..HIGH, KEY=LOW..HIGH,log or KEY=LOW..HIGH,normal:MEAN,SD;
    /// may be repeated
    #[arg(long, value_name = "KEY=LOW..HIGH", required = true)]
    pub vary: Vec<String>,
    /// The points of an incident of your own, a CSV file (time, users or share, error, ...), instead of
    /// the observed points of the scenario
    #[arg(long, value_name = "FILE")]
    pub observed: Option<PathBuf>,
    /// Make further waves beyond --runs, up to eight times as many runs in all, until nothing more is ruled
    /// out
    #[arg(long)]
    pub until_settled: bool,
    /// Points to leave out of the fit and to test its prediction with: their numbers, from 1, such as 3,8
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    pub hold_out: Vec<usize>,
    /// The errors of points without one of their own, by confidence, as shares of the norm
    #[arg(long, value_name = "ERRORS", default_value = "A=0.05,B=0.10,C=0.2", value_parser = errors)]
    pub error: DefaultErrors,
    /// What the model cannot meet with any values, as a share of the norm (one standard deviation)
    #[arg(long, value_name = "SHARE", default_value = "0.05", value_parser = discrepancy)]
    pub discrepancy: f64,
    /// The scale of the runs that confirm the answer [default: the same scale]
    #[arg(long, value_name = "F", value_parser = scale)]
    pub confirm_scale: Option<f64>,
    /// Fit a run whose keys are known instead of the observations, to see whether they are found:
    /// KEY=VALUE,..., or `draw` for values drawn from the priors
    #[arg(long, value_name = "VALUES")]
    pub synthetic: Option<String>,
    /// Also write the tables in this format, beside their CSV files
    #[arg(long, value_name = "FORMAT")]
    pub export: Option<Format>,
    /// Directory and form of the answer; --runs is 300 unless it is given.
    #[command(flatten)]
    pub answer: AnswerOptions,
}

/// Errors by confidence.
fn errors(text: &str) -> Result<DefaultErrors, String> {
    DefaultErrors::parse(text)
}

/// A discrepancy: a share from 0 to 1.
fn discrepancy(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("a share from 0 to 1, such as 0.05".to_owned()),
    }
}

impl FitOptions {
    fn settings(&self) -> FitSettings {
        let mut answer = self.answer.settings();
        // The calibration spends the budget itself, and leaves a part of it for the confirmation.
        let budget = answer.ledger.budget.take();
        FitSettings {
            scenario: self.scenario.settings(),
            machine: self.machine.settings(),
            vary: self.vary.clone(),
            observed: self.observed.clone(),
            runs: budget.unwrap_or(RUNS),
            until_settled: self.until_settled,
            hold_out: self.hold_out.clone(),
            errors: self.error,
            discrepancy: self.discrepancy,
            confirm_scale: self.confirm_scale,
            synthetic: self.synthetic.clone(),
            answer,
        }
    }
}

/// `patchday fit`. The exit code is 1 if the self-check fails, or if no part of the range is plausible.
///
/// # Errors
/// Returns an error if the scenario, a key or the points are invalid, if two points contradict each
/// other, or if the answer cannot be written.
pub fn fit(options: &FitOptions) -> Result<Exit, Failure> {
    options.export.map_or(Ok(()), Format::check)?;
    let settings = options.settings();
    let AnswerOptions { force, json, .. } = options.answer;
    if settings.answer.dry_run {
        let (points, design) = dry_run(&settings)?;
        if !json {
            print_text(&points)?;
        }
        return answer::planned(&design, json);
    }
    let (stored, runs) = question::fit(&settings)?;
    if let Some(format) = options.export {
        // The directory is that of this answer.
        write::beside(&stored.directory, format, true)?;
    }
    let exit = answer::finish(&stored, json, force, || stored.answer.text(runs))?;
    // A run that failed is a point that the emulator does without.
    Ok(match (&stored.answer.fault, exit) {
        (Some(_), Exit::Fine | Exit::Failed) => Exit::Unmet,
        (None, Exit::Failed) if stored.failed < runs => Exit::Fine,
        (_, exit) => exit,
    })
}
