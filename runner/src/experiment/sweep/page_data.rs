//! A sweep, read from its table.

use std::{collections::BTreeMap, fs::File, io, path::Path};

use crate::{
    experiment::{
        design::factors::magnitude,
        stats::intervals::{Interval, mean},
        storage::table::Header,
    },
    host::error::Failure,
    results::figures::bounds,
};

/// A run of the table.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) point: usize,
    /// The values of the factors.
    pub(crate) values: Vec<String>,
    pub(crate) failed: bool,
    /// None for *never*.
    pub(crate) figures: BTreeMap<String, Option<f64>>,
}

/// A sweep, as its table tells it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sweep {
    pub(crate) factors: Vec<String>,
    pub(crate) runs: Vec<Run>,
}

impl Sweep {
    /// Reads the table.
    ///
    /// # Errors
    /// That it is no such table, with its name.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(Failure::file("read", path))?;
        Self::of(file).map_err(|what| Failure::usage(format!("{}: {what}", path.display())))
    }

    /// Reads what is in a table.
    ///
    /// # Errors
    /// That it is no such table, and where.
    pub(crate) fn of(table: impl io::Read) -> Result<Self, String> {
        let mut reader = csv::Reader::from_reader(table);
        let names = reader.headers().map_err(|error| error.to_string())?.clone();
        let names: Vec<&str> = names.iter().collect();
        let header = Header::parse(&names).ok_or("line 1: it is not the table of a sweep")?;
        let status = header.status;
        let mut runs = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            let line = record.position().map_or(0, csv::Position::line);
            let cell = |place: usize| record.get(place).unwrap_or_default();
            let figures = names.iter().enumerate().skip(header.figures());
            let point = cell(1).parse();
            runs.push(Run {
                point: point.map_err(|error| format!("line {line}: the point: {error}"))?,
                values: (Header::FACTORS..status)
                    .map(|place| cell(place).to_owned())
                    .collect(),
                failed: cell(status) != "done",
                figures: figures
                    .filter(|(place, _)| !cell(*place).is_empty())
                    .map(|(place, name)| ((*name).to_owned(), cell(place).parse().ok()))
                    .collect(),
            });
        }
        Ok(Self {
            factors: names[Header::FACTORS..status]
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            runs,
        })
    }

    /// The values of a figure over the runs of a point.
    pub(crate) fn values(&self, point: usize, name: &str) -> Vec<f64> {
        let of = self.runs.iter().filter(|run| run.point == point);
        of.filter_map(|run| run.figures.get(name).copied().flatten())
            .collect()
    }

    /// The points, each with the values of its factors.
    pub(crate) fn points(&self) -> BTreeMap<usize, &[String]> {
        self.runs
            .iter()
            .map(|run| (run.point, run.values.as_slice()))
            .collect()
    }
}

/// The mean of a figure over some runs, its interval no further than figures can be.
pub(crate) fn mean_of(name: &str, values: &[f64]) -> Option<Interval> {
    // How long the runs were is not in the table.
    Some(mean(values)?.within(bounds(name, f64::INFINITY)))
}

/// The values of a key as numbers with one unit; none if they are not.
pub(crate) fn numbers(texts: &[&str]) -> Option<(Vec<f64>, String)> {
    let read: Vec<(f64, String)> = texts
        .iter()
        .map(|text| magnitude(text))
        .collect::<Option<_>>()?;
    let unit = read.first()?.1.clone();
    let same = read.iter().all(|(_, other)| *other == unit);
    same.then(|| (read.into_iter().map(|(value, _)| value).collect(), unit))
}
