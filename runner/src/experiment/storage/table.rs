//! The table of a sweep, `runs.csv`: one row per run in the order of runs, one column per factor
//! and figure.
//!
//! Columns: [`FIRST`], the factors, [`MIDDLE`], and all figures, whatever the runs have. Its bytes
//! depend only on the runs, not on the order in which they ended, on interruptions, or on the division
//! into parts. The columns of figures hold numbers only: a figure that is *never*, or that a run does
//! not have, is empty, and the column `never` names those that are *never*. A factor that is a time or
//! a rate is written in seconds or per second, with the unit in the name of its column
//! (`run.sample_s`, `servers.login.rate_per_s`).

use std::{collections::BTreeMap, fmt::Display, io, str::FromStr};

use patchday_agents::scenario::quantity::{Rate, Span};

use crate::{
    experiment::{
        design::points::replicate_seed,
        error::ExperimentError,
        storage::ledger_lines::{Batch, Entry},
    },
    host::error::Failure,
    results::figures::{Figures, names, text},
    store::csv_table::{ColumnType, TableColumn},
};

/// The columns before the factors.
const FIRST: [TableColumn<'static>; 4] = [
    column("run", ColumnType::Integer, false),
    column("point", ColumnType::Integer, false),
    column("replicate", ColumnType::Integer, false),
    column("seed", ColumnType::Unsigned, false),
];

/// The columns between factors and figures: a failed run has no digest; `never` has the names of
/// the figures that are *never*, separated by spaces.
const MIDDLE: [TableColumn<'static>; 3] = [
    column("status", ColumnType::Text, false),
    column("digest", ColumnType::Text, true),
    column(NEVER, ColumnType::Text, true),
];

const NEVER: &str = "never";

const fn column(name: &str, r#type: ColumnType, optional: bool) -> TableColumn<'_> {
    TableColumn {
        name,
        r#type,
        optional,
    }
}

/// The positions of the columns: the first four, the factors, `status`, `digest`,
/// `never`, and the figures.
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
    /// The figures of the run; `None` for *never*.
    pub(crate) figures: Figures,
}

/// The table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RunTable {
    /// Keys of the factors.
    pub(crate) factors: Vec<String>,
    pub(crate) rows: Vec<RunRow>,
}

impl RunTable {
    /// The table of the runs in a ledger.
    pub(crate) fn from_entries(batch: &Batch, entries: &BTreeMap<usize, Entry>) -> Self {
        let replicates = batch.replicates as usize;
        let row = |(run, entry): (&usize, &Entry)| {
            let (point, replicate) = (run / replicates, (run % replicates) as u32);
            RunRow {
                run: *run,
                point,
                replicate,
                seed: replicate_seed(batch.seed, replicate),
                factors: batch.points.get(point).cloned().unwrap_or_default(),
                failed: entry.failed.is_some(),
                digest: entry.digest.clone().unwrap_or_default(),
                figures: entry.figures.clone(),
            }
        };
        Self {
            factors: batch.factors.clone(),
            rows: entries.iter().map(row).collect(),
        }
    }

