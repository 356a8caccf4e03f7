//! The scenarios of jobs: jobs that differ only in their seeds share one that is read and checked once.
//!
//! Reading and checking a scenario takes as long as a tenth of a small run. Replicates of a point have
//! the same values except the seed, which no check depends on.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use patchday_agents::scenario::Scenario;

use crate::{
    experiment::{
        jobs::job::{Job, prepare_job},
        storage::run_ledger_lines::RunKey,
    },
    host::error::Failure,
    scenario::prepare::ScenarioSettings,
};

/// The number of points whose scenarios are kept: replicates of a few variants alternate.
const MOST: usize = 16;

/// A point: its overrides and its scenario.
type Point = (Vec<String>, Arc<Scenario>);

/// The scenarios of the jobs of an experiment.
pub(crate) struct Scenarios<'a> {
    base: &'a ScenarioSettings,
    /// The points of the last jobs, newest last.
    recent: Mutex<VecDeque<Point>>,
}

impl<'a> Scenarios<'a> {
    /// The scenarios of jobs that override `base`.
    pub(crate) fn new(base: &'a ScenarioSettings) -> Self {
        Self {
            base,
            recent: Mutex::default(),
        }
    }

    /// The scenario of a job.
    ///
    /// # Errors
    /// Returns an error if an override or the resulting scenario is invalid.
    pub(crate) fn get(&self, job: &Job) -> Result<Scenario, Failure> {
        let known = {
            let recent = self.recent.lock();
            let point = recent.iter().rev().find(|(set, _)| *set == job.set);
            point.map(|(_, scenario)| Arc::clone(scenario))
        };
        let shared = match known {
            Some(shared) => shared,
            // Not under the lock, so that other points do not wait.
            None => self.add(job)?,
        };
        let mut scenario = (*shared).clone();
        scenario.run.seed = job.seed;
        Ok(scenario)
    }

    /// The key of the run of a job.
    ///
    /// # Errors
    /// As [`Scenarios::get`].
    pub(crate) fn key(&self, job: &Job) -> Result<RunKey, Failure> {
        Ok(RunKey::new(&self.get(job)?))
    }

    fn add(&self, job: &Job) -> Result<Arc<Scenario>, Failure> {
        let scenario = Arc::new(prepare_job(self.base, job)?.scenario);
        let mut recent = self.recent.lock();
        if recent.len() == MOST {
            recent.pop_front();
        }
        recent.push_back((job.set.clone(), Arc::clone(&scenario)));
        Ok(scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(seed: u64, set: &[&str]) -> Job {
        Job {
            index: 0,
            replicate: 0,
            seed,
            set: set.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn a_shared_scenario_equals_one_that_is_prepared_alone() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../configs/outage-2007.toml");
        let base = ScenarioSettings {
            file: file.into(),
            overrides: Vec::new(),
            scale: 0.001,
            seed: None,
            until: Some("2h".into()),
        };
        let scenarios = Scenarios::new(&base);
        for seed in [1, 2, i64::MAX as u64] {
            for users in ["population.users=200000000", "population.users=210000000"] {
                let job = job(seed, &[users]);
                let alone = prepare_job(&base, &job).unwrap().scenario;
                assert_eq!(scenarios.get(&job).unwrap(), alone);
            }
        }
        assert_eq!(scenarios.recent.lock().len(), 2);
        assert!(scenarios.get(&job(1, &["population.users=-1"])).is_err());
        for users in 0..2 * MOST {
            let set = format!("population.users={}", 200_000_000 + users);
            scenarios.get(&job(1, &[&set])).unwrap();
        }
        assert_eq!(scenarios.recent.lock().len(), MOST);
    }
}
