//! `patchday diff`: the outcomes of two runs side by side, and what differs between them.

use std::path::PathBuf;

use clap::Args;

use crate::{
    experiment::storage::unfinished,
    host::{
        console::{print, print_text},
        error::{Exit, Failure},
    },
    run::verification::diff,
    store::manifest::json,
};

/// Options of `patchday diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffOptions {
    /// A run directory
    pub one: PathBuf,
    /// Another run directory
    pub other: PathBuf,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// `patchday diff`. Runs that differ are not an error but [`Exit::Unmet`].
///
/// # Errors
/// Returns an error if one of the runs cannot be read.
pub fn diff(options: &DiffOptions) -> Result<Exit, Failure> {
    for run in [&options.one, &options.other] {
        unfinished::check_finished(run)?;
    }
    let difference = diff::diff(&options.one, &options.other)?;
    if options.json {
        print(&json(&difference)?)?;
    } else {
        print_text(&diff::text(&difference))?;
    }
    Ok(if difference.same {
        Exit::Fine
    } else {
        Exit::Unmet
    })
}
