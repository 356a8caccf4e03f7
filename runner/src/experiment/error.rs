//! Why an experiment cannot start, did not finish, or has an answer that cannot be read.
//!
//! One variant for each cause. Bad options and bad files have the exit code of usage; a run that
//! failed, was interrupted or ran out of memory has a code of its own.

use std::path::PathBuf;

use patchday_agents::scenario::quantity::Span;
use patchday_core::Halt;

use crate::{
    host::error::{CommandError, Exit},
    results::summary::FigureId,
};

/// Why an experiment fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExperimentError {
    /// A part of a variant has no `=`.
    #[error(
        "`{variant}`: `{part}` is not an assignment; an example is 'jitter: \
         client.retry.exponential.jitter=full; client.retry.exponential.base=1m'"
    )]
    Assignment {
        /// The variant as given.
        variant: String,
        /// The part that is not an assignment.
        part: String,
    },
    /// `--vary` is not a key with levels.
    #[error(
        "--vary {text}: {fault}; a key and its values, such as \
         trigger.patch_day.share=0.2,0.4 or trigger.patch_day.share=0..1"
    )]
    Levels {
        /// The value of the option.
        text: String,
        /// Its fault.
        fault: String,
    },
    /// A factor has values where a range is needed.
    #[error("{0}: needs a range, such as {0}=0..1")]
    NoRange(String),
    /// Factors of an analysis, or how they vary, are invalid.
    #[error("{option}: {what}")]
    Factors {
        /// The option.
        option: &'static str,
        /// Its value and its fault.
        what: String,
    },
    /// A factor has a range where values are needed.
    #[error(
        "--vary {text}: values to compare, such as {key}=A,B; `patchday sweep` and `patchday \
         tip` take ranges"
    )]
    NoValues {
        /// The value of the option.
        text: String,
        /// The key.
        key: String,
    },
    /// The Sobol sequence has too few dimensions.
    #[error("--method sobol: {factors} factors; at most {most}")]
    TooManyFactors {
        /// Number of factors.
        factors: usize,
        /// The most that are possible.
        most: usize,
    },
    /// An experiment without runs, or with too many.
    #[error("{count} runs; an experiment has from 1 to {most}")]
    RunCount {
        /// Number of runs.
        count: usize,
        /// The most that are allowed.
        most: usize,
    },
    /// The file of `--points` cannot be read.
    #[error("--points {}: {source}", path.display())]
    Points {
        /// The file.
        path: PathBuf,
        /// Its fault, with the line.
        source: csv::Error,
    },
    /// A comparison without variants.
    #[error("nothing to compare with: --vary KEY=A,B or --variant 'NAME: KEY=VALUE; KEY=VALUE'")]
    NoVariants,
    /// A variant changes what must be equal for figures to be comparable.
    #[error(
        "{variant}: it has other {what} than the scenario as it is, so a difference would mean \
         nothing"
    )]
    NotComparable {
        /// The name of the variant.
        variant: String,
        /// The property that differs.
        what: &'static str,
    },
    /// The budget of runs is too small for an answer.
    #[error("--runs: at least {least}: {what}")]
    SmallBudget {
        /// The least runs.
        least: usize,
        /// Why it needs them.
        what: &'static str,
    },
    /// No variant changes a run; the text says why each does not.
    #[error("nothing to compare: {0}")]
    NothingDiffers(String),
    /// Two variants have one name.
    #[error("--variant: two variants have the name `{0}`")]
    SameName(String),
    /// A key is set twice by factors, points or a variant.
    #[error("`{key}` is given twice: {other} sets it too")]
    GivenTwice {
        /// The key.
        key: String,
        /// The other key: the same one, or a section that holds it.
        other: String,
    },
    /// A key cannot vary, because an experiment sets it itself.
    #[error("`{key}` cannot vary: {why}")]
    CannotVary {
        /// The key.
        key: String,
        /// The reason.
        why: String,
    },
    /// A key that varies changes no run.
    #[error("`{key}` has no effect in this scenario: {why}")]
    NoEffect {
        /// The key.
        key: String,
        /// The reason.
        why: String,
    },
    /// A fit without keys.
    #[error("nothing to fit: --vary KEY=LOW..HIGH, once for each key")]
    NoKeys,
    /// A fit without observed points.
    #[error(
        "nothing to fit to: the scenario has no [[observed]] points; --observed FILE gives those of an \
         incident"
    )]
    NothingObserved,
    /// `--hold-out` names a point that does not exist.
    #[error("--hold-out {number}: there are {points} observed points, numbered from 1")]
    NoSuchPoint {
        /// The number.
        number: usize,
        /// The number of points.
        points: usize,
    },
    /// The file of `--observed` is invalid.
    #[error("--observed {}: {fault}", path.display())]
    Incident {
        /// The file.
        path: PathBuf,
        /// Its fault, with line and column.
        fault: String,
    },
    /// The points of a fit cannot be used; the text says why.
    #[error("nothing can be fitted: {0}")]
    NothingToFit(String),
    /// Too many runs of a fit failed.
    #[error("{failed} of {runs} runs failed: too few are left to learn from")]
    TooManyFailed {
        /// Number of runs that failed.
        failed: usize,
        /// Number of runs.
        runs: usize,
    },
    /// `--synthetic` is not a value of a key that varies.
    #[error("--synthetic {text}: {fault}")]
    Synthetic {
        /// The value of the option.
        text: String,
        /// Its fault.
        fault: String,
    },
    /// `--survives` needs the baseline of a run.
    #[error("--survives: this command has no baseline to compare with")]
    NoBaseline,
    /// The figure of `--survives` is not in a run.
    #[error("--survives: a run of this scenario has no figure `{0}`")]
    NoFigure(FigureId),
    /// `--at` is not an instant within the run.
    #[error(
        "--at {text}: an instant within the run, such as {start}, or a time after its start, such \
         as 36h"
    )]
    ForkTime {
        /// The value of the option.
        text: String,
        /// The start of the run.
        start: String,
    },
    /// An alternative ends before it begins.
    #[error(
        "--try '{name}': ends at {end}, but the alternatives begin at {at}; choose a later end"
    )]
    ForkEnd {
        /// The name of the alternative.
        name: String,
        /// Where it ends.
        end: String,
        /// Where the alternatives begin.
        at: String,
    },
    /// A run cannot continue with the changes of an option.
    #[error("{option}: {}", obstacles.join("; "))]
    Obstacles {
        /// The option with its value.
        option: String,
        /// The keys that cannot change.
        obstacles: Vec<String>,
    },
    /// A run cannot continue from its own state.
    #[error("the run cannot continue: {0}")]
    CannotContinue(String),
    /// The hysteresis sweep does not fit into the run.
    #[error("--branches: {count} dwell times of {dwell} are longer than the run")]
    DwellTimes {
        /// Number of dwell times.
        count: u32,
        /// One of them.
        dwell: Span,
    },
    /// The engine stopped a run of the experiment.
    #[error("halted: {0}")]
    Halted(Halt),
    /// A run of the experiment panicked.
    #[error("failed: {0}")]
    Panicked(String),
    /// A row of a series cannot be written to memory.
    #[error(transparent)]
    Rows(std::io::Error),
    /// A fork was interrupted before its common past was simulated.
    #[error("interrupted: before the fork; to resume: {0}")]
    InterruptedPast(String),
    /// A fork was interrupted between two alternatives.
    #[error("interrupted: not all alternatives were run; to resume: {0}")]
    InterruptedFork(String),
    /// A question was interrupted; the text says what is kept and names the command that resumes it.
    #[error("interrupted: {0}")]
    InterruptedQuestion(String),
    /// The series of a run that is to be kept is missing.
    #[error(
        "the kept series of run {0} is missing; continue the sweep with --resume to make it again"
    )]
    NoKeptSeries(usize),
    /// A column to keep is not one of the series.
    #[error("--keep-series: {0}")]
    NoColumn(String),
    /// A sweep was interrupted; the text names the command that resumes it.
    #[error("interrupted: {0}")]
    InterruptedBatch(String),
    /// A sweep was stopped because memory was about to run out.
    #[error("stopped before memory runs out: {cause}; {hint}")]
    OutOfMemory {
        /// The memory limit that was about to be exceeded.
        cause: String,
        /// The command that resumes the sweep.
        hint: String,
    },
    /// The directory has a ledger, and neither `--resume` nor `--force` is given.
    #[error(
        "{} exists; --resume continues it, --force replaces it, --out names another directory",
        .0.display()
    )]
    BatchExists(PathBuf),
    /// The ledger is of a batch with another scenario, design or program.
    #[error(
        "{}: it belongs to another batch ({command}); this one is {batch}: its scenario, design or \
         program was changed",
        path.display()
    )]
    OtherBatch {
        /// The ledger.
        path: PathBuf,
        /// The command that made it.
        command: String,
        /// The hash of this batch.
        batch: String,
    },
    /// The ledgers to merge are of different batches.
    #[error(
        "{}: it belongs to another batch than the ledgers before it ({command})",
        path.display()
    )]
    MixedBatches {
        /// The ledger.
        path: PathBuf,
        /// The command that made it.
        command: String,
    },
    /// A directory to merge has no ledger.
    #[error("{}: it holds no ledger of a batch", .0.display())]
    NoLedger(PathBuf),
    /// No directory to merge is given.
    #[error("no batch to merge")]
    NoBatch,
    /// Some runs are in none of the ledgers.
    #[error("{missing} of {runs} runs are missing; run or resume their shards")]
    MissingRuns {
        /// Number of missing runs.
        missing: usize,
        /// Number of runs of the batch.
        runs: usize,
    },
    /// A ledger, table or answer is corrupt.
    #[error("{}: {fault}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Its fault, with line and column or offset if known.
        fault: String,
    },
    /// The table of a sweep cannot be made.
    #[error("the table: {0}")]
    Table(String),
    /// An answer cannot be converted to JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The directory of a run or experiment does not exist.
    #[error("{}: there is no such directory", .0.display())]
    NoDirectory(PathBuf),
    /// A file is given instead of a directory.
    #[error("{}: it is a file, and not the directory of a run or an experiment", .0.display())]
    NotADirectory(PathBuf),
    /// The run or sweep in a directory has not ended.
    #[error("{}: {state}", directory.display())]
    Unfinished {
        /// The directory.
        directory: PathBuf,
        /// The state of the run or sweep, and the command that finishes it.
        state: String,
    },
}

impl CommandError for ExperimentError {
    fn exit(&self) -> Exit {
        match self {
            Self::Halted(_)
            | Self::Panicked(_)
            | Self::Rows(_)
            | Self::CannotContinue(_)
            | Self::Table(_)
            | Self::TooManyFailed { .. }
            | Self::Json(_) => Exit::Failed,
            Self::OutOfMemory { .. } => Exit::OutOfMemory,
            Self::InterruptedPast(_)
            | Self::InterruptedFork(_)
            | Self::InterruptedQuestion(_)
            | Self::InterruptedBatch(_) => Exit::Interrupted,
            _ => Exit::Usage,
        }
    }
}
