//! `--dry-run`: the design of a question and its price, without a run.
//!
//! A question that chooses its runs by earlier results knows only its first jobs. Nothing is written:
//! neither the directory of the answer nor the ledger is created.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    experiment::{
        jobs::{
            executor::Executor, job::Job, run_source::RunSourceSettings, scenarios::Scenarios,
            without_triggers::described,
        },
        storage::run_ledger::RunLedger,
    },
    host::{error::Failure, resources},
    run::estimate::{pilot::Pilot, plan::PlannedRun, price::Price},
    scenario::prepare::Prepared,
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
#[derive(Clone)]
pub(crate) struct Design<'a> {
    /// The name of its command.
    pub(crate) question: &'static str,
    /// The jobs that are known before the first run.
    pub(crate) jobs: &'a [Job],
    /// How it goes on after them, in words.
    pub(crate) then: Option<String>,
    /// Runs that are not the runs of jobs, such as sweeps up and down.
    pub(crate) other_runs: usize,
    /// Those of its runs that have another scale.
    pub(crate) other_scale: Option<OtherScale<'a>>,
}

/// Runs of a question that have another scale than its jobs.
#[derive(Clone, Copy)]
pub(crate) struct OtherScale<'a> {
    pub(crate) runs: usize,
    /// The scenario at that scale.
    pub(crate) scenario: &'a Prepared,
}

/// The price of the runs that have another scale.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ScalePrice {
    pub(crate) scale: f64,
    #[serde(flatten)]
    pub(crate) price: Price,
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
    /// The price of all runs.
    #[serde(flatten)]
    pub(crate) price: Price,
    /// The part of it for runs of another scale; null without such runs.
    pub(crate) other_scale: Option<Box<ScalePrice>>,
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
        let others = design
            .other_scale
            .map(|other| (other.runs.min(runs), other.scenario));
        let own = runs - others.map_or(0, |(runs, _)| runs);
        let price = priced(settings, settings.largest, (own, in_ledger))?;
        let other_scale = match others {
            None => None,
            Some((runs, scenario)) => Some(Box::new(ScalePrice {
                scale: scenario.scale,
                price: priced(settings, scenario, (runs, 0))?,
            })),
        };
        Ok(Self {
            question: design.question,
            directory: settings.answer.display().to_string(),
            runs,
            at_most: settings.at_most,
            known: seen.len(),
            in_ledger,
            then: design.then.clone(),
            price: match &other_scale {
                None => price,
                Some(other) => price.and(other.price),
            },
            other_scale,
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
            let set = described(&point.set);
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
        if let Some(other) = &self.other_scale {
            text.push_str(&format!(
                "           of it {}\n",
                other.price.part_text(other.scale)
            ));
        }
        text.push_str(&format!("results    {}\n", self.directory));
        text
    }
}

/// The price of so many runs of one scenario, of which the ledger has some.
fn priced(
    settings: RunSourceSettings<'_>,
    of: &Prepared,
    (runs, in_ledger): (usize, usize),
) -> Result<Price, Failure> {
    let executor = Executor::new(settings.machine, of, runs.max(1))?;
    let planned = PlannedRun {
        file: &of.file,
        scenario: &of.scenario,
        scale: of.scale,
        workers: executor.workers,
        available: resources::memory_available(executor.workers.threads),
    };
    let to_make = runs.saturating_sub(in_ledger);
    let pilot = match to_make {
        0 => None,
        _ => Some(Pilot::run(&of.scenario)?),
    };
    let at_once = executor.at_once;
    Ok(Price::new(planned, pilot.as_ref(), (to_make, at_once)))
}
