//! `--dry-run`: the design of a question and its price, without a run.
//!
//! A question that chooses its runs by earlier results knows only its first jobs. Nothing is written:
//! neither the directory of the answer nor the ledger is created.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    experiment::{
        jobs::{executor::Executor, job::Job, run_source::RunSourceSettings, scenarios::Scenarios},
        storage::run_ledger::RunLedger,
    },
    host::{error::Failure, resources},
    run::estimate::{pilot::Pilot, plan::PlannedRun, price::Price},
};

/// The most points that the text lists.
const MOST_LISTED: usize = 40;

/// A question that is answered, or only planned.
#[derive(Debug)]
pub(crate) enum Asked<T> {
    Answered(T),
    Planned(PricedDesign),
}

/// What a question asks for.
#[derive(Clone, Debug)]
pub(crate) struct Design<'a> {
    /// The name of its command.
    pub(crate) question: &'static str,
    /// The jobs that are known before the first run.
    pub(crate) jobs: &'a [Job],
    /// How it goes on after them, in words.
    pub(crate) then: Option<String>,
    /// Runs that are not the runs of jobs, such as sweeps up and down.
    pub(crate) other_runs: usize,
}

/// The runs of one point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct PointRuns {
    /// What it overrides; nothing for the scenario as it is.
    pub(crate) set: Vec<String>,
    pub(crate) runs: usize,
    pub(crate) in_ledger: usize,
}

/// A design with its price.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PricedDesign {
    pub(crate) question: &'static str,
    /// The directory of the answer.
    pub(crate) directory: String,
    /// Runs of the whole question, and whether fewer may be needed.
    pub(crate) runs: usize,
    pub(crate) at_most: bool,
    /// The different runs that are known, and those of them that the ledger has.
    pub(crate) known: usize,
    pub(crate) in_ledger: usize,
    pub(crate) then: Option<String>,
    #[serde(flatten)]
    pub(crate) price: Price,
    pub(crate) points: Vec<PointRuns>,
}

impl PricedDesign {
    /// Prices a design. A pilot of the scenario takes some seconds.
    ///
    /// # Errors
    /// Returns an error if a job is invalid, if the ledger cannot be read, or if a run does not fit in
    /// memory.
    pub(crate) fn new(
        settings: RunSourceSettings<'_>,
        design: &Design<'_>,
    ) -> Result<Self, Failure> {
        let chosen = settings.ledger.directory.as_deref();
        let ledger = RunLedger::look(chosen, settings.answer)?;
        let scenarios = Scenarios::new(settings.scenario);
        let (mut seen, mut places) = (BTreeSet::new(), BTreeMap::new());
        let mut points: Vec<PointRuns> = Vec::new();
        for job in design.jobs {
            let key = scenarios.key(job)?;
            if !seen.insert(key) {
                continue;
            }
            let place = *places.entry(&job.set).or_insert_with(|| {
                points.push(PointRuns {
                    set: job.set.clone(),
                    runs: 0,
                    in_ledger: 0,
                });
                points.len() - 1
            });
            points[place].runs += 1;
            let is_known = ledger.as_ref().is_some_and(|ledger| ledger.contains(key));
            points[place].in_ledger += usize::from(is_known);
        }
        let budget = settings.ledger.budget.unwrap_or(usize::MAX);
        let runs = if settings.at_most {
            settings.most
        } else {
            // Two jobs can be the same run.
            seen.len() + design.other_runs
        };
        let runs = runs.min(budget);
        let in_ledger: usize = points.iter().map(|point| point.in_ledger).sum();
        let executor = Executor::new(settings.machine, settings.largest, runs)?;
        let largest = settings.largest;
        let planned = PlannedRun {
            file: &largest.file,
            scenario: &largest.scenario,
            scale: largest.scale,
            workers: executor.workers,
            available: resources::memory_available(executor.workers.threads),
        };
        let to_make = runs.saturating_sub(in_ledger);
        let pilot = match to_make {
            0 => None,
            _ => Some(Pilot::run(&largest.scenario)?),
        };
        Ok(Self {
            question: design.question,
            directory: settings.answer.display().to_string(),
            runs,
            at_most: settings.at_most,
            known: seen.len(),
            in_ledger,
            then: design.then.clone(),
            price: Price::new(planned, pilot.as_ref(), (to_make, executor.at_once)),
            points,
        })
    }

    /// The design and its price as text.
    pub(crate) fn text(&self) -> String {
        let most = if self.at_most { "at most " } else { "" };
        let mut text = format!(
            "{}: {most}{} runs; {} are known now, and {} of them are in the ledger\n",
            self.question, self.runs, self.known, self.in_ledger
        );
        for point in self.points.iter().take(MOST_LISTED) {
            let set = match point.set.as_slice() {
                [] => "the scenario as it is".to_owned(),
                set => set.join("; "),
            };
            let known = match point.in_ledger {
                0 => String::new(),
                known => format!(", {known} in the ledger"),
            };
            let runs = if point.runs == 1 { "run" } else { "runs" };
            text.push_str(&format!("  {set}: {} {runs}{known}\n", point.runs));
        }
        if let Some(more) = self
            .points
            .len()
            .checked_sub(MOST_LISTED)
            .filter(|more| *more > 0)
        {
            text.push_str(&format!("  and {more} more points\n"));
        }
        if let Some(then) = &self.then {
            text.push_str(&format!("{then}\n"));
        }
        text.push_str(&self.price.text(self.at_most));
        text.push_str(&format!("results    {}\n", self.directory));
        text
    }
}
