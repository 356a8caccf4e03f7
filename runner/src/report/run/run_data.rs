//! A run directory, read: what its report is made from, and nothing else.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use patchday_agents::{
    metrics::columns::{Cell, REGION},
    scenario::Scenario,
};
use serde_json::Value;

use crate::{
    host::{error::Failure, limited_read},
    results::{
        narrative::timeline::{self, Event},
        observed::Comparison,
        outage::Outage,
        samples::Trail,
    },
    store::{
        layout::{EVENTS, SERIES, SUMMARY},
        manifest::Manifest,
        series::Rows,
    },
};

/// A run, as its directory tells it.
pub(crate) struct RunData {
    pub(crate) manifest: Manifest,
    pub(crate) scenario: Scenario,
    /// The figures, as they stand in the summary.
    pub(crate) summary: Value,
    pub(crate) events: Vec<Event>,
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) outage: Option<Outage>,
    pub(crate) trail: Trail,
    pub(crate) start: i64,
    /// When the samples were taken.
    pub(crate) times: Vec<i64>,
    names: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl RunData {
    /// Reads a run directory.
    ///
    /// # Errors
    /// Which of its files cannot be read or was changed, and why.
    pub(crate) fn read(run: &Path) -> Result<Self, Failure> {
        let manifest = Manifest::read(run)?;
        let scenario = manifest.scenario(run)?;
        for name in [SUMMARY, EVENTS, SERIES] {
            manifest.check_file(run, name)?;
        }
        let bytes = |name: &str, most: u64| {
            let path = run.join(name);
            limited_read::whole(&path, most).map_err(Failure::file("read", &path))
        };
        let broken = |name: &str, error: &dyn std::fmt::Display| {
            Failure::usage(format!("{}: {error}", run.join(name).display()))
        };
        let summary = serde_json::from_slice(&bytes(SUMMARY, limited_read::SUMMARY)?)
            .map_err(|error| broken(SUMMARY, &error))?;
        let events = timeline::parse(&bytes(EVENTS, limited_read::TIMELINE)?)
            .map_err(|error| broken(EVENTS, &error))?;
        let path = run.join(SERIES);
        let read = File::open(&path).map(BufReader::new);
        read.and_then(|series| Self::of(manifest, scenario, summary, events, series))
            .map_err(Failure::file("read", &path))
    }

    /// Puts together what was read, with the series.
    ///
    /// # Errors
    /// That the series is none, and where.
    pub(crate) fn of(
        manifest: Manifest,
        scenario: Scenario,
        summary: Value,
        events: Vec<Event>,
        series: impl io::Read,
    ) -> io::Result<Self> {
        let start = scenario.run.start.seconds();
        let mut trail = Trail::new(start);
        let (mut times, mut rows) = (Vec::new(), Vec::new());
        let mut reader = Rows::of(series)?;
        let names = std::mem::take(&mut reader.names);
        for row in reader {
            let (tick, cells) = row?;
            trail.add(tick, &cells);
            times.push(start + i64::from(tick));
            rows.push(cells);
        }
        Ok(Self {
            comparisons: Comparison::all(&scenario.observed, &trail),
            outage: Outage::of(&trail),
            trail,
            manifest,
            scenario,
            summary,
            events,
            start,
            times,
            names,
            rows,
        })
    }

    /// A column of the series, in its unit; none if there is none of that name.
    pub(crate) fn column(&self, name: &str) -> Option<Vec<f64>> {
        let place = self.names.iter().position(|one| one == name)?;
        let cell = |row: &Vec<Cell>| row.get(place).map_or(f64::NAN, |cell| cell.value());
        Some(self.rows.iter().map(cell).collect())
    }

    /// A column of counts, as so many a second.
    pub(crate) fn a_second(&self, name: &str) -> Option<Vec<f64>> {
        let counts = self.column(name)?;
        let before = std::iter::once(&self.start).chain(&self.times);
        let steps = self.times.iter().zip(before);
        let rates = counts.iter().zip(steps);
        Some(
            rates
                .map(|(count, (time, before))| count / (time - before).max(1) as f64)
                .collect(),
        )
    }

    /// Users online in each region: its name and a value for each sample.
    pub(crate) fn regions(&self) -> Vec<(&str, Vec<f64>)> {
        let first = self.names.iter().position(|name| name.starts_with(REGION));
        let columns = first.map_or(&[][..], |first| &self.names[first..]);
        let regions = self.scenario.population.region.iter().zip(columns);
        regions
            .filter_map(|(region, column)| Some((region.name.as_str(), self.column(column)?)))
            .collect()
    }
}
