//! CSV: the rows as the run or the sweep wrote them, every cell checked on the way.

use crate::export::table::Table;
use crate::{host::error::Failure, store::atomic_file::AtomicFile};

/// Writes a table.
///
/// # Errors
/// What cannot be read or written.
pub(crate) fn write(table: &Table, file: &mut AtomicFile) -> Result<(), Failure> {
    let path = file.path().to_owned();
    let lost = |error: ::csv::Error| Failure::file("write", &path)(error.into());
    let mut out = ::csv::Writer::from_writer(file);
    out.write_record(table.columns.iter().map(|column| &column.name))
        .map_err(lost)?;
    table.each(|record, _| out.write_record(record).map_err(lost))?;
    out.flush().map_err(Failure::file("write", &path))
}