    /// The table as CSV.
    ///
    /// # Errors
    /// Returns an error if rows differ in their number of factors.
    pub(crate) fn to_csv(&self) -> Result<Vec<u8>, Failure> {
        let broken = |error: &dyn Display| ExperimentError::Table(error.to_string());
        let names: Vec<String> = names().collect();
        let (factors, values): (Vec<String>, Vec<Vec<String>>) = self
            .factors
            .iter()
            .enumerate()
            .map(|(index, key)| {
                let texts = self.rows.iter().map(|row| row.factors.get(index));
                plain(key, texts.map(|text| text.map_or("", String::as_str)))
            })
            .unzip();
        let mut out = csv::Writer::from_writer(Vec::new());
        let fixed = |columns: &'static [TableColumn<'static>]| columns.iter().map(|one| one.name);
        let header = fixed(&FIRST)
            .chain(factors.iter().map(String::as_str))
            .chain(fixed(&MIDDLE))
            .chain(names.iter().map(String::as_str));
        out.write_record(header).map_err(|error| broken(&error))?;
        for (index, row) in self.rows.iter().enumerate() {
            let first = [
                row.run.to_string(),
                row.point.to_string(),
                row.replicate.to_string(),
                row.seed.to_string(),
            ];
            let status = if row.failed { FAILED } else { DONE };
            let figures = names.iter().map(|name| {
                let figure = row.figures.get(name).copied().flatten();
                figure.map_or_else(String::new, |figure| text(Some(figure)))
            });
            let never = row.figures.iter().filter(|(_, figure)| figure.is_none());
            let never: Vec<&str> = never.map(|(name, _)| name.as_str()).collect();
            let cells = first
                .into_iter()
                .chain(values.iter().map(|column| column[index].clone()))
                .chain([status.to_owned(), row.digest.clone(), never.join(" ")])
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

/// The column of a factor: its name with the unit, and its values in that unit. Values that are
/// neither all times nor all rates stay as they are.
fn plain<'a>(key: &str, texts: impl Iterator<Item = &'a str> + Clone) -> (String, Vec<String>) {
    let kept = || texts.clone().map(str::to_owned).collect();
    if texts.clone().next().is_none() {
        return (key.to_owned(), kept());
    }
    let bare = |text: &'a str| text.trim().trim_matches('"');
    let span = |text| bare(text).parse::<Span>().ok();
    let rate = |text| bare(text).parse::<Rate>().ok();
    if let Some(spans) = texts.clone().map(span).collect::<Option<Vec<_>>>() {
        let seconds = spans.iter().map(|span| span.seconds().to_string());
        return (format!("{key}_s"), seconds.collect());
    }
    if let Some(rates) = texts.clone().map(rate).collect::<Option<Vec<_>>>() {
        let per_second = rates.iter().map(|rate| format!("{}", rate.per_second()));
        return (format!("{key}_per_s"), per_second.collect());
    }
    (key.to_owned(), kept())
}

/// Reads a row, given the names and positions of the columns.
fn row(names: &[&str], header: Header, record: &csv::StringRecord) -> Result<RunRow, String> {
    let line = record.position().map_or(0, csv::Position::line);
    let cell = |index: usize| record.get(index).unwrap_or_default();
    let [run, point, replicate, seed] = [0, 1, 2, 3].map(|index| (FIRST[index].name, cell(index)));
    let numbers = names.iter().enumerate().skip(header.figures());
    let numbers = numbers.filter(|(index, _)| !cell(*index).is_empty());
    let never = cell(header.status + 2).split_whitespace();
    Ok(RunRow {
        run: number(line, run)?,
        point: number(line, point)?,
        replicate: number(line, replicate)?,
        seed: number(line, seed)?,
        factors: (Header::FACTORS..header.status)
            .map(|index| cell(index).to_owned())
            .collect(),
        failed: cell(header.status) != DONE,
        digest: cell(header.status + 1).to_owned(),
        figures: numbers
            .map(|(index, name)| ((*name).to_owned(), cell(index).parse().ok()))
            .chain(never.map(|name| (name.to_owned(), None)))
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
            figures: Figures::from([
                ("norm_peak".into(), Some(0.5)),
                ("outage.hours".into(), None),
            ]),
        };
        let failed = Outcome::Failed("panicked".into());
        let entries = [
            (3, Entry::new(3, &done, 1.0)),
            (0, Entry::new(0, &failed, 2.0)),
        ];
        let table = RunTable::from_entries(&batch, &entries.into());
        let text = String::from_utf8(table.to_csv().unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let header = "run,point,replicate,seed,a.b,status,digest,never,norm_peak,";
        assert!(lines[0].starts_with(header), "{}", lines[0]);
        assert!(lines[1].starts_with("0,0,0,9,1,failed,,,,"), "{}", lines[1]);
        let cells = ",\"x,y\",done,d,outage.hours,0.5,";
        assert!(lines[2].starts_with("3,1,1,") && lines[2].contains(cells));
        // The columns are all figures, whatever the runs have, and hold numbers only.
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns: Vec<String> = reader.headers().unwrap().iter().map(Into::into).collect();
        assert_eq!(columns[8..], names().collect::<Vec<_>>());
        for record in reader.records() {
            for cell in record.unwrap().iter().skip(8) {
                assert!(cell.is_empty() || cell.parse::<f64>().is_ok(), "{cell}");
            }
        }
        let read = RunTable::from_csv(text.as_bytes()).unwrap();
        assert_eq!(read, table);
    }

    #[test]
    fn times_and_rates_are_numbers_with_their_unit_in_the_name() {
        let of = |texts: &[&'static str]| plain("k", texts.to_vec().into_iter());
        assert_eq!(
            of(&["5s", "20m"]),
            ("k_s".into(), vec!["5".into(), "1200".into()])
        );
        assert_eq!(
            of(&["1_000/s", "30/m"]),
            ("k_per_s".into(), vec!["1000".into(), "0.5".into()])
        );
        assert_eq!(of(&["0.5", "true"]).0, "k");
        assert_eq!(
            of(&["5s", "3/s"]),
            ("k".into(), vec!["5s".into(), "3/s".into()])
        );
    }

    #[test]
    fn a_table_without_its_columns_is_refused_with_the_line() {
        for (text, part) in [
            ("a,b\n1,2\n", "line 1"),
            ("run,point,replicate,seed,a,digest,status\n", "line 1"),
            (
                "run,point,replicate,seed,status,digest,never\n0,x,0,1,done,d,\n",
                "line 2: point",
            ),
            (
                "run,point,replicate,seed,status,digest,never\n0,0,0,-1,done,d,\n",
                "line 2: seed",
            ),
        ] {
            let error = RunTable::from_csv(text.as_bytes()).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
