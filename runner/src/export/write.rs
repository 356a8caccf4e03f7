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
    export::{csv, error::ExportError, format::Format, table::Table, tables},
    host::error::Failure,
    store::atomic_file::{AtomicFile, fill_whole},
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
///
/// # Errors
/// Returns an error if the directory has no table, or if a file cannot be read or written.
pub(crate) fn beside(directory: &Path, format: Format) -> Result<Vec<PathBuf>, Failure> {
    let exported = |table: Table| {
        let path = table.path.with_extension(format.extension());
        if path == table.path {
            // The file exists already; reading all rows checks them.
            table.each(|_, _| Ok(()))?;
        } else {
            fill_whole(&path, |file| write(format, &table, file))?;
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
    fill_whole(out, |file| write(format, &table, file))?;
    Ok(out.to_owned())
}
