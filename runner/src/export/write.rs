//! Writes the tables of a run or sweep in another format.
//!
//! An exported file depends only on its directory: an export at the end of a run and a later one
//! give the same bytes. A file is written completely or not at all; at most some ten thousand rows
//! are in memory.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    experiment::storage::ledger_lines,
    export::{csv, error::ExportError, format::Format, table::Table, tables},
    host::error::Failure,
    store::{
        atomic_file::{AtomicFile, Existing},
        layout::MANIFEST,
        place::output,
    },
};

/// Writes a table in a format.
fn write(format: Format, table: &Table, file: &mut AtomicFile) -> Result<(), Failure> {
    match format {
        Format::Csv => csv::write(table, file),
        #[cfg(feature = "parquet")]
        Format::Parquet => crate::export::parquet::write(table, file),
        #[cfg(not(feature = "parquet"))]
        Format::Parquet => Ok(format.check()?),
    }
}

/// Exports all tables of a directory, each into the directory of its CSV. Returns the paths.
/// Existing files are replaced with `force`, or if they belong to the run or batch of the directory.
///
/// # Errors
/// Returns an error if the directory has no table, if a file exists that must stay, or if one
/// cannot be read or written.
pub(crate) fn beside(
    directory: &Path,
    format: Format,
    force: bool,
) -> Result<Vec<PathBuf>, Failure> {
    let is_own =
        directory.join(MANIFEST).exists() || ledger_lines::batch_of_directory(directory).is_some();
    let existing = Existing::with_force(force || is_own);
    let exported = |table: Table| {
        let path = table.path.with_extension(format.extension());
        if path == table.path {
            // The file exists already; reading all rows checks them.
            table.each(|_, _| Ok(()))?;
        } else {
            output::fill(&path, existing, |file| write(format, &table, file))?;
        }
        Ok(path)
    };
    tables::find(directory)?.into_iter().map(exported).collect()
}

/// Exports the main table of a directory to the file `out`.
///
/// # Errors
/// Returns an error if the directory has no table, if `out` is the table itself or exists and
/// `force` is not set, or if a file cannot be read or written.
pub(crate) fn elsewhere(
    directory: &Path,
    format: Format,
    out: &Path,
    force: bool,
) -> Result<PathBuf, Failure> {
    let table = tables::main(directory)?;
    let canonical = |path: &Path| fs::canonicalize(path).ok();
    if canonical(out).is_some_and(|out| Some(out) == canonical(&table.path)) {
        return Err(ExportError::OutIsTable(out.to_owned()).into());
    }
    if out.exists() && !force {
        return Err(ExportError::OutExists(out.to_owned()).into());
    }
    let existing = Existing::with_force(force);
    output::fill(out, existing, |file| write(format, &table, file))?;
    Ok(out.to_owned())
}
