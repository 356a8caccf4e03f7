//! `patchday sensitivity`: which keys matter, by how much, and how much is chance.

use clap::{Args, ValueEnum};

use crate::{
    commands::{
        experiment::{answer, dry_run},
        options::{AnswerOptions, MachineOptions, ScenarioOptions},
    },
    experiment::{
        jobs::run_source::LedgerSettings,
        sensitivity::{
            answer::Estimator,
            plan::PlanSettings,
            question::{self, SensitivitySettings},
            screening::Seeds,
            tables,
        },
    },
    export::{format::Format, write},
    host::error::{Exit, Failure},
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
    /// The multiples for --vary-section, with equal ratios as equal steps
    #[arg(long, value_name = "LOW..HIGH", default_value = "0.5..2")]
    pub by: String,
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
    /// Morris: starting points; each has a run for every key and two more
    #[arg(long, value_name = "N", default_value = "10",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub trajectories: u32,
    /// Morris: levels of each range, an even number
    #[arg(long, value_name = "N", default_value = "4",
          value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub levels: u32,
    /// Sobol: rows of the design, each with a run for every key and three more; with --emulator, runs
    #[arg(long, value_name = "N", default_value = "256",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub points: u32,
    /// Sobol: estimate indices from an emulator that is fitted to the runs
    #[arg(long)]
    pub emulator: bool,
    /// Sobol: runs of each point, each with its own seed; their mean counts
    #[arg(long, value_name = "N", default_value = "1",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub reps: u32,
    /// Which runs share a seed
    #[arg(long, value_enum, default_value = "common")]
    pub seeds: SeedsOption,
    /// The most runs; the answer is from those that were made
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub runs: Option<u32>,
    /// Continue an analysis that was interrupted; runs that ended are not made again
    #[arg(long)]
    pub resume: bool,
    /// Make runs again that failed before
    #[arg(long)]
    pub retry_failed: bool,
    /// Print the design as CSV and what it costs, without a run
    #[arg(long)]
    pub dry_run: bool,
    /// Also write the table of runs in this format, beside runs.csv
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
        runs,
        // To resume is to ask again: the ledger has the runs that ended.
        resume: _,
        retry_failed,
        dry_run,
        export,
        answer: AnswerOptions { out, force, json },
    } = options.clone();
    export.map_or(Ok(()), Format::check)?;
    let settings = SensitivitySettings {
        scenario: scenario.settings(),
        machine: machine.settings(),
        plan: PlanSettings {
            vary,
            sections: vary_section,
            by,
            groups: group,
            figures: figure,
            edge,
            estimator: match (method, emulator) {
                (SensitivityMethod::Morris, false) => Estimator::Morris,
                (SensitivityMethod::Sobol, false) => Estimator::Sobol,
                (_, true) => Estimator::SobolByEmulator,
            },
            trajectories,
            levels,
            points: points as usize,
            replicates: reps,
            seeds: match seeds {
                SeedsOption::Common => Seeds::Common,
                SeedsOption::Own => Seeds::Own,
            },
        },
        ledger: LedgerSettings {
            retry_failed,
            budget: runs.map(|runs| runs as usize),
            ..LedgerSettings::default()
        },
        out,
        force,
    };
    if dry_run {
        let checked = question::plan(&settings)?;
        let design = tables::design_csv(&checked.plan.space, &checked.plan.runs)?;
        let count = checked.plan.runs.len();
        let count = runs.map_or(count, |runs| count.min(runs as usize));
        return dry_run::print_design(&design, &checked.base, settings.machine, count);
    }
    let stored = question::analyse(&settings)?;
    if let Some(format) = export {
        // The directory is that of this answer.
        write::beside(&stored.directory, format, true)?;
    }
    answer::finish(&stored, json, force, || stored.answer.text())
}
