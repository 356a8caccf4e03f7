//! `series.csv`: a row per sample.
//!
//! The first column is the instant (RFC 3339, UTC; with milliseconds if a tick is shorter than a
//! second), the second the tick at which the row was
//! taken, then a column per metric of the model, then users online in each region of the scenario,
//! then the columns of its services.
//! Each row is a single write, so that a reader during a run, or after a crash, finds no partial
//! line.

use std::io::{self, Read, Write};

use patchday_agents::{
    metrics::{
        cell::Cell,
        columns::{COLUMNS, scenario_columns},
    },
    scenario::{Scenario, quantity::TickLength},
};
use patchday_core::Tick;

use crate::{host::format, store::atomic_file::AtomicFile};

/// Writes rows into `W`, one write per row.
pub(crate) struct Series<W: Write> {
    out: W,
    /// When the run began, in ticks since 1970, and the length of a tick.
    start: i64,
    tick: TickLength,
}

impl<W: Write> Series<W> {
    /// A new series, with its header.
    pub(crate) fn new(mut out: W, scenario: &Scenario) -> io::Result<Self> {
        let first = first_columns().map(str::to_owned);
        out.write_all(&line(first.chain(scenario_columns(scenario)))?)?;
        Ok(Self::append(out, scenario))
    }

    /// Continues a series that already has its header.
    pub(crate) fn append(out: W, scenario: &Scenario) -> Self {
        Self {
            out,
            start: scenario.tick().since_1970(scenario.run.start),
            tick: scenario.tick(),
        }
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, tick: Tick, cells: &[Cell]) -> io::Result<()> {
        let time = format::instant_at(self.start + i64::from(tick), self.tick);
        let row = [time, tick.to_string()].into_iter();
        self.out
            .write_all(&line(row.chain(cells.iter().map(Cell::to_string)))?)
    }

    /// Returns the writer.
    pub(crate) fn into_inner(self) -> W {
        self.out
    }
}

impl Series<AtomicFile> {
    /// The file of the series.
    pub(crate) fn file(&mut self) -> &mut AtomicFile {
        &mut self.out
    }
}

/// The columns that every series has.
fn first_columns() -> impl Iterator<Item = &'static str> {
    let names = ["time", "tick"].into_iter();
    names.chain(COLUMNS.iter().map(|column| column.name))
}

/// Reads the rows of a series: the tick and the cells of each.
pub(crate) struct SeriesReader<R: Read> {
    /// The names of the cells.
    pub(crate) names: Vec<String>,
    records: csv::StringRecordsIntoIter<R>,
    /// The tick of the previous row.
    last: Option<Tick>,
}

impl<R: Read> SeriesReader<R> {
    /// Reads the header of a series.
    ///
    /// # Errors
    /// Returns an error unless the series has the columns of this version.
    pub(crate) fn new(from: R) -> io::Result<Self> {
        let mut reader = csv::Reader::from_reader(from);
        let header = reader.headers()?;
        if !header.iter().take(2 + COLUMNS.len()).eq(first_columns()) {
            return Err(broken(
                "line 1: the columns differ from those of this version",
            ));
        }
        Ok(Self {
            names: header.iter().skip(2).map(str::to_owned).collect(),
            records: reader.into_records(),
            last: None,
        })
    }
}

impl<R: Read> Iterator for SeriesReader<R> {
    type Item = io::Result<(Tick, Vec<Cell>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let last = self.last;
        let row = |record: csv::StringRecord| {
            let tick: Option<Tick> = record.get(1).and_then(|tick| tick.parse().ok());
            let cells = record.iter().skip(2).map(Cell::parse);
            let line = record.position().map_or(0, csv::Position::line);
            let (tick, cells) = tick
                .zip(cells.collect())
                .ok_or_else(|| broken(&format!("line {line}: a cell is not a number")))?;
            if last.is_some_and(|last| last >= tick) {
                let what = format!("line {line} is not later than the one before");
                return Err(broken(&what));
            }
            Ok((tick, cells))
        };
        let record = self.records.next()?;
        let row = record.map_err(io::Error::from).and_then(row);
        if let Ok((tick, _)) = &row {
            self.last = Some(*tick);
        }
        Some(row)
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A row as bytes. Rows are not buffered together: after a failed write on a full disk a buffer
/// would write a row twice.
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
        let scenario = Scenario::default();
        let regions = scenario.population.region.len();
        let mut series = Series::new(Vec::new(), &scenario).unwrap();
        let cells = vec![Cell::Thousandths(1_500); COLUMNS.len() + regions];
        series.add(3_600, &cells).unwrap();
        let text = String::from_utf8(series.into_inner()).unwrap();
        let (header, row) = text.split_once('\n').unwrap();
        assert!(header.starts_with("time,tick,"), "{header}");
        assert!(row.starts_with("1970-01-01T01:00:00Z,3600,1.5"), "{row}");
        assert!(header.contains(",online_in_western_europe,"), "{header}");
        assert_eq!(header.matches(',').count(), row.matches(',').count());
        let mut rows = SeriesReader::new(text.as_bytes()).unwrap();
        assert_eq!(rows.names.len(), cells.len());
        assert_eq!(rows.next().unwrap().unwrap(), (3_600, cells));
        let (_, rest) = text.split_once('\n').unwrap();
        let twice = format!("{text}{rest}");
        let error = SeriesReader::new(twice.as_bytes()).unwrap().nth(1).unwrap();
        assert!(error.unwrap_err().to_string().contains("line 3"));
        let error = SeriesReader::new(&b"time,tick\n"[..]).err().unwrap();
        assert!(error.to_string().contains("line 1"), "{error}");
        let torn = text.replace("1.500\n", "x\n");
        let error = SeriesReader::new(torn.as_bytes()).unwrap().next().unwrap();
        assert!(error.unwrap_err().to_string().contains("line 2"));
    }
}
