//! `patchday verify`: repeats a run with other numbers of threads and shards.

use std::path::PathBuf;

use clap::Args;

use crate::{
    host::{
        console::{print, print_text},
        error::{Exit, Failure},
    },
    run::verification::verify,
    store::manifest::json,
};

/// Options of `patchday verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyOptions {
    /// The run directory
    pub run: PathBuf,
    /// Numbers of threads to repeat the run with
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_value = "1,2,7",
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Vec<u32>,
    /// Numbers of shards to repeat the run with [default: as many as threads]
    #[arg(long, value_name = "N,N", value_delimiter = ',',
          value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub shards: Vec<u32>,
    /// Print the comparison as JSON
    #[arg(long)]
    pub json: bool,
}

/// `patchday verify`. A difference is not an error but [`Exit::Unmet`].
///
/// # Errors
/// Returns an error if the run cannot be read or repeated.
pub fn verify(options: &VerifyOptions) -> Result<Exit, Failure> {
    let (verification, outcome) = verify::verify(&options.run, &options.threads, &options.shards)?;
    // Repeats that ended are shown even if a later one failed.
    if !verification.repeats.is_empty() {
        if options.json {
            print(&json(&verification.to_json())?)?;
        } else {
            print_text(&verification.text())?;
        }
    }
    outcome?;
    Ok(if verification.is_same() {
        Exit::Fine
    } else {
        Exit::Unmet
    })
}
