//! `patchday fit`: which values of keys agree with what was observed.

use std::path::PathBuf;

use clap::Args;

use crate::{
    commands::{
        experiment::answer,
        options::{AnswerOptions, MachineOptions, ScenarioOptions, scale},
    },
    experiment::{
        fit::{
            dry_run::dry_run,
            observations::points::DefaultErrors,
            question::{self, FitSettings},
        },
        jobs::run_source::LedgerSettings,
    },
    host::{
        console::print_text,
        error::{Exit, Failure},
    },
};

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
    /// the [[observed]] points of the scenario
    #[arg(long, value_name = "FILE")]
    pub observed: Option<PathBuf>,
    /// The most runs, those of the confirmation included
    #[arg(long, value_name = "N", default_value = "300",
          value_parser = clap::value_parser!(u32).range(20..=100_000))]
    pub runs: u32,
    /// Make more than N runs, up to eight times as many, until nothing more is ruled out
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
    /// Show the points and the design, and estimate the time; make no run
    #[arg(long)]
    pub dry_run: bool,
    /// Continue a fit that was stopped; the same command without it does the same
    #[arg(long)]
    pub resume: bool,
    /// Directory and form of the answer.
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
        FitSettings {
            scenario: self.scenario.settings(),
            machine: self.machine.settings(),
            ledger: LedgerSettings::default(),
            vary: self.vary.clone(),
            observed: self.observed.clone(),
            runs: self.runs as usize,
            until_settled: self.until_settled,
            hold_out: self.hold_out.clone(),
            errors: self.error,
            discrepancy: self.discrepancy,
            confirm_scale: self.confirm_scale,
            synthetic: self.synthetic.clone(),
            out: self.answer.out.clone(),
            force: self.answer.force,
        }
    }
}

/// `patchday fit`. The exit code is 1 if the self-check fails, or if no part of the range is plausible.
///
/// # Errors
/// Returns an error if the scenario, a key or the points are invalid, if two points contradict each
/// other, or if the answer cannot be written.
pub fn fit(options: &FitOptions) -> Result<Exit, Failure> {
    let settings = options.settings();
    if options.dry_run {
        print_text(&dry_run(&settings)?)?;
        return Ok(Exit::Fine);
    }
    let (stored, runs) = question::fit(&settings)?;
    let AnswerOptions { force, json, .. } = options.answer;
    let exit = answer::finish(&stored, json, force, || stored.answer.text(runs, stored.wall_s))?;
    // A run that failed is a point that the emulator does without.
    Ok(match (&stored.answer.fault, exit) {
        (Some(_), Exit::Fine | Exit::Failed) => Exit::Unmet,
        (None, Exit::Failed) if stored.failed < runs => Exit::Fine,
        (_, exit) => exit,
    })
}
