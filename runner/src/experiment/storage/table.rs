//! The table of a sweep, `runs.csv`: one row per run in the order of runs, one column per factor
//! and figure.
//!
//! Columns: [`FIRST`], the factors, [`MIDDLE`], the figures. Its bytes depend only on the runs, not on
//! the order in which they ended, on interruptions, or on the division into parts. The columns are
//! the same for every sweep with the same factors, and each reads as numbers: every figure has a
//! column, and a figure that is *never*, or that a run does not have, is empty. `status` tells an
//! empty cell of a run that is done from one of a run that failed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    io,
    str::FromStr,
};

use crate::{
    experiment::{
        design::points::replicate_seed,
        error::ExperimentError,
        storage::{
            ledger_lines::{Batch, Entry},
            plain_factors::PlainFactors,
        },
    },
    host::error::Failure,
    results::figures::{self, Figures},
    store::csv_table::{ColumnType, TableColumn},
};

/// The columns before the factors.
const FIRST: [TableColumn<'static>; 4] = [
    column("run", ColumnType::Integer, false),
    column("point", ColumnType::Integer, false),
    column("replicate", ColumnType::Integer, false),
    column("seed", ColumnType::Unsigned, false),
];

/// The columns between factors and figures; a failed run has no digest.
const MIDDLE: [TableColumn<'static>; 2] = [
    column("status", ColumnType::Text, false),
    column("digest", ColumnType::Text, true),
];

const fn column(name: &str, r#type: ColumnType, optional: bool) -> TableColumn<'_> {
    TableColumn {
        name,
        r#type,
        optional,
    }
}

/// The positions of the columns: the first four, the factors, `status`, `digest`, and the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The index of `status`, which is the end of the factors.
    pub(crate) status: usize,
}

impl Header {
    /// The index of the first factor.
    pub(crate) const FACTORS: usize = FIRST.len();

    /// Finds the columns by their names; `None` if one of them is missing.
    pub(crate) fn parse(names: &[&str]) -> Option<Self> {
        let same = |columns: &[TableColumn<'_>], names: &[&str]| {
            let mut pairs = columns.iter().zip(names);
            pairs.all(|(column, name)| column.name == *name)
        };
        let status = names.iter().position(|name| *name == MIDDLE[0].name)?;
        let whole = status >= FIRST.len() && names.len() >= status + MIDDLE.len();
        (whole && same(&FIRST, names) && same(&MIDDLE, &names[status..])).then_some(Self { status })
    }

    /// The index of the first figure.
    pub(crate) fn figures(self) -> usize {
        self.status + MIDDLE.len()
    }

    /// The column at an index, given its name; `factor` is its type if it is a factor.
    pub(crate) fn column<'a>(
        self,
        index: usize,
        name: &'a str,
        factor: ColumnType,
    ) -> TableColumn<'a> {
        if let Some(fixed) = FIRST.get(index) {
            return *fixed;
        }
        let Some(after_factors) = index.checked_sub(self.status) else {
            return column(name, factor, false);
        };
        let fixed = MIDDLE.get(after_factors).copied();
        fixed.unwrap_or(column(name, ColumnType::Figure, true))
    }
}

/// The values of the column `status`.
const DONE: &str = "done";
const FAILED: &str = "failed";

/// A row: a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunRow {
    pub(crate) run: usize,
    /// The index of its point.
    pub(crate) point: usize,
    pub(crate) replicate: u32,
    pub(crate) seed: u64,
    /// The values of the factors.
    pub(crate) factors: Vec<String>,
    pub(crate) failed: bool,
    /// Empty if the run failed.
    pub(crate) digest: String,
    /// The figures of the run; `None` for one that is *never*, or that the run does not have.
    pub(crate) figures: Figures,
}

/// The table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RunTable {
    /// Names of the columns of the factors: their keys, with the unit of times and rates.
    pub(crate) factors: Vec<String>,
    pub(crate) rows: Vec<RunRow>,
}

impl RunTable {
    /// The table of the runs in a ledger.
    pub(crate) fn from_entries(batch: &Batch, entries: &BTreeMap<usize, Entry>) -> Self {
        let replicates = batch.replicates as usize;
        let PlainFactors {
            names: factors,
            points,
        } = PlainFactors::new(&batch.factors, &batch.points);
        let names = figure_names(entries.values().map(|entry| &entry.figures));
        let row = |(run, entry): (&usize, &Entry)| {
            let (point, replicate) = (run / replicates, (run % replicates) as u32);
            RunRow {
                run: *run,
                point,
                replicate,
                seed: replicate_seed(batch.seed, replicate),
                factors: points.get(point).cloned().unwrap_or_default(),
                failed: entry.failed.is_some(),
                digest: entry.digest.clone().unwrap_or_default(),
                figures: match entry.failed {
                    Some(_) => Figures::new(),
                    None => {
                        let figure = |name: &String| {
                            let figure = entry.figures.get(name).copied().flatten();
                            (name.clone(), figure)
                        };
                        names.iter().map(figure).collect()
                    }
                },
            }
        };
        Self {
            factors,
            rows: entries.iter().map(row).collect(),
        }
    }

