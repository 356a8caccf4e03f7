//! `patchday fork`: continues a run under several alternatives from a point in time.

use std::path::PathBuf;

use clap::Args;

use crate::{
    commands::{
        experiment::answer,
        options::{LedgerOptions, MachineOptions},
    },
    experiment::{
        fork::question::{self, ForkSettings},
        jobs::dry_run::Asked,
        storage::answer_dir::AnswerSettings,
    },
    host::error::{Exit, Failure},
};

/// Options of `patchday fork`.
#[derive(Clone, Debug, Args)]
pub struct ForkOptions {
    /// The directory of a run, finished or not
    pub run: PathBuf,
    /// Where the alternatives begin: an instant, or a time after the start of the run
    #[arg(long, value_name = "TIME")]
    pub at: String,
    /// An alternative: 'NAME: KEY=VALUE; KEY=VALUE', or none, with counts and rates as at scale 1; may
    /// be repeated
    #[arg(long, value_name = "CHANGES", required = true)]
    pub r#try: Vec<String>,
    /// Threads and shards.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// End the alternatives at this instant, or this long after the start [default: the end of
    /// the run]
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// The directory for the alternatives [default: RUN-fork-TIME, beside the run]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace existing alternatives
    #[arg(long, conflicts_with = "resume")]
    pub force: bool,
    /// The ledger.
    #[command(flatten)]
    pub ledger: LedgerOptions,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// `patchday fork`.
///
/// # Errors
/// Returns an error if the run cannot be read, if it cannot continue as an alternative asks, or if an
/// alternative stops early.
pub fn fork(options: &ForkOptions) -> Result<Exit, Failure> {
    let ForkOptions {
        run,
        at,
        r#try,
        machine,
        until,
        out,
        force,
        ledger,
        json,
    } = options.clone();
    let asked = question::fork(&ForkSettings {
        run,
        at,
        alternatives: r#try,
        machine: machine.settings(),
        until,
        answer: AnswerSettings {
            out,
            force,
            dry_run: ledger.dry_run,
            ledger: ledger.settings(None),
        },
    })?;
    let stored = match asked {
        Asked::Answered(stored) => stored,
        Asked::Planned(design) => return answer::planned(&design, json),
    };
    answer::finish(&stored, json, options.force, || stored.answer.text())
}
