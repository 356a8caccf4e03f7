//! `patchday export`: the tables of a run or a sweep in a format of the reader's choice,
//! beside what they were made from.
//!
//! | Room | What is in it |
//! | --- | --- |
//! | `tables`, `table`, `kind` | which tables a directory has; one of them, row by row; the types of its columns |
//! | `csv`, `parquet` | a format each |
//! | `provenance` | where a table is from, for formats that have room for it |
//!
//! A file is made from its directory alone, at the end of a run and whenever somebody asks
//! for it again, and the same run gives the same bytes. It appears whole or not at all; memory
//! is that of some thousand rows.

mod csv;
mod kind;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "parquet")]
mod provenance;
mod table;
mod tables;

use std::{
    fs,
    path::{Path, PathBuf},
};

use table::Table;

use crate::{
    cli::ExportOptions,
    exit::{Exit, Failure, print},
    growing::{Growing, fill_whole},
};

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Columns with types, small; for programs built with the feature `parquet`
    Parquet,
    /// As a run and a sweep write it
    Csv,
}

impl Format {
    /// Refuses a format that this program was built without, so that nobody waits for a
    /// run first.
    ///
    /// # Errors
    /// How to get it.
    pub(crate) fn check(self) -> Result<(), Failure> {
        match self {
            Self::Parquet if !cfg!(feature = "parquet") => Err(Failure::Usage(
                "this patchday was built without Parquet; `cargo install --locked --path runner \
                 --features parquet` builds one that has it"
                    .into(),
            )),
            Self::Parquet | Self::Csv => Ok(()),
        }
    }

    /// How names of its files end.
    fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }

    /// Writes a table.
    fn write(self, table: &Table, file: &mut Growing) -> Result<(), Failure> {
        match self {
            Self::Csv => csv::write(table, file),
            #[cfg(feature = "parquet")]
            Self::Parquet => parquet::write(table, file),
            #[cfg(not(feature = "parquet"))]
            Self::Parquet => self.check(),
        }
    }
}

/// `patchday export`.
///
/// # Errors
/// That the directory has no table, or what cannot be read or written.
pub fn export(options: &ExportOptions) -> Result<Exit, Failure> {
    options.format.check()?;
    let written = match &options.out {
        None => beside(&options.directory, options.format)?,
        Some(out) => vec![elsewhere(options, out)?],
    };
    for path in written {
        print(&format!("{}\n", path.display()))?;
    }
    Ok(Exit::Fine)
}

/// Exports all tables of a directory, each beside its CSV, and says where they are.
///
/// # Errors
/// That the directory has no table, or what cannot be read or written.
pub(crate) fn beside(directory: &Path, format: Format) -> Result<Vec<PathBuf>, Failure> {
    let write = |table: Table| {
        let path = table.path.with_extension(format.extension());
        match path == table.path {
            // It is there; that it can be read is seen.
            true => table.each(|_, _| Ok(()))?,
            false => fill_whole(&path, |file| format.write(&table, file))?,
        }
        Ok(path)
    };
    tables::of(directory)?.into_iter().map(write).collect()
}

/// Exports the table that a directory is about to a file that somebody named.
fn elsewhere(options: &ExportOptions, out: &Path) -> Result<PathBuf, Failure> {
    let table = tables::main(&options.directory)?;
    let place = |path: &Path| fs::canonicalize(path).ok();
    if place(out).is_some_and(|out| Some(out) == place(&table.path)) {
        let what = format!("--out {}: it is the table itself", out.display());
        return Err(Failure::Usage(what));
    }
    if out.exists() && !options.force {
        return Err(Failure::Usage(format!(
            "{} exists; choose another with --out, or give --force to replace it",
            out.display()
        )));
    }
    fill_whole(out, |file| options.format.write(&table, file))?;
    Ok(out.to_owned())
}
