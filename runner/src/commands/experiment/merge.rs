//! `patchday merge`: one table of the parts of a sweep.

use std::path::PathBuf;

use clap::Args;

use crate::{
    commands::experiment::batch,
    experiment::sweep::merge as experiment,
    export::format::Format,
    host::error::{Exit, Failure},
};

/// Options of `patchday merge`.
#[derive(Clone, Debug, Args)]
pub struct MergeOptions {
    /// Directories with the ledgers of a batch
    #[arg(required = true, value_name = "DIR")]
    pub batch: Vec<PathBuf>,
    /// The directory for the table [default: the first DIR]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace another table in that directory
    #[arg(long)]
    pub force: bool,
    /// Also write the table in this format, beside runs.csv
    #[arg(long, value_name = "FORMAT")]
    pub export: Option<Format>,
    /// Print the counts as JSON
    #[arg(long)]
    pub json: bool,
}

/// `patchday merge`.
///
/// # Errors
/// Returns an error if a ledger cannot be read, if the ledgers are of different batches, or if
/// runs are missing.
pub fn merge(options: &MergeOptions) -> Result<Exit, Failure> {
    options.export.map_or(Ok(()), Format::check)?;
    let merged = experiment::merge(&options.batch, options.out.as_deref(), options.force)?;
    batch::finish(&merged, options.export, (options.force, options.json))
}
