//! The result files beside the series: summary, observations, timeline, events and plot.
//!
//! They depend only on the scenario and the samples, so that a repeat of a run makes the same
//! bytes.

use patchday_agents::scenario::Scenario;

use crate::{
    host::{error::Failure, format::grouped},
    report::online_plot,
    results::{
        narrative::{summary, timeline},
        observed::{self, Comparison},
        samples::{Samples, fleet_tables},
        summary::Summary,
    },
    store::{
        error::StoreError,
        layout::{EVENTS, OBSERVED, OPERATIONS, PLOT, SERVICES, SUMMARY, TIMELINE},
        manifest::json,
    },
};

/// The results beside the series.
pub(crate) struct Results {
    pub(crate) summary: Summary,
    pub(crate) comparisons: Vec<Comparison>,
    /// Why observed points are no measure of the run; `None` if they are, or if there are none.
    pub(crate) counterfactual: Option<String>,
}

impl Results {
    /// The results of a run up to its last sample; `changed` are the keys of the model that overrides
    /// changed.
    pub(crate) fn new(scenario: &Scenario, samples: &Samples, changed: &[String]) -> Self {
        let comparisons = Comparison::all(&scenario.observed, samples);
        Self {
            summary: Summary::new(&scenario.run.title, samples, &comparisons),
            counterfactual: observed::counterfactual(&comparisons, changed),
            comparisons,
        }
    }

    /// The files, by name, each with its bytes or the error that prevented it.
    pub(crate) fn files(
        &self,
        scenario: &Scenario,
        samples: &Samples,
    ) -> Vec<(&'static str, Result<Vec<u8>, Failure>)> {
        let summary = json(&self.summary)
            .map(String::into_bytes)
            .map_err(Failure::from);
        let mut files = vec![(SUMMARY, summary)];
        if !self.comparisons.is_empty() {
            files.push((
                OBSERVED,
                observed::file(&self.comparisons).map_err(Failure::from),
            ));
        }
        if !samples.fleet.columns.is_empty() {
            let tables = [
                (SERVICES, fleet_tables::services(scenario, samples)),
                (OPERATIONS, fleet_tables::operations(scenario, samples)),
            ];
            let as_failure = |(name, bytes): (&'static str, csv::Result<Vec<u8>>)| {
                (
                    name,
                    bytes.map_err(|source| StoreError::Table { name, source }.into()),
                )
            };
            files.extend(tables.map(as_failure));
        }
        let users = grouped(scenario.population.users);
        let mut note = format!("one actor for each of {users} users");
        if self.counterfactual.is_some() {
            note.push_str("; a counterfactual beside what was observed");
        }
        let picture = online_plot::draw(&scenario.run.title, &note, samples, &self.comparisons);
        let events = timeline::events(scenario, samples);
        let outage = summary::outage(&self.summary);
        let story = timeline::page(
            scenario,
            &outage,
            self.counterfactual.as_deref(),
            (samples.start, &events),
        );
        files.push((TIMELINE, Ok(story.into_bytes())));
        files.push((EVENTS, timeline::file(&events).map_err(Failure::from)));
        files.push((PLOT, Ok(picture.into_bytes())));
        files
    }
}
