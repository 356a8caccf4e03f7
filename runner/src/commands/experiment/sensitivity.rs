//! `patchday sensitivity`: which keys matter, by how much, and how much is chance.

use clap::{Args, ValueEnum};

use crate::{
    commands::{
        experiment::answer,
        options::{AnswerOptions, MachineOptions, ScenarioOptions},
    },
    experiment::{
        error::ExperimentError,
        jobs::dry_run::Asked,
        sensitivity::{
            answer::Estimator,
            plan::PlanSettings,
            question::{self, SensitivitySettings},
            screening::Seeds,
        },
    },
    export::{format::Format, write},
    host::{
        console::say,
        error::{Exit, Failure},
    },
};

/// How effects are estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SensitivityMethod {
    /// Elementary effects: one key changes at a time, from many starting points
    Morris,
    /// Sobol's indices: the part of each key in the variance
    Sobol,
}

/// Which runs share a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SeedsOption {
    /// Runs that are compared have one seed; chance is measured on its own
    Common,
    /// Every run has its own seed
    Own,
}

/// Options of `patchday sensitivity`.
#[derive(Clone, Debug, Args)]
pub struct SensitivityOptions {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// Threads and shards.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// A key and its values: KEY=LOW..HIGH, KEY=LOW..HIGH,log or KEY=A,B,C; may be repeated
    #[arg(long, value_name = "KEY=LEVELS")]
    pub vary: Vec<String>,
    /// Vary every number of a section, such as overlay.promotion, between multiples of its value; may
    /// be repeated
    #[arg(long, value_name = "SECTION")]
    pub vary_section: Vec<String>,
    /// The multiples for --vary-section, with equal ratios as equal steps [default: 0.5..2]
    #[arg(long, value_name = "LOW..HIGH", requires = "vary_section")]
    pub by: Option<String>,
    /// Let keys vary together as one: a name and keys of --vary, such as retries=client.a,client.b; may
    /// be repeated
    #[arg(long, value_name = "NAME=KEYS")]
    pub group: Vec<String>,
    /// A figure, a criterion such as 'hours_to_90_percent < 30' as 0 or 1, or online.falls_below_50,
    /// the hours until less than half of the norm are online; may be repeated [default:
    /// hours_below_50_percent, hours_to_90_percent and user_hours_lost]
    #[arg(long, value_name = "FIGURE")]
    pub figure: Vec<String>,
    /// The criterion that splits effects: across this edge, and beyond it
    #[arg(
        long,
        value_name = "CRITERION",
        default_value = "hours_below_50_percent > 0"
    )]
    pub edge: String,
    /// How effects are estimated
    #[arg(long, value_enum, default_value = "morris")]
    pub method: SensitivityMethod,
    /// Morris: starting points; each has a run for every key and two more [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub trajectories: Option<u32>,
    /// Morris: levels of each range, an even number [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub levels: Option<u32>,
    /// Sobol: rows of the design, each with a run for every key and three more; with --emulator, points
    /// [default: 256]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub points: Option<u32>,
    /// Sobol: estimate indices from an emulator that is fitted to the runs
    #[arg(long)]
    pub emulator: bool,
    /// Sobol: runs of each point, each with its own seed; their mean counts [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub reps: Option<u32>,
    /// Which runs share a seed; with --emulator each has its own [default: common]
    #[arg(long, value_enum)]
    pub seeds: Option<SeedsOption>,
    /// Also write the tables in this format, beside their CSV files
    #[arg(long, value_name = "FORMAT")]
    pub export: Option<Format>,
    /// Directory and form of the answer.
    #[command(flatten)]
    pub answer: AnswerOptions,
}

/// `patchday sensitivity`.
///
/// # Errors
/// Returns an error if the keys, the figures or the scenario are invalid, if the analysis was
/// interrupted, or if the answer cannot be written.
pub fn sensitivity(options: &SensitivityOptions) -> Result<Exit, Failure> {
    let SensitivityOptions {
        scenario,
        machine,
        vary,
        vary_section,
        by,
        group,
        figure,
        edge,
        method,
        trajectories,
        levels,
        points,
        emulator,
        reps,
        seeds,
        export,
        answer: answer_options,
    } = options.clone();
    export.map_or(Ok(()), Format::check)?;
    let estimator = match (method, emulator) {
        (SensitivityMethod::Morris, false) => Estimator::Morris,
        (SensitivityMethod::Sobol, false) => Estimator::Sobol,
        (SensitivityMethod::Sobol, true) => Estimator::SobolByEmulator,
        (SensitivityMethod::Morris, true) => {
            let what = "needs --method sobol".into();
            let option = "--emulator";
            return Err(ExperimentError::Factors { option, what }.into());
        }
    };
    let is_morris = estimator == Estimator::Morris;
    for (option, is_idle) in [
        ("--trajectories", trajectories.is_some() && !is_morris),
        ("--levels", levels.is_some() && !is_morris),
        ("--points", points.is_some() && is_morris),
        ("--reps", reps.is_some() && is_morris),
        ("--seeds", seeds.is_some() && emulator),
    ] {
        if is_idle {
            say(&format!("warning: {option} has no effect with this method"));
        }
    }
    let settings = SensitivitySettings {
        scenario: scenario.settings(),
        machine: machine.settings(),
        plan: PlanSettings {
            vary,
            sections: vary_section,
            by: by.unwrap_or_else(|| "0.5..2".into()),
            groups: group,
            figures: figure,
            edge,
            estimator,
            trajectories: trajectories.unwrap_or(10),
            levels: levels.unwrap_or(4),
            points: points.unwrap_or(256) as usize,
            replicates: reps.unwrap_or(1),
            seeds: match seeds {
                Some(SeedsOption::Own) => Seeds::Own,
                Some(SeedsOption::Common) | None => Seeds::Common,
            },
        },
        answer: answer_options.settings(),
    };
    let AnswerOptions { force, json, .. } = answer_options;
    let stored = match question::analyse(&settings)? {
        Asked::Answered(stored) => stored,
        Asked::Planned(design) => return answer::planned(&design, json),
    };
    if let Some(format) = export {
        // The directory is that of this answer.
        write::beside(&stored.directory, format, true)?;
    }
    answer::finish(&stored, json, force, || stored.answer.text())
}
