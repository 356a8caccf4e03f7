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

use crate::export::format::Format;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::export::table::Table;

use crate::{
    host::error::Failure,
    store::atomic_file::{AtomicFile, fill_whole},
};

/// Writes a table in a format.
fn write(format: Format, table: &Table, file: &mut AtomicFile) -> Result<(), Failure> {
    match format {
        Format::Csv => super::csv::write(table, file),
        #[cfg(feature = "parquet")]
        Format::Parquet => crate::export::parquet::write(table, file),
        #[cfg(not(feature = "parquet"))]
        Format::Parquet => format.check(),
    }
}

/// Exports all tables of a directory, each beside its CSV, and says where they are.
///
/// # Errors
/// That the directory has no table, or what cannot be read or written.
pub(crate) fn beside(directory: &Path, format: Format) -> Result<Vec<PathBuf>, Failure> {
    let exported = |table: Table| {
        let path = table.path.with_extension(format.extension());
        match path == table.path {
            // It is there; that it can be read is seen.
            true => table.each(|_, _| Ok(()))?,
            false => fill_whole(&path, |file| write(format, &table, file))?,
        }
        Ok(path)
    };
    super::tables::of(directory)?
        .into_iter()
        .map(exported)
        .collect()
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
    let table = super::tables::main(directory)?;
    let place = |path: &Path| fs::canonicalize(path).ok();
    if place(out).is_some_and(|out| Some(out) == place(&table.path)) {
        let what = format!("--out {}: it is the table itself", out.display());
        return Err(Failure::usage(what));
    }
    if out.exists() && !force {
        return Err(Failure::usage(format!(
            "{} exists; choose another with --out, or give --force to replace it",
            out.display()
        )));
    }
    fill_whole(out, |file| write(format, &table, file))?;
    Ok(out.to_owned())
}
