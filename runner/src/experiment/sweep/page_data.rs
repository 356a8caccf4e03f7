//! Data of the page of a sweep, derived from its table: points, and figures over the runs of a point.
//!
//! Means and their intervals are those of a comparison: a run that never came back makes a mean a
//! bound, and outcomes that no run had are allowed for.

use std::{collections::BTreeMap, path::Path};

use patchday_agents::scenario::Scenario;

use crate::{
    experiment::{
        stats::{
            censored::Mean,
            paired::{PairedRuns, RunKind},
            quantiles::band,
        },
        storage::table::{RunRow, RunTable},
    },
    host::format::duration,
    results::{figures::Figures, summary::FigureId},
    scenario::load::load_file,
    store::layout::CONFIG,
};

/// The scenario beside the table, before its factors are set; `None` if it cannot be read.
pub(crate) fn scenario(directory: &Path) -> Option<Scenario> {
    let loaded = load_file::<Scenario>(&directory.join(CONFIG), &[]);
    loaded.ok().map(|one| one.scenario)
}

/// The simulated time of the runs of a sweep in hours; infinite if it is not known or not the same for
/// all of them.
pub(crate) fn run_hours(sweep: &RunTable, scenario: Option<&Scenario>) -> f64 {
    let varies = |key: &String| {
        ["run.end", "run.start"]
            .iter()
            .any(|it| key.starts_with(it))
    };
    match scenario {
        Some(scenario) if !sweep.factors.iter().any(varies) => {
            f64::from(scenario.ticks()) / f64::from(scenario.tick().hour())
        }
        _ => f64::INFINITY,
    }
}

/// The points, each with the values of its factors.
pub(crate) fn points(sweep: &RunTable) -> BTreeMap<usize, &[String]> {
    sweep
        .rows
        .iter()
        .map(|run| (run.point, run.factors.as_slice()))
        .collect()
}

/// The runs of every point, in the order of [`points`].
pub(crate) fn runs_by_point(sweep: &RunTable) -> Vec<Vec<&RunRow>> {
    let mut groups: BTreeMap<usize, Vec<&RunRow>> = BTreeMap::new();
    for run in &sweep.rows {
        groups.entry(run.point).or_default().push(run);
    }
    groups.into_values().collect()
}

/// A column of a factor with a value, in words: `servers.login.rate = 5000/s` for the column
/// `servers.login.rate [1/s]` and the value 5000.
pub(crate) fn assignment(column: &str, value: &str) -> String {
    let (key, unit) = match column.split_once(" [") {
        Some((key, unit)) => (key, unit.trim_end_matches(']')),
        None => (column, ""),
    };
    match (unit, value) {
        (_, "") => format!("{key} not set"),
        ("1/s", value) => format!("{key} = {value}/s"),
        ("s", value) => match value.parse() {
            Ok(seconds) => format!("{key} = {}", duration(seconds)),
            Err(_) => format!("{key} = {value} s"),
        },
        (_, value) => format!("{key} = {value}"),
    }
}

/// Groups of runs, such as those of each point.
#[derive(Debug)]
pub(crate) struct RunGroups {
    /// The figures of the runs that did not fail, by group times `most` plus the place in the group.
    figures: BTreeMap<usize, Figures>,
    /// The most runs of a group.
    most: u32,
    /// Simulated time of each run, in hours; infinite if that is not known.
    hours: f64,
}

impl RunGroups {
    /// The runs of each group; `hours` is the simulated time of each run.
    pub(crate) fn new(groups: &[Vec<&RunRow>], hours: f64) -> Self {
        let most = groups.iter().map(Vec::len).max().unwrap_or(0);
        let mut figures = BTreeMap::new();
        for (group, runs) in groups.iter().enumerate() {
            for (place, run) in runs.iter().enumerate().filter(|(_, run)| !run.failed) {
                figures.insert(group * most + place, run.figures.clone());
            }
        }
        Self {
            figures,
            most: most as u32,
            hours,
        }
    }

    fn paired(&self) -> PairedRuns<'_> {
        PairedRuns {
            variants: &[],
            replicates: self.most,
            hours: self.hours,
            figures: &self.figures,
        }
    }

    /// The mean of a figure over the runs of a group; `None` if none has a value.
    pub(crate) fn mean(&self, group: usize, id: FigureId) -> Option<Mean> {
        self.paired().of(id).mean(group)
    }

    /// The number of runs of a group in which a figure is *never*, and of those that have it or are so.
    pub(crate) fn counts(&self, group: usize, id: FigureId) -> (u32, u32) {
        self.paired().of(id).never(group)
    }

    /// The quantiles of a figure over the runs of a group, at the parts of a band; infinite where they
    /// are *never*, and `None` if no run has it.
    pub(crate) fn quantiles(&self, group: usize, id: FigureId) -> Option<[f64; 5]> {
        band(&mut self.paired().of(id).values(group))
    }

    /// The number of runs of a group that are of a kind.
    pub(crate) fn of_kind(&self, group: usize, kind: RunKind) -> usize {
        let runs = self.paired();
        let places = 0..self.most;
        places
            .filter(|place| runs.kind(group, *place) == Some(kind))
            .count()
    }
}
