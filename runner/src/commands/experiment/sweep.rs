//! `patchday sweep`: many runs of one scenario, in one table.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::{
    commands::{
        experiment::{answer, batch},
        options::{MachineOptions, ScenarioOptions},
    },
    experiment::{
        design::points::Method,
        jobs::{dry_run::Asked, job::BeforeRun, run_source::LedgerSettings},
        storage::{answer_dir::AnswerSettings, ledger_lines::Shard},
        sweep::{batch as experiment, plan::SweepSettings},
    },
    export::format::Format,
    host::error::{Exit, Failure},
};

/// How points are chosen from the levels of the factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MethodOption {
    /// All combinations of values; ranges in even steps
    Grid,
    /// Drawn uniformly
    Random,
    /// One point in each of as many even steps as there are points
    LatinHypercube,
    /// The low-discrepancy sequence of Sobol
    Sobol,
}

impl From<MethodOption> for Method {
    fn from(option: MethodOption) -> Self {
        match option {
            MethodOption::Grid => Self::Grid,
            MethodOption::Random => Self::Random,
            MethodOption::LatinHypercube => Self::LatinHypercube,
            MethodOption::Sobol => Self::Sobol,
        }
    }
}

/// Options of `patchday sweep`.
#[derive(Clone, Debug, Args)]
pub struct SweepOptions {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// Threads and shards.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// A key and its values: KEY=A,B,C or KEY=LOW..HIGH; may be repeated
    #[arg(long, value_name = "KEY=LEVELS", conflicts_with = "points")]
    pub vary: Vec<String>,
    /// How points are chosen from the levels
    #[arg(long, value_enum, default_value = "grid")]
    pub method: MethodOption,
    /// Number of points [default: 64]; in a grid, number of levels of each range [default: 5]
    #[arg(long, value_name = "N")]
    pub runs: Option<usize>,
    /// Read the points from a CSV file: one column per key, one row per point
    #[arg(long, value_name = "FILE")]
    pub points: Option<PathBuf>,
    /// Runs of each point, each with its own seed
    #[arg(long, value_name = "N", default_value = "1",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub reps: u32,
    /// Keep these columns of the series of each run in series.csv; with --reps also their quantiles
    /// over the replicates of each point in bands.csv, and charts of them in the report
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub keep_series: Vec<String>,
    /// Do only part I of N, for example on one of several machines; `patchday merge` joins the parts
    #[arg(long, value_name = "I/N", value_parser = part)]
    pub shard: Option<Shard>,
    /// The directory of the batch [default: runs/SCENARIO-sweep-HASH]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Continue a batch that was interrupted or killed
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    /// Continue a batch, and repeat its failed runs
    #[arg(long, conflicts_with = "force")]
    pub retry_failed: bool,
    /// Replace an existing batch; its runs may still come from the ledger of all runs
    #[arg(long)]
    pub force: bool,
    /// The directory with the ledger of all runs [default: .ledger beside the directory of the batch]
    #[arg(long, value_name = "DIR")]
    pub ledger: Option<PathBuf>,
    /// Print the runs that the sweep needs and what they cost, without making them
    #[arg(long)]
    pub dry_run: bool,
    /// Also write the table in this format, beside runs.csv; for a part use `patchday merge`
    #[arg(long, value_name = "FORMAT", conflicts_with = "shard")]
    pub export: Option<Format>,
    /// Print the counts as JSON
    #[arg(long)]
    pub json: bool,
}

/// `patchday sweep`.
///
/// # Errors
/// Returns an error if the design, the scenario at one of its points or the directory is invalid,
/// or if the batch was stopped.
pub fn sweep(options: &SweepOptions) -> Result<Exit, Failure> {
    sweep_with(options, &|_| {})
}

/// [`sweep`] with a function that is called before each run, in the thread of that run: a test
/// makes runs panic with it.
///
/// # Errors
/// As [`sweep`].
#[doc(hidden)]
pub fn sweep_with(options: &SweepOptions, before_run: &BeforeRun<'_>) -> Result<Exit, Failure> {
    let SweepOptions {
        scenario,
        machine,
        vary,
        method,
        runs,
        points,
        reps,
        keep_series,
        shard,
        out,
        resume,
        retry_failed,
        force,
        ledger,
        dry_run,
        export,
        json,
    } = options.clone();
    export.map_or(Ok(()), Format::check)?;
    let settings = SweepSettings {
        scenario: scenario.settings(),
        machine: machine.settings(),
        vary,
        method: method.into(),
        runs,
        points,
        replicates: reps,
        keep: keep_series,
        shard: shard.unwrap_or(Shard::WHOLE),
        answer: AnswerSettings {
            out,
            force,
            dry_run,
            ledger: LedgerSettings {
                directory: ledger,
                retry_failed,
                budget: None,
            },
        },
        resume,
    };
    match experiment::run(&settings, before_run)? {
        Asked::Answered(ended) => batch::finish(&ended, export, (force, json)),
        Asked::Planned(design) => answer::planned(&design, json),
    }
}

/// A part of a batch: `2/5` is the second of five.
fn part(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/');
    let shard = parts.and_then(|(number, of)| {
        Some(Shard {
            number: number.parse().ok()?,
            of: of.parse().ok()?,
        })
    });
    shard
        .filter(|shard| shard.is_valid() && shard.of <= 100_000)
        .ok_or_else(|| "a part and the number of parts, such as 2/5".to_owned())
}
