//! The runs of one question: those that the ledger has, and those that are made for it.
//!
//! A question is a pure function from the records of its runs to more jobs or an answer. It asks a
//! [`RunSource`] for the records of jobs; which of them were made before, by which question, and on
//! how many threads, makes no difference to it. To resume a question is to ask it again.
//!
//! Invariants: no run is made twice, not even if two jobs of a question are the same run. The record
//! of a new run is what the ledger gives back later, to the last bit. A question that proposes jobs
//! from earlier results must propose them in batches of a fixed size, and never as
//! many as there are threads, or its answer would depend on the machine.
//!
//! A budget counts the different runs that a question asks for, whether they are in the ledger or
//! not. The answer then depends on the budget, and not on what happened to be there.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use parking_lot::Mutex;

use crate::{
    experiment::{
        error::ExperimentError,
        jobs::{
            executor::Executor,
            job::{BeforeRun, Job},
            progress::RunCount,
            scenarios::Scenarios,
            without_triggers::described,
        },
        storage::{kept_store::KeptStore, run_ledger::RunLedger, run_ledger_lines::RunKey},
    },
    host::{
        console::say, error::Failure, memory_guard::MemoryWatch, resources::MachineSettings,
        signals::Interrupt,
    },
    results::{figures::Outcome, run_record::RunRecord},
    run::estimate::memory::reserve,
    scenario::prepare::{Prepared, ScenarioSettings},
    store::resume_command,
};

/// How a question uses the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LedgerSettings {
    /// The directory of the ledger, unless it is the one beside the answer.
    pub(crate) directory: Option<PathBuf>,
    /// Whether runs that failed are made again.
    pub(crate) retry_failed: bool,
    /// The most different runs that the question may ask for.
    pub(crate) budget: Option<usize>,
}

impl LedgerSettings {
    /// The settings that an answer depends on, as parts of the hash of a question.
    pub(crate) fn options(&self) -> Vec<String> {
        let budget = self.budget.map(|runs| format!("at most {runs} runs"));
        budget.into_iter().collect()
    }
}

/// The runs of a question.
#[derive(Clone, Copy)]
pub(crate) struct RunSourceSettings<'a> {
    /// The scenario that jobs override.
    pub(crate) scenario: &'a ScenarioSettings,
    pub(crate) machine: MachineSettings,
    /// The scenario of the job that needs most memory.
    pub(crate) largest: &'a Prepared,
    pub(crate) ledger: &'a LedgerSettings,
    /// The directory of the answer.
    pub(crate) answer: &'a Path,
    /// The most runs that the question can ask for.
    pub(crate) most: usize,
    /// Whether it may need fewer.
    pub(crate) at_most: bool,
}

/// The ledger, executor, progress, budget and interrupt of one question.
#[derive(Debug)]
pub(crate) struct RunSource {
    scenario: ScenarioSettings,
    settings: LedgerSettings,
    executor: Executor,
    ledger: Mutex<RunLedger>,
    interrupt: Interrupt,
    _watch: MemoryWatch,
    progress: RunCount,
    /// The different runs that were asked for.
    asked: BTreeSet<RunKey>,
    /// Those of them that were made by this process.
    made: BTreeSet<RunKey>,
    /// Where the series of the runs are kept, by the index of the job.
    keep: Option<KeptStore>,
    /// The number of those that were in the ledger.
    found: usize,
}

impl RunSource {
    /// Opens the ledger and begins to count runs.
    ///
    /// # Errors
    /// Returns an error if the ledger cannot be opened, or if a run does not fit in memory.
    pub(crate) fn open(settings: RunSourceSettings<'_>) -> Result<Self, Failure> {
        let RunSourceSettings {
            scenario,
            machine,
            largest,
            ledger,
            answer,
            most,
            at_most,
        } = settings;
        let most = ledger.budget.map_or(most, |budget| budget.min(most));
        let executor = Executor::new(machine, largest, most)?;
        let opened = RunLedger::open(ledger.directory.as_deref(), answer)?;
        let interrupt = Interrupt::from_signals();
        let progress = RunCount::begin(most);
        if at_most {
            progress.expect(most);
        }
        Ok(Self {
            scenario: scenario.clone(),
            settings: ledger.clone(),
            executor,
            ledger: Mutex::new(opened),
            _watch: MemoryWatch::begin(&interrupt, reserve(&largest.scenario)),
            interrupt,
            progress,
            asked: BTreeSet::new(),
            made: BTreeSet::new(),
            keep: None,
            found: 0,
        })
    }

