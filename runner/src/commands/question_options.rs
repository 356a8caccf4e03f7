//! The command line of the commands that make more than one run, or look at some.

use std::path::PathBuf;

use clap::Args;
use patchday_agents::scenario::quantity::Span;

use crate::commands::options::{MachineOptions, ScenarioOptions, scale, span};
use crate::{experiment::design::points::Method, export::format::Format};

/// Options of `patchday sweep`.
#[derive(Clone, Debug, Args)]
pub struct SweepOptions {
    /// Which scenario.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// How much of the machine.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// A key and what it varies over: KEY=A,B,C or KEY=LOW..HIGH; may be repeated
    #[arg(long, value_name = "KEY=LEVELS", conflicts_with = "points")]
    pub vary: Vec<String>,
    /// How points are chosen from the levels
    #[arg(long, value_enum, default_value = "grid")]
    pub method: Method,
    /// Points of a method that is no grid [default: 64]; in a grid, levels of a range [default: 5]
    #[arg(long, value_name = "N")]
    pub runs: Option<usize>,
    /// Points from a CSV file: a column a key, a row a point
    #[arg(long, value_name = "FILE")]
    pub points: Option<PathBuf>,
    /// Runs of each point, each with a seed of its own
    #[arg(long, value_name = "N", default_value = "1",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub reps: u32,
    /// Do only part I of N, for another machine to do the others; `patchday merge` joins them
    #[arg(long, value_name = "I/N", value_parser = part)]
    pub shard: Option<(u32, u32)>,
    /// The directory of the batch; without it runs/SCENARIO-sweep-HASH
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with a batch that was interrupted or killed
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    /// Go on with a batch, and do its failed runs again
    #[arg(long, conflicts_with = "force")]
    pub retry_failed: bool,
    /// Begin anew where a batch was
    #[arg(long)]
    pub force: bool,
    /// Make this run panic, to see what becomes of the others
    #[arg(long, hide = true, value_name = "RUN")]
    pub spoil: Option<usize>,
    /// Write the table in this format as well, beside runs.csv; that of parts by `patchday merge`
    #[arg(long, value_name = "FORMAT", conflicts_with = "shard")]
    pub export: Option<Format>,
    /// Print what came of it as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `patchday merge`.
#[derive(Clone, Debug, Args)]
pub struct MergeOptions {
    /// Directories with the ledgers of a batch
    #[arg(required = true, value_name = "DIR")]
    pub batch: Vec<PathBuf>,
    /// Where the table goes; without it the first of them
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write the table in this format as well, beside runs.csv
    #[arg(long, value_name = "FORMAT")]
    pub export: Option<Format>,
    /// Print what came of it as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `patchday tip`.
#[derive(Clone, Debug, Args)]
pub struct TipOptions {
    /// Which scenario.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// How much of the machine.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// The key whose critical value is sought
    #[arg(long, value_name = "KEY")]
    pub param: String,
    /// Where it is sought, such as 0..1 or 1h..6h
    #[arg(long, value_name = "LOW..HIGH")]
    pub range: String,
    /// What a run must fulfil to survive, such as 'hours_to_90_percent < 0.5'
    #[arg(long, value_name = "CRITERION")]
    pub survives: String,
    /// How precisely: some eight times as many runs are made, each with a seed of its own
    #[arg(long, value_name = "N", default_value = "20",
          value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub reps: u32,
    /// The directory of the answer; without it runs/SCENARIO-tip-HASH
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the answer of another question in that directory
    #[arg(long)]
    pub force: bool,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `patchday compare`.
#[derive(Clone, Debug, Args)]
pub struct CompareOptions {
    /// Which scenario.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// How much of the machine.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// Variants by the values of one key: KEY=A,B; may be repeated
    #[arg(long, value_name = "KEY=A,B")]
    pub vary: Vec<String>,
    /// A variant: 'NAME: KEY=VALUE; KEY=VALUE'; may be repeated
    #[arg(long, value_name = "VARIANT")]
    pub variant: Vec<String>,
    /// A figure of summary.json to compare; may be repeated [default: the usual ones]
    #[arg(long, value_name = "FIGURE")]
    pub figure: Vec<String>,
    /// Runs of each variant, each with a seed of its own
    #[arg(long, value_name = "N", default_value = "10",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub reps: u32,
    /// The directory of the answer; without it runs/SCENARIO-compare-HASH
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the answer of another question in that directory
    #[arg(long)]
    pub force: bool,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `patchday map`.
#[derive(Clone, Debug, Args)]
pub struct MapOptions {
    /// Which scenario.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// How much of the machine.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// The key to the right: KEY=LOW..HIGH
    #[arg(long, value_name = "KEY=RANGE")]
    pub x: String,
    /// The key upwards: KEY=LOW..HIGH
    #[arg(long, value_name = "KEY=RANGE")]
    pub y: String,
    /// Points of the coarse grid along each axis
    #[arg(long, value_name = "N", default_value = "5",
          value_parser = clap::value_parser!(u32).range(2..=200))]
    pub grid: u32,
    /// How often cells along a border are halved
    #[arg(long, value_name = "N", default_value = "2",
          value_parser = clap::value_parser!(u32).range(0..=6))]
    pub depth: u32,
    /// Sweep the first key up and down in one continuing run, at three values of the second
    #[arg(long)]
    pub branches: bool,
    /// How long a run stays at each value on the way
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = span)]
    pub dwell: Span,
    /// The directory of the answer; without it runs/SCENARIO-map-HASH
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the answer of another question in that directory
    #[arg(long)]
    pub force: bool,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `patchday study`.
#[derive(Clone, Debug, Args)]
pub struct StudyOptions {
    /// The study, a TOML file
    pub file: PathBuf,
    /// The scale, instead of that of the study
    #[arg(long, value_name = "F", value_parser = scale)]
    pub scale: Option<f64>,
    /// Threads that work; without it as many as this process may use
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
    /// Only print the commands
    #[arg(long)]
    pub list: bool,
}

/// Options of `patchday fork`.
#[derive(Clone, Debug, Args)]
pub struct ForkOptions {
    /// The run directory of a run, finished or not
    pub run: PathBuf,
    /// Where the futures part: an instant, or a time after the start of the run
    #[arg(long, value_name = "TIME")]
    pub at: String,
    /// A future: 'NAME: KEY=VALUE; KEY=VALUE', or none; may be repeated
    #[arg(long, value_name = "CHANGES", required = true)]
    pub r#try: Vec<String>,
    /// How much of the machine.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// End the futures at this instant, or after this time, and not where the run ends
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// The directory that takes the futures; without it beside the run
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace futures that are there
    #[arg(long)]
    pub force: bool,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// A part of a batch: `2/5` is the second of five.
fn part(text: &str) -> Result<(u32, u32), String> {
    let parts = text.split_once('/');
    let numbers = parts.and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    numbers
        .filter(|(part, of)| (1..=*of).contains(part) && *of <= 100_000)
        .ok_or_else(|| "a part and their number, such as 2/5".to_owned())
}
