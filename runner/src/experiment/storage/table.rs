//! The tidy table of an experiment: a row a run, in the order of runs, a column a factor
//! or figure.
//!
//! Its bytes follow from the runs alone: not from when each ended, how often the batch
//! was interrupted, or how it was spread. *Never* stands where a time does not come.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    experiment::{
        design::points,
        storage::ledger::{Batch, Entry},
    },
    host::error::Failure,
    results::figures::text,
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

/// Where the columns of a table are: four fixed ones, factors, `status`, `digest`, figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The place of `status`, which is the end of the factors.
    pub(crate) status: usize,
}

impl Header {
    /// The first place of a factor.
    pub(crate) const FACTORS: usize = FIRST.len();

    /// Finds the columns; `None` if the names are not those of such a table.
    pub(crate) fn parse(names: &[&str]) -> Option<Self> {
        let same = |columns: &[TableColumn<'_>], names: &[&str]| {
            let mut pairs = columns.iter().zip(names);
            pairs.all(|(column, name)| column.name == *name)
        };
        let status = names.iter().position(|name| *name == MIDDLE[0].name)?;
        let whole = status >= FIRST.len() && names.len() > status;
        (whole && same(&FIRST, names) && same(&MIDDLE, &names[status..])).then_some(Self { status })
    }

    /// The first place of a figure.
    pub(crate) fn figures(self) -> usize {
        self.status + MIDDLE.len()
    }

    /// The column at a place, given its name; `factor` is the type of a factor there.
    pub(crate) fn column<'a>(
        self,
        place: usize,
        name: &'a str,
        factor: ColumnType,
    ) -> TableColumn<'a> {
        if let Some(fixed) = FIRST.get(place) {
            return *fixed;
        }
        let middle = place.checked_sub(self.status);
        match middle {
            None => column(name, factor, false),
            Some(place) => match MIDDLE.get(place) {
                Some(fixed) => *fixed,
                None => column(name, ColumnType::Figure, true),
            },
        }
    }
}

/// The table as CSV.
///
/// # Errors
/// That it cannot be written, which memory alone could be the cause of.
pub(crate) fn table(batch: &Batch, entries: &BTreeMap<usize, Entry>) -> Result<Vec<u8>, Failure> {
    let names: BTreeSet<&String> = entries
        .values()
        .flat_map(|entry| entry.figures.keys())
        .collect();
    let mut out = csv::Writer::from_writer(Vec::new());
    let factors = batch.factors.iter().map(String::as_str);
    let header = FIRST
        .iter()
        .map(|column| column.name)
        .chain(factors)
        .chain(MIDDLE.iter().map(|column| column.name))
        .chain(names.iter().map(|name| name.as_str()));
    let broken = |error: csv::Error| Failure::failed(format!("the table: {error}"));
    out.write_record(header).map_err(broken)?;
    for (run, entry) in entries {
        let replicates = batch.replicates as usize;
        let (point, replicate) = (run / replicates, run % replicates);
        let seed = points::seed_of(batch.seed, replicate as u32);
        let mut row = vec![
            run.to_string(),
            point.to_string(),
            replicate.to_string(),
            seed.to_string(),
        ];
        row.extend(batch.points.get(point).into_iter().flatten().cloned());
        let status = match entry.failed {
            None => "done",
            Some(_) => "failed",
        };
        row.push(status.into());
        row.push(entry.digest.clone().unwrap_or_default());
        row.extend(names.iter().map(|name| {
            let figure = entry.figures.get(*name);
            figure.map_or_else(String::new, |figure| text(*figure))
        }));
        out.write_record(row).map_err(broken)?;
    }
    out.into_inner()
        .map_err(|error| Failure::failed(format!("the table: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::figures::{Figures, Outcome};

    #[test]
    fn rows_are_in_order_and_failed_runs_are_listed() {
        let batch = Batch {
            batch: "x".into(),
            shard: (1, 1),
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
            figures: Figures::from([("f".into(), Some(0.5)), ("g".into(), None)]),
        };
        let failed = Outcome::Failed("panicked".into());
        let entries = [
            (3, Entry::of(3, &done, 1.0)),
            (0, Entry::of(0, &failed, 2.0)),
        ];
        let text = String::from_utf8(table(&batch, &entries.into()).unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "run,point,replicate,seed,a.b,status,digest,f,g");
        assert_eq!(lines[1], "0,0,0,9,1,failed,,,");
        assert!(lines[2].starts_with("3,1,1,") && lines[2].ends_with(",\"x,y\",done,d,0.5,never"));
    }
}
