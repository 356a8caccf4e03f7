//! Why a run directory, or a file in it, cannot be read or written.

use std::{io, path::PathBuf};

use patchday_core::SettingsError;

use crate::{
    host::{
        error::{CommandError, Exit, FileError},
        lock_holder::LockHolder,
    },
    scenario::diagnostics::Findings,
    store::layout::MANIFEST,
};

/// Why a run directory, or a file in it, cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// A failed operation on a file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The directory already contains files.
    #[error(
        "{} exists and is not empty; choose another with --out, or give --force to replace its run",
        .0.display()
    )]
    Occupied(PathBuf),
    /// The directory contains files that are named like those of a run, but no run.
    #[error(
        "{} contains files that were not written by a run, or an unreadable manifest; --force \
         replaces only runs; choose another directory with --out",
        .0.display()
    )]
    Foreign(PathBuf),
    /// Another process has locked the directory.
    #[error("another run{holder} is writing into {}; choose another with --out", path.display())]
    Busy {
        /// The directory.
        path: PathBuf,
        /// The other process.
        holder: LockHolder,
    },
    /// A process that was killed left the directory with other work.
    #[error(
        "{} contains an unfinished `{work}`; the command that began it continues it; choose another \
         directory with --out, or give --force to replace it",
        path.display()
    )]
    Unfinished {
        /// The directory.
        path: PathBuf,
        /// The command whose work it is.
        work: String,
    },
    /// A file that is to be written exists.
    #[error("{} exists; choose another name, or give --force to replace it", .0.display())]
    FileExists(PathBuf),
    /// The directory has no manifest.
    #[error("{}: not a run directory: it has no {MANIFEST}", .0.display())]
    NoRun(PathBuf),
    /// The manifest is damaged.
    #[error("{}: {fault}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// The damage, with its line.
        fault: String,
    },
    /// The scenario of a run cannot be loaded.
    #[error(transparent)]
    Scenario(#[from] Findings),
    /// `config.toml` is not the scenario that ran.
    #[error(
        "{}: it was changed after the run: its hash is {hash}, not {expected}",
        path.display()
    )]
    ConfigChanged {
        /// The scenario.
        path: PathBuf,
        /// Its hash now.
        hash: String,
        /// Its hash in the manifest.
        expected: String,
    },
    /// A file of a run differs from what the run wrote.
    #[error(
        "{}: it was changed after the run; `patchday verify {}` finds the line",
        path.display(), directory.display()
    )]
    FileChanged {
        /// The file.
        path: PathBuf,
        /// The run directory.
        directory: PathBuf,
    },
    /// The run ended before it wrote a file.
    #[error("{}: incomplete, because the run did not finish ({ended})", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// How the run ended.
        ended: String,
    },
    /// A checkpoint of another version of the program.
    #[error(
        "{}: written by version {version} ({git}); this is {} ({}), which may read it differently",
        path.display(), env!("CARGO_PKG_VERSION"), env!("PATCHDAY_GIT")
    )]
    OtherVersion {
        /// The checkpoint.
        path: PathBuf,
        /// The version that wrote it.
        version: String,
        /// The commit that version was built from.
        git: String,
    },
    /// The engine rejected the settings of a run that is resumed.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A table cannot be written as CSV.
    #[error("{name}: {source}")]
    Table {
        /// The name of its file.
        name: &'static str,
        /// The error.
        source: csv::Error,
    },
    /// A value cannot be written as JSON.
    #[error("cannot be written as JSON: {0}")]
    Json(#[source] io::Error),
}

impl CommandError for StoreError {
    fn exit(&self) -> Exit {
        match self {
            Self::File(error) => error.exit(),
            Self::Settings(error) => error.exit(),
            Self::Table { .. } | Self::Json(_) => Exit::Failed,
            Self::Occupied(_)
            | Self::Foreign(_)
            | Self::Busy { .. }
            | Self::Unfinished { .. }
            | Self::FileExists(_)
            | Self::NoRun(_)
            | Self::Manifest { .. }
            | Self::Scenario(_)
            | Self::ConfigChanged { .. }
            | Self::FileChanged { .. }
            | Self::NotWritten { .. }
            | Self::OtherVersion { .. } => Exit::Usage,
        }
    }

    fn exit_during_run(&self) -> Exit {
        match self {
            Self::File(error) => error.exit_during_run(),
            other => other.exit(),
        }
    }
}
