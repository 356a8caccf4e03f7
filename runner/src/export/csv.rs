//! Writes a table as CSV: the rows as the run or sweep wrote them, after a check of every cell.

use crate::{export::table::Table, host::error::Failure, store::atomic_file::AtomicFile};

/// Writes a table.
///
/// # Errors
/// Returns an error if the table cannot be read or the file cannot be written.
pub(crate) fn write(table: &Table, file: &mut AtomicFile) -> Result<(), Failure> {
    let path = file.path().to_owned();
    let lost = |error: ::csv::Error| Failure::file("write", &path)(error.into());
    let mut out = ::csv::Writer::from_writer(file);
    out.write_record(table.columns.iter().map(|column| &column.name))
        .map_err(lost)?;
    table.each(|record, _| out.write_record(record).map_err(lost))?;
    out.flush().map_err(Failure::file("write", &path))
}
