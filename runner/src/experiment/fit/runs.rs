//! The runs of a fit: proposals of the calibration become jobs of the scenario, at one of two scales.

use std::path::PathBuf;

use crate::{
    experiment::{
        calibration::{
            question::{CalibrationJob, JobPurpose},
            spending::spending,
        },
        fit::{
            files::FitRun,
            plan::{FitPlan, FitSettings},
        },
        jobs::{
            job::{Job, prepare_job},
            run_source::{RunSource, RunSourceSettings},
        },
    },
    host::error::Failure,
    results::{figures::Outcome, run_record::RunRecord},
    scenario::prepare::ScenarioSettings,
};

/// The runs of a fit.
pub(crate) struct FitRuns<'a> {
    settings: &'a FitSettings,
    plan: &'a FitPlan,
    directory: PathBuf,
    /// The source of runs at the scale that was asked for last.
    source: Option<(f64, RunSource)>,
    /// All runs, in the order in which they were asked for.
    all: Vec<FitRun>,
}

impl<'a> FitRuns<'a> {
    /// No runs yet, for an answer in a directory.
    pub(crate) fn new(settings: &'a FitSettings, plan: &'a FitPlan, directory: PathBuf) -> Self {
        Self {
            settings,
            plan,
            directory,
            source: None,
            all: Vec::new(),
        }
    }

    /// All runs, in the order in which they were asked for.
    pub(crate) fn all(&self) -> &[FitRun] {
        &self.all
    }

    /// The number of runs that failed.
    pub(crate) fn failed(&self) -> usize {
        let failed = |run: &&FitRun| matches!(run.record.outcome, Outcome::Failed(_));
        self.all.iter().filter(failed).count()
    }

    /// Ends the progress.
    pub(crate) fn close(self) {
        if let Some((_, source)) = self.source {
            source.close();
        }
    }

    /// The record of the run of a synthetic truth. It is not one of the runs of the fit.
    ///
    /// # Errors
    /// Returns an error if it cannot be made.
    pub(crate) fn ask_truth(&mut self, job: &Job) -> Result<RunRecord, Failure> {
        let scale = self.settings.confirm_scale();
        let mut records = self.source(scale, job)?.ask(std::slice::from_ref(job))?;
        Ok(records
            .pop()
            .unwrap_or_else(|| RunRecord::failed("it was not run".into())))
    }

    /// The records of proposed runs, in their order. Proposals of one call have one scale.
    ///
    /// # Errors
    /// Returns an error if a run cannot be made, or if the fit is interrupted.
    pub(crate) fn ask(&mut self, proposals: &[CalibrationJob]) -> Result<Vec<RunRecord>, Failure> {
        let mut records = Vec::with_capacity(proposals.len());
        let confirms = |job: &CalibrationJob| job.purpose.is_confirmation();
        for part in proposals.chunk_by(|one, other| confirms(one) == confirms(other)) {
            let Some(first) = part.first() else { continue };
            let scale = match confirms(first) {
                true => self.settings.confirm_scale(),
                false => self.settings.scenario.scale,
            };
            let jobs: Vec<Job> = part
                .iter()
                .enumerate()
                .map(|one| self.plan.job(one))
                .collect();
            let made = self.source(scale, &jobs[0])?.ask(&jobs)?;
            for (proposal, record) in part.iter().zip(&made) {
                let values = self.plan.keys.iter().zip(&proposal.values);
                self.all.push(FitRun {
                    purpose: purpose_text(proposal.purpose),
                    draw: proposal.purpose == JobPurpose::ConfirmDraw,
                    scale,
                    seed: proposal.seed,
                    values: values.map(|(key, value)| key.text(*value)).collect(),
                    record: record.clone(),
                });
            }
            records.extend(made);
        }
        Ok(records)
    }

    /// The source of runs at a scale. `largest` is the job by which memory is estimated.
    fn source(&mut self, scale: f64, largest: &Job) -> Result<&mut RunSource, Failure> {
        let source = match self.source.take() {
            Some((known, source)) if known == scale => source,
            other => {
                if let Some((_, source)) = other {
                    source.close();
                }
                self.open(scale, largest)?
            }
        };
        Ok(&mut self.source.insert((scale, source)).1)
    }

    fn open(&self, scale: f64, largest: &Job) -> Result<RunSource, Failure> {
        let scenario = ScenarioSettings {
            scale,
            ..self.plan.scenario.clone()
        };
        let largest = prepare_job(&scenario, largest)?;
        let confirmation = spending(self.settings.runs, self.plan.keys.len()).confirmation();
        let most = match scale == self.settings.scenario.scale {
            true => self.settings.most_runs(),
            false => confirmation,
        };
        RunSource::open(RunSourceSettings {
            scenario: &scenario,
            machine: self.settings.machine,
            largest: &largest,
            ledger: &self.settings.answer.ledger,
            answer: &self.directory,
            most,
            at_most: true,
        })
    }
}

/// Why a run is made, in a word or two.
fn purpose_text(purpose: JobPurpose) -> String {
    match purpose {
        JobPurpose::Screen => "screen".into(),
        JobPurpose::Wave(number) => format!("wave {number}"),
        JobPurpose::Chance => "chance".into(),
        JobPurpose::ConfirmDraw => "confirm".into(),
        JobPurpose::ConfirmBest => "confirm best".into(),
    }
}