    /// Keeps columns of the series of each run. The ledger does not have them, so a run that it has and
    /// the store has not is made again.
    pub(crate) fn keep(&mut self, store: KeptStore) {
        self.keep = Some(store);
    }

    /// How many runs are made at once.
    pub(crate) fn executor(&self) -> Executor {
        self.executor
    }

    /// The progress, for lines that a question prints.
    pub(crate) fn progress(&self) -> &RunCount {
        &self.progress
    }

    /// The flag that stops the question.
    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// The different runs that were asked for so far.
    pub(crate) fn asked(&self) -> usize {
        self.asked.len()
    }

    /// The runs that are left of the budget; `None` without one.
    pub(crate) fn left(&self) -> Option<usize> {
        let budget = self.settings.budget?;
        Some(budget.saturating_sub(self.asked.len()))
    }

    /// The records of jobs, in their order. Jobs whose runs the ledger has are not run. If the budget
    /// ends, the records of the first jobs: fewer than there are jobs.
    ///
    /// # Errors
    /// Returns an error, before the first run, if a job is invalid. Also if the question is
    /// interrupted or the ledger cannot be written; runs that ended are then in the ledger.
    pub(crate) fn ask(&mut self, jobs: &[Job]) -> Result<Vec<RunRecord>, Failure> {
        let mut records: BTreeMap<usize, RunRecord> = BTreeMap::new();
        let complete = self.ask_each(jobs, &|_| {}, |place, record| {
            records.insert(place, record.clone());
            Ok(())
        })?;
        if complete {
            Ok(records.into_values().collect())
        } else {
            Err(self.interrupted())
        }
    }

    /// [`RunSource::ask`] for jobs whose records are too many to be kept: `each` is called for each
    /// record with the place of its job, in any order. `before_run` is called before each run with
    /// the index of its job. Returns false if it was interrupted before the last run.
    ///
    /// # Errors
    /// As [`RunSource::ask`]; also the first error of `each`.
    pub(crate) fn ask_each(
        &mut self,
        jobs: &[Job],
        before_run: &BeforeRun<'_>,
        mut each: impl FnMut(usize, &RunRecord) -> Result<(), Failure> + Send,
    ) -> Result<bool, Failure> {
        let scenarios = Scenarios::new(&self.scenario);
        let keys = jobs.iter().map(|job| scenarios.key(job));
        let keys: Vec<RunKey> = keys.collect::<Result<_, _>>()?;
        let keys = &keys[..self.within_budget(&keys)];
        self.ledger.get_mut().refresh()?;
        // The places of each run; several jobs can be the same run.
        let mut places: BTreeMap<RunKey, Vec<usize>> = BTreeMap::new();
        let mut missing: Vec<Job> = Vec::new();
        for (place, key) in keys.iter().enumerate() {
            let is_new = self.asked.insert(*key);
            if let Some(same) = places.get_mut(key) {
                same.push(place);
                continue;
            }
            let known = self.known(*key)?;
            let known = known.filter(|record| self.is_kept(&jobs[place], record));
            if let Some(record) = known {
                if is_new {
                    self.tell_failure(&jobs[place], &record);
                    self.found += 1;
                    self.progress.count_found();
                }
                each(place, &record)?;
                continue;
            }
            places.insert(*key, vec![place]);
            missing.push(Job {
                index: place,
                ..jobs[place].clone()
            });
        }
        let made = Mutex::new(&mut self.made);
        let (ledger, progress) = (&self.ledger, &self.progress);
        let keep = self.keep.as_ref();
        let columns = keep.map_or(&[][..], KeptStore::columns);
        let ended = |job: &Job, record: &RunRecord| {
            let key = keys[job.index];
            if let (Some(store), Outcome::Done { .. }) = (keep, &record.outcome) {
                for place in places.get(&key).into_iter().flatten() {
                    store.add(jobs[*place].index, &record.kept)?;
                }
            }
            let record = ledger.lock().add(key, record)?;
            if let Outcome::Failed(why) = &record.outcome {
                progress.say(&failure_text(job, why));
            }
            made.lock().insert(key);
            progress.count();
            let places = places.get(&key).into_iter().flatten();
            places.copied().try_for_each(|place| each(place, &record))
        };
        let before_run = |place: usize| before_run(jobs[place].index);
        let (base, interrupt) = (&self.scenario, &self.interrupt);
        self.executor
            .run_all(base, &missing, interrupt, &before_run, columns, ended)?;
        let is_made = |job: &Job| self.made.contains(&keys[job.index]);
        Ok(missing.iter().all(is_made))
    }

