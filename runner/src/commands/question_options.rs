//! Options of the commands that look at runs: diff, report and export.

use std::path::PathBuf;

use clap::Args;

use crate::export::format::Format;

/// Options of `patchday diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffOptions {
    /// A run directory
    pub one: PathBuf,
    /// Another
    pub other: PathBuf,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `patchday report`.
#[derive(Clone, Debug, Args)]
pub struct ReportOptions {
    /// The directory of a run or an experiment
    pub directory: PathBuf,
    /// The file; without it report.html in the directory
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Options of `patchday export`.
#[derive(Clone, Debug, Args)]
pub struct ExportOptions {
    /// The directory of a run or a sweep
    pub directory: PathBuf,
    /// The format
    #[arg(long = "as", value_name = "FORMAT")]
    pub format: Format,
    /// Write series.csv or runs.csv to this file, and nothing else; without it all tables go
    /// beside what they are made from
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace that file
    #[arg(long)]
    pub force: bool,
}
