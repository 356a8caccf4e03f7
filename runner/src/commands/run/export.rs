//! `patchday export`: the tables of a run or an experiment in another format.

use std::path::PathBuf;

use clap::Args;

use crate::{
    export::{format::Format, write},
    host::{
        console::print,
        error::{Exit, Failure},
    },
};

/// Options of `patchday export`.
#[derive(Clone, Debug, Args)]
pub struct ExportOptions {
    /// The directory of a run, a sweep, a sensitivity analysis or a fit
    pub directory: PathBuf,
    /// The format
    #[arg(long = "as", value_name = "FORMAT")]
    pub format: Format,
    /// Export only series.csv or runs.csv, to this file [default: all tables, beside their CSV files]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    pub force: bool,
}

/// `patchday export`.
///
/// # Errors
/// Returns an error if the directory has no table, or if a file cannot be read or written.
pub fn export(options: &ExportOptions) -> Result<Exit, Failure> {
    let (directory, format) = (&options.directory, options.format);
    format.check()?;
    let written = match &options.out {
        None => write::beside(directory, format, options.force)?,
        Some(out) => vec![write::elsewhere(directory, format, out, options.force)?],
    };
    for path in written {
        print(&format!("{}\n", path.display()))?;
    }
    Ok(Exit::Fine)
}