    /// The record of a run that is not the run of a job, such as one that continues another. `make`
    /// is called if the ledger does not have it; `None` if it was interrupted.
    ///
    /// # Errors
    /// Returns the error of `make`, and an error if the question is interrupted or the ledger cannot
    /// be written.
    pub(crate) fn ask_once(
        &mut self,
        key: RunKey,
        make: impl FnOnce(&Interrupt) -> Result<Option<RunRecord>, Failure>,
    ) -> Result<RunRecord, Failure> {
        let is_new = self.asked.insert(key);
        self.ledger.get_mut().refresh()?;
        if let Some(record) = self.known(key)? {
            if is_new {
                self.found += 1;
                self.progress.count_found();
            }
            return Ok(record);
        }
        if self.interrupt.is_set() {
            return Err(self.interrupted());
        }
        let Some(record) = make(&self.interrupt)? else {
            return Err(self.interrupted());
        };
        let record = self.ledger.get_mut().add(key, &record)?;
        self.made.insert(key);
        self.progress.count();
        Ok(record)
    }

    /// Whether the series of a job is in the store, if there is one. A run that failed has no series.
    fn is_kept(&self, job: &Job, record: &RunRecord) -> bool {
        let failed = matches!(record.outcome, Outcome::Failed(_));
        let has = |store: &KeptStore| failed || store.has(job.index);
        self.keep.as_ref().is_none_or(has)
    }

    /// The number of jobs, from the first one, that the budget allows.
    fn within_budget(&self, keys: &[RunKey]) -> usize {
        let Some(mut left) = self.left() else {
            return keys.len();
        };
        let mut new = BTreeSet::new();
        let exceeds = |key: &RunKey| {
            if self.asked.contains(key) || !new.insert(*key) {
                return false;
            }
            let exceeds = left == 0;
            left = left.saturating_sub(1);
            exceeds
        };
        keys.iter().position(exceeds).unwrap_or(keys.len())
    }

    /// The record of a run in the ledger. A run that failed is not there if failed runs are made
    /// again.
    fn known(&mut self, key: RunKey) -> Result<Option<RunRecord>, Failure> {
        let record = self.ledger.get_mut().get(key)?;
        let again = self.settings.retry_failed && !self.made.contains(&key);
        Ok(record.filter(|record| !(again && matches!(record.outcome, Outcome::Failed(_)))))
    }

    fn tell_failure(&self, job: &Job, record: &RunRecord) {
        if let Outcome::Failed(why) = &record.outcome {
            let text = failure_text(job, why);
            self.progress.say(&format!(
                "{text} (in the ledger; --retry-failed makes it again)"
            ));
        }
    }

    /// The error of a question that is interrupted.
    pub(crate) fn interrupted(&self) -> Failure {
        let path = self.ledger.lock().path().display().to_string();
        let (ended, command) = (self.progress.ended(), resume_command::for_question());
        let hint = format!("the {ended} runs that ended are in {path}; to resume: {command}");
        match self.interrupt.cause() {
            None => ExperimentError::InterruptedQuestion(hint),
            Some(cause) => ExperimentError::OutOfMemory {
                cause: cause.to_owned(),
                hint,
            },
        }
        .into()
    }

    /// Ends the progress, and says how many runs were made and how many were in the ledger.
    pub(crate) fn close(self) {
        let Self {
            ledger,
            progress,
            made,
            found,
            ..
        } = self;
        drop(progress);
        say(&format!(
            "{} runs: {} made now, {found} in the ledger {}",
            made.len() + found,
            made.len(),
            ledger.lock().path().display()
        ));
    }
}

fn failure_text(job: &Job, why: &str) -> String {
    format!(
        "a run failed ({}; seed {}): {why}",
        described(&job.set),
        job.seed
    )
}
