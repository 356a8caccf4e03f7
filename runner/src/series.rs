//! `series.csv`: a row per sample.
//!
//! The first column is the instant (RFC 3339, UTC), the second the tick at which
//! the row was taken, then a column per metric of the model. Rows reach the file
//! whole, one at a time, so whoever looks into it during a run, or after a crash,
//! finds no torn line.

use std::io::{self, Write};

use patchday_agents::metrics::{COLUMNS, Cell};
use patchday_core::Tick;

use crate::figures;

/// Writes rows into `W`, one write for each.
pub(crate) struct Series<W: Write> {
    rows: csv::Writer<W>,
    start: i64,
}

impl<W: Write> Series<W> {
    /// A series of a run that begins at `start`, with its header.
    pub(crate) fn new(out: W, start: i64) -> io::Result<Self> {
        let mut rows = csv::Writer::from_writer(out);
        let header = ["time", "tick"].into_iter();
        rows.write_record(header.chain(COLUMNS.iter().map(|column| column.name)))?;
        rows.flush()?;
        Ok(Self { rows, start })
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, tick: Tick, cells: &[Cell]) -> io::Result<()> {
        let time = figures::instant(self.start + i64::from(tick));
        let row = [time, tick.to_string()].into_iter();
        self.rows.write_record(row.chain(cells.iter().map(Cell::to_string)))?;
        self.rows.flush()
    }

    /// Gives back what was written to.
    pub(crate) fn into_inner(self) -> io::Result<W> {
        self.rows.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_time_tick_and_cells() {
        let mut series = Series::new(Vec::new(), 1_187_049_600).unwrap();
        let cells = vec![Cell::Thousandths(1_500); COLUMNS.len()];
        series.add(3_600, &cells).unwrap();
        let text = String::from_utf8(series.into_inner().unwrap()).unwrap();
        let (header, row) = text.split_once('\n').unwrap();
        assert!(header.starts_with("time,tick,"), "{header}");
        assert!(row.starts_with("2007-08-14T01:00:00Z,3600,1.5"), "{row}");
        assert_eq!(header.matches(',').count(), row.matches(',').count());
    }
}
