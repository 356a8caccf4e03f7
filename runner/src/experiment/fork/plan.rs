//! The keys of the alternatives of a fork, what they cost, and the time left for them.

use std::{path::Path, time::Instant};

use patchday_agents::scenario::Scenario;
use patchday_core::Tick;

use crate::{
    experiment::{
        fork::shared_prefix::Future,
        jobs::dry_run::{PointRuns, PricedDesign},
        storage::{answer::Question, run_ledger_lines::RunKey},
    },
    host::{error::Failure, format::duration},
    run::estimate::{pilot::Pilot, plan::PlannedRun, price::Price},
    scenario::print::canonical,
};

/// The key of an alternative: the run up to the fork, and the scenario after it.
pub(super) fn key(before: &Scenario, at: Tick, after: &Scenario) -> RunKey {
    let at = at.to_string();
    RunKey::from_parts(&["fork", &canonical(before), &at, &canonical(after)])
}

/// The price of a fork: the run up to the fork once, and the rest of it for each alternative.
pub(super) fn planned_fork(
    futures: &[Future],
    (run, at): (PlannedRun<'_>, Tick),
    root: &Path,
) -> Result<PricedDesign, Failure> {
    let whole = f64::from(run.scenario.ticks());
    let rest = |future: &Future| f64::from(future.prepared.scenario.ticks() - at) / whole;
    let work = f64::from(at) / whole + futures.iter().map(rest).sum::<f64>();
    let runs = futures.len();
    let price = Price::new(run, Some(&Pilot::run(run.scenario)?), (runs, 1));
    let point = |future: &Future| PointRuns {
        set: vec![future.name.clone()],
        runs: 1,
        in_ledger: 0,
    };
    Ok(PricedDesign {
        question: Question::Fork.name(),
        directory: root.display().to_string(),
        runs,
        at_most: false,
        known: runs,
        in_ledger: 0,
        then: Some("the run up to the fork once, then the rest of it for each alternative".into()),
        price: price.times(work / runs as f64),
        other_scale: None,
        points: futures.iter().map(point).collect(),
    })
}

/// The time left for all alternatives, by those that this process has made. The time left for one
/// is shown by its own run.
pub(super) struct Pace {
    begun: Instant,
    made: usize,
    to_make: usize,
}

impl Pace {
    /// Begins to make so many alternatives.
    pub(super) fn begin(to_make: usize) -> Self {
        Self {
            begun: Instant::now(),
            made: 0,
            to_make,
        }
    }

    /// Counts an alternative that was made.
    pub(super) fn count(&mut self) {
        self.made += 1;
    }

    /// The time left as the end of a line; empty before the first alternative is made.
    pub(super) fn left(&self) -> String {
        if self.made == 0 {
            return String::new();
        }
        let each = self.begun.elapsed().as_secs_f64() / self.made as f64;
        format!(
            ", {} left for all",
            duration(each * (self.to_make - self.made) as f64)
        )
    }
}