    /// The table as CSV.
    ///
    /// # Errors
    /// Returns an error if rows differ in their number of factors.
    pub(crate) fn to_csv(&self) -> Result<Vec<u8>, Failure> {
        let broken = |error: &dyn Display| ExperimentError::Table(error.to_string());
        let names = figure_names(self.rows.iter().map(|row| &row.figures));
        let mut out = csv::Writer::from_writer(Vec::new());
        let fixed = |columns: &'static [TableColumn<'static>]| columns.iter().map(|one| one.name);
        let header = fixed(&FIRST)
            .chain(self.factors.iter().map(String::as_str))
            .chain(fixed(&MIDDLE))
            .chain(names.iter().map(String::as_str));
        out.write_record(header).map_err(|error| broken(&error))?;
        for row in &self.rows {
            let first = [
                row.run.to_string(),
                row.point.to_string(),
                row.replicate.to_string(),
                row.seed.to_string(),
            ];
            let status = if row.failed { FAILED } else { DONE };
            let figures = names.iter().map(|name| {
                let figure = row.figures.get(name).copied().flatten();
                figure.map_or_else(String::new, |figure| figure.to_string())
            });
            let cells = first
                .into_iter()
                .chain(row.factors.iter().cloned())
                .chain([status.to_owned(), row.digest.clone()])
                .chain(figures);
            out.write_record(cells).map_err(|error| broken(&error))?;
        }
        Ok(out.into_inner().map_err(|error| broken(&error))?)
    }

    /// Reads a table.
    ///
    /// # Errors
    /// Returns an error with the line if it is not the table of a sweep.
    pub(crate) fn from_csv(table: impl io::Read) -> Result<Self, String> {
        let mut reader = csv::Reader::from_reader(table);
        let names = reader.headers().map_err(|error| error.to_string())?.clone();
        let names: Vec<&str> = names.iter().collect();
        let header = Header::parse(&names).ok_or("line 1: it is not the table of a sweep")?;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            rows.push(row(&names, header, &record)?);
        }
        let factors = names[Header::FACTORS..header.status].iter();
        Ok(Self {
            factors: factors.map(|name| (*name).to_owned()).collect(),
            rows,
        })
    }
}

/// The names of the columns of figures: all figures in the order of their declaration, then those
/// of another version that a run has.
fn figure_names<'a>(runs: impl Iterator<Item = &'a Figures>) -> Vec<String> {
    let mut names: Vec<String> = figures::names().collect();
    let known: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let more: BTreeSet<&String> = runs
        .flat_map(Figures::keys)
        .filter(|name| !known.contains(name.as_str()))
        .collect();
    let more: Vec<String> = more.into_iter().cloned().collect();
    names.extend(more);
    names
}

/// Reads a row, given the names and positions of the columns.
fn row(names: &[&str], header: Header, record: &csv::StringRecord) -> Result<RunRow, String> {
    let line = record.position().map_or(0, csv::Position::line);
    let cell = |index: usize| record.get(index).unwrap_or_default();
    let [run, point, replicate, seed] = [0, 1, 2, 3].map(|index| (FIRST[index].name, cell(index)));
    let figures = names.iter().enumerate().skip(header.figures());
    let failed = cell(header.status) != DONE;
    Ok(RunRow {
        run: number(line, run)?,
        point: number(line, point)?,
        replicate: number(line, replicate)?,
        seed: number(line, seed)?,
        factors: (Header::FACTORS..header.status)
            .map(|index| cell(index).to_owned())
            .collect(),
        failed,
        digest: cell(header.status + 1).to_owned(),
        figures: figures
            .filter(|_| !failed)
            .map(|(index, name)| ((*name).to_owned(), cell(index).parse().ok()))
            .collect(),
    })
}

/// Reads a cell of a column with whole numbers.
fn number<T: FromStr<Err: Display>>(line: u64, (name, cell): (&str, &str)) -> Result<T, String> {
    cell.parse()
        .map_err(|error| format!("line {line}: {name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{experiment::storage::ledger_lines::Shard, results::figures::Outcome};

    #[test]
    fn rows_are_in_order_and_failed_runs_are_listed() {
        let batch = Batch {
            batch: "x".into(),
            shard: Shard::WHOLE,
            runs: 4,
            factors: vec!["a.b".into()],
            points: vec![vec!["1".into()], vec!["x,y".into()]],
            replicates: 2,
            keep: Vec::new(),
            seed: 9,
            command: String::new(),
            command_words: Default::default(),
            reproduce: Default::default(),
            scale: None,
            title: None,
            version: None,
        };
        let done = Outcome::Done {
            digest: "d".into(),
            figures: Figures::from([("f".into(), Some(0.5)), ("g".into(), None)]),
        };
        let failed = Outcome::Failed("panicked".into());
        let entries = [
            (3, Entry::new(3, &done, 1.0)),
            (0, Entry::new(0, &failed, 2.0)),
        ];
        let table = RunTable::from_entries(&batch, &entries.into());
        let text = String::from_utf8(table.to_csv().unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let first = "run,point,replicate,seed,a.b,status,digest,norm_peak,";
        assert!(lines[0].starts_with(first) && lines[0].ends_with(",f,g"));
        let all = figures::names().count() + 2;
        assert_eq!(lines[1], format!("0,0,0,9,1,failed,{}", ",".repeat(all)));
        assert!(lines[2].starts_with("3,1,1,") && lines[2].ends_with(",0.5,"));
        assert!(lines[2].contains(",\"x,y\",done,d,,"));
        let read = RunTable::from_csv(text.as_bytes()).unwrap();
        assert_eq!(read, table);
    }

    #[test]
    fn a_table_without_its_columns_is_refused_with_the_line() {
        for (text, part) in [
            ("a,b\n1,2\n", "line 1"),
            ("run,point,replicate,seed,a,digest,status\n", "line 1"),
            (
                "run,point,replicate,seed,status,digest\n0,x,0,1,done,d\n",
                "line 2: point",
            ),
            (
                "run,point,replicate,seed,status,digest\n0,0,0,-1,done,d\n",
                "line 2: seed",
            ),
        ] {
            let error = RunTable::from_csv(text.as_bytes()).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
