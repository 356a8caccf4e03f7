//! `series.csv`: a row per sample.
//!
//! The first column is the instant (RFC 3339, UTC), the second the tick at which
//! the row was taken, then a column per metric of the model. Rows reach the file
//! whole, one at a time, so whoever looks into it during a run, or after a crash,
//! finds no torn line.

use std::io::{self, Read, Write};

use patchday_agents::metrics::{COLUMNS, Cell};
use patchday_core::Tick;

use crate::{figures, growing::Growing};

/// Writes rows into `W`, one write for each.
pub(crate) struct Series<W: Write> {
    out: W,
    start: i64,
}

impl<W: Write> Series<W> {
    /// A series of a run that begins at `start`, with its header.
    pub(crate) fn new(mut out: W, start: i64) -> io::Result<Self> {
        let header = ["time", "tick"].into_iter();
        out.write_all(&line(
            header.chain(COLUMNS.iter().map(|column| column.name)),
        )?)?;
        Ok(Self { out, start })
    }

    /// A series that has its header and some rows.
    pub(crate) fn going_on(out: W, start: i64) -> Self {
        Self { out, start }
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, tick: Tick, cells: &[Cell]) -> io::Result<()> {
        let time = figures::instant(self.start + i64::from(tick));
        let row = [time, tick.to_string()].into_iter();
        self.out
            .write_all(&line(row.chain(cells.iter().map(Cell::to_string)))?)
    }

    /// Gives back what was written to.
    pub(crate) fn into_inner(self) -> W {
        self.out
    }
}

impl Series<Growing> {
    /// The file that the rows are in.
    pub(crate) fn file(&mut self) -> &mut Growing {
        &mut self.out
    }
}

/// The rows of a series: tick and cells.
///
/// # Errors
/// That it is no series with the columns of this version.
pub(crate) fn rows<R: Read>(
    from: R,
) -> io::Result<impl Iterator<Item = io::Result<(Tick, Vec<Cell>)>>> {
    let mut reader = csv::Reader::from_reader(from);
    let names = ["time", "tick"].into_iter();
    let wanted = names.chain(COLUMNS.iter().map(|column| column.name));
    if !reader.headers()?.iter().eq(wanted) {
        return Err(broken("its columns are not those of this version"));
    }
    Ok(reader.into_records().map(|record| {
        let record = record?;
        let tick = record.get(1).and_then(|tick| tick.parse().ok());
        let cells = record.iter().skip(2).map(Cell::parse);
        tick.zip(cells.collect())
            .ok_or_else(|| broken("a row is not one of numbers"))
    }))
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A row as bytes. Not written through a buffer that lives on, which would try a
/// row again that a full disk has refused.
fn line(fields: impl Iterator<Item = impl AsRef<[u8]>>) -> io::Result<Vec<u8>> {
    let mut row = csv::WriterBuilder::new()
        .buffer_capacity(512)
        .from_writer(Vec::new());
    row.write_record(fields)?;
    row.into_inner().map_err(csv::IntoInnerError::into_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_time_tick_and_cells() {
        let mut series = Series::new(Vec::new(), 1_187_049_600).unwrap();
        let cells = vec![Cell::Thousandths(1_500); COLUMNS.len()];
        series.add(3_600, &cells).unwrap();
        let text = String::from_utf8(series.into_inner()).unwrap();
        let (header, row) = text.split_once('\n').unwrap();
        assert!(header.starts_with("time,tick,"), "{header}");
        assert!(row.starts_with("2007-08-14T01:00:00Z,3600,1.5"), "{row}");
        assert_eq!(header.matches(',').count(), row.matches(',').count());
    }
}
