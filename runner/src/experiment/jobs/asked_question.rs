//! How a question with an answer of its own begins: it is priced, or its directory is claimed and the
//! source of its runs opened.

use std::path::Path;

use crate::{
    experiment::{
        jobs::{
            dry_run::{Design, PricedDesign},
            job::Job,
            run_source::{RunSource, RunSourceSettings},
        },
        storage::{
            answer::Question,
            answer_dir::{AnswerDir, AnswerSettings},
        },
    },
    host::{error::Failure, resources::MachineSettings},
    scenario::prepare::{Prepared, ScenarioSettings},
};

/// A question and everything that its answer and its runs depend on.
#[derive(Clone, Copy)]
pub(crate) struct AskedQuestion<'a> {
    pub(crate) question: Question,
    /// The scenario that jobs override, and what it is without them.
    pub(crate) scenario: &'a ScenarioSettings,
    pub(crate) base: &'a Prepared,
    pub(crate) machine: MachineSettings,
    pub(crate) answer: &'a AnswerSettings,
    /// All option values that the answer depends on, beside the scenario and the ledger.
    pub(crate) options: &'a [String],
    /// The scenario of the job that needs most memory.
    pub(crate) largest: &'a Prepared,
    /// The most runs that it can ask for, and whether it may need fewer.
    pub(crate) most: usize,
    pub(crate) at_most: bool,
}

impl AskedQuestion<'_> {
    fn all_options(&self) -> Vec<String> {
        [self.options, &self.answer.ledger.options()].concat()
    }

    /// Prices the question. `jobs` are those that are known before the first run, `then` says how it
    /// goes on after them, and `other_runs` counts runs that are not the runs of jobs.
    ///
    /// # Errors
    /// As [`PricedDesign::new`].
    pub(crate) fn price(
        &self,
        jobs: &[Job],
        then: Option<String>,
        other_runs: usize,
    ) -> Result<PricedDesign, Failure> {
        let out = self.answer.out.as_deref();
        let directory = AnswerDir::path_for(self.question, self.base, &self.all_options(), out);
        let design = Design {
            question: self.question.name(),
            jobs,
            then,
            other_runs,
            other_scale: None,
        };
        PricedDesign::new(self.runs(&directory), &design)
    }

    /// Claims the directory of the answer, and opens the source of runs.
    ///
    /// # Errors
    /// Returns an error if the directory holds anything else, if the ledger cannot be opened, or if a
    /// run does not fit in memory.
    pub(crate) fn begin(&self) -> Result<(AnswerDir, RunSource), Failure> {
        let AnswerSettings { out, force, .. } = self.answer;
        let options = self.all_options();
        let dir =
            AnswerDir::for_question(self.question, self.base, &options, out.as_deref(), *force)?;
        let source = RunSource::open(self.runs(dir.path()))?;
        Ok((dir, source))
    }

    fn runs<'b>(&'b self, directory: &'b Path) -> RunSourceSettings<'b> {
        RunSourceSettings {
            scenario: self.scenario,
            machine: self.machine,
            largest: self.largest,
            ledger: &self.answer.ledger,
            answer: directory,
            most: self.most,
            at_most: self.at_most,
        }
    }
}
