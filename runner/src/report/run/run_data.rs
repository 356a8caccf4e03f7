//! Reads a run directory: everything that its report is made from.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use patchday_agents::{
    metrics::columns::{ColumnId, REGION},
    scenario::{FleetColumn, Scenario},
};

use crate::{
    host::{
        error::Failure,
        format::{length, moment_at},
        limited_read,
    },
    report::{error::ReportError, run::thinned_rows::ThinnedRows},
    results::{
        narrative::timeline::{self, Event},
        observed::Comparison,
        outage::Outage,
        samples::Samples,
        summary::Summary,
    },
    store::{
        layout::{EVENTS, SERIES, SUMMARY},
        manifest::Manifest,
        series::SeriesReader,
    },
};

/// The data of a run.
pub(crate) struct RunData {
    pub(crate) manifest: Manifest,
    pub(crate) scenario: Scenario,
    /// The contents of `summary.json`.
    pub(crate) summary: Summary,
    pub(crate) events: Vec<Event>,
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) outage: Option<Outage>,
    /// All its outages.
    pub(crate) outages: Vec<Outage>,
    pub(crate) samples: Samples,
    pub(crate) start: i64,
    /// The times of the values of a column, in ticks since 1970.
    pub(crate) times: Vec<i64>,
    names: Vec<String>,
    rows: ThinnedRows,
}

impl RunData {
    /// Reads a run directory.
    ///
    /// # Errors
    /// Returns an error if one of its files is missing, cannot be parsed, or was changed.
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
        let summary = bytes(SUMMARY, limited_read::SUMMARY)?;
        let summary = serde_json::from_slice(&summary).map_err(|source| ReportError::Summary {
            path: run.join(SUMMARY),
            source,
        })?;
        let events = bytes(EVENTS, limited_read::TIMELINE)?;
        let events = timeline::parse(&events).map_err(|source| ReportError::Timeline {
            path: run.join(EVENTS),
            source,
        })?;
        let path = run.join(SERIES);
        let read = File::open(&path).map(BufReader::new);
        read.and_then(|series| Self::new(manifest, scenario, summary, events, series))
            .map_err(Failure::file("read", &path))
    }

    /// Combines files that are read already with the series.
    ///
    /// # Errors
    /// Returns an error with its position if the series cannot be parsed.
    pub(crate) fn new(
        manifest: Manifest,
        scenario: Scenario,
        summary: Summary,
        events: Vec<Event>,
        series: impl io::Read,
    ) -> io::Result<Self> {
        let mut samples = Samples::new(&scenario);
        let start = samples.start;
        let mut reader = SeriesReader::new(series)?;
        let names = std::mem::take(&mut reader.names);
        let expected = samples.expect(manifest.ticks, &scenario.run);
        let mut rows = ThinnedRows::new(names.len(), expected).map_err(|_| {
            let count = names.len();
            let fault = format!("the report of {count} columns does not fit in memory");
            io::Error::new(io::ErrorKind::OutOfMemory, fault)
        })?;
        for row in reader {
            let (tick, cells) = row?;
            samples.add(tick, &cells);
            rows.add(start + i64::from(tick), &cells);
        }
        Ok(Self {
            comparisons: Comparison::all(&scenario.observed, &samples),
            outage: Outage::find(&samples),
            outages: Outage::all(&samples),
            samples,
            manifest,
            scenario,
            summary,
            events,
            start,
            times: std::mem::take(&mut rows.times),
            names,
            rows,
        })
    }

    /// An instant in ticks since 1970 in short.
    pub(crate) fn moment(&self, time: i64) -> String {
        moment_at(time, self.samples.tick)
    }

    /// A length in ticks as text.
    pub(crate) fn length(&self, ticks: i64) -> String {
        length(ticks as f64, self.samples.tick)
    }

    /// A column of the series, in its unit: a value for each sample.
    pub(crate) fn column(&self, id: ColumnId) -> Vec<f64> {
        self.values(id.index())
    }

    /// A column of a service, operation or source.
    pub(crate) fn fleet_column(&self, column: FleetColumn) -> Vec<f64> {
        let name = column.name(&self.scenario);
        let place = self.names.iter().position(|known| *known == name);
        place.map_or_else(Vec::new, |place| self.values(place))
    }

    /// The values at one place of all rows.
    fn values(&self, place: usize) -> Vec<f64> {
        self.rows.values(place)
    }

    /// A column of counts as a rate per second.
    pub(crate) fn per_second(&self, id: ColumnId) -> Vec<f64> {
        let counts = self.column(id);
        let before = std::iter::once(&self.start).chain(&self.times);
        let steps = self.times.iter().zip(before);
        let rates = counts.iter().zip(steps);
        rates
            .map(|(count, (time, before))| {
                count / self.samples.tick.as_seconds((time - before).max(1) as f64)
            })
            .collect()
    }

    /// Users online by region: its name and a value for each sample.
    pub(crate) fn regions(&self) -> Vec<(&str, Vec<f64>)> {
        let first = self.names.iter().position(|name| name.starts_with(REGION));
        let places = first.map_or(0..0, |first| first..self.names.len());
        let regions = self.scenario.population.region.iter().zip(places);
        regions
            .map(|(region, place)| (region.name.as_str(), self.values(place)))
            .collect()
    }
}
