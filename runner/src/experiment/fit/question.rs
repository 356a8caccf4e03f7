//! `patchday fit`: prepares the question, asks for runs until the calibration has its answer, and writes
//! the files.
//!
//! The calibration is a pure function of the question and of the runs that it asks for, and all runs are in
//! the ledger. A fit that was stopped is therefore resumed by asking it again: it makes the same proposals,
//! finds the runs that were made, and goes on. Runs are made at the scale of the scenario, those that
//! confirm the answer at the scale of confirmation.

use crate::{
    experiment::{
        calibration::{
            asking::CalibrationStop,
            driver::calibrate,
            question::{CalibrationJob, Outputs},
        },
        error::ExperimentError,
        fit::{
            answer::FitAnswer,
            conclusion::{Concluded, Evidence},
            files,
            observations::{outputs::OutputMap, synthetic},
            plan::{FitPlan, FitSettings},
            runs::FitRuns,
        },
        storage::{
            answer::Question,
            answer_dir::{AnswerDir, StoredAnswer},
        },
    },
    host::error::Failure,
};

/// Fits the keys, writes the files, and returns the answer with its number of runs.
///
/// # Errors
/// Returns an error if the scenario, a key or the points are invalid, if the fit is interrupted, or if
/// a file cannot be written.
pub(crate) fn fit(settings: &FitSettings) -> Result<(StoredAnswer<FitAnswer>, usize), Failure> {
    let plan = FitPlan::new(settings)?;
    let (out, force) = (settings.answer.out.as_deref(), settings.answer.force);
    // A contradiction is found before the directory is made.
    let mut points = plan.points.clone();
    let map = OutputMap::new(&points, &plan.prepared.unscaled);
    if settings.synthetic.is_none() {
        plan.question((&map, &points), settings)?;
    }
    let seed = plan.prepared.scenario.run.seed;
    let truth = settings.synthetic.as_deref();
    let truth = truth
        .map(|text| synthetic::truth(text, &plan.keys, seed))
        .transpose()?;
    let identity = settings.identity();
    let dir = AnswerDir::for_question(Question::Fit, &plan.prepared, &identity, out, force)?;
    let mut runs = FitRuns::new(settings, &plan, dir.path().to_owned());
    if let Some(truth) = &truth {
        let record = runs.ask_truth(&synthetic::truth_job(truth, &plan.keys, seed))?;
        synthetic::observe(&mut points, &record, seed)?;
    }
    let question = plan.question((&map, &points), settings)?;
    let mut ask = |jobs: &[CalibrationJob]| -> Result<Vec<Outputs>, Failure> {
        let records = runs.ask(jobs)?;
        Ok(records.iter().map(|record| map.outputs(record)).collect())
    };
    let result = calibrate(&question, &mut ask).map_err(stopped)?;
    let evidence = Evidence {
        plan: &plan,
        points: &points,
        question: &question,
        map: &map,
        result: &result,
        runs: runs.all(),
        truth: truth.as_deref(),
        confirm_scale: settings.confirm_scale(),
    };
    let Concluded {
        answer,
        posterior,
        emulator,
    } = evidence.conclude();
    let directory = dir.path().to_owned();
    let names: Vec<String> = plan.keys.iter().map(|key| key.prior.key.clone()).collect();
    let numbers = map.numbers(&points);
    files::write_runs(&directory, &names, runs.all())?;
    files::write_posterior(&directory, (&names, &numbers), &posterior)?;
    files::write_predictive(&directory, &answer.bands, &answer.points)?;
    files::write_emulator(&directory, &emulator)?;
    let (count, failed) = (runs.all().len(), runs.failed());
    runs.close();
    Ok((dir.write(answer, count, failed)?, count))
}

/// The error of a calibration that has no answer.
fn stopped(stop: CalibrationStop<Failure>) -> Failure {
    match stop {
        CalibrationStop::Refused(why) => ExperimentError::NothingToFit(why).into(),
        CalibrationStop::TooManyFailed { failed, runs } => {
            ExperimentError::TooManyFailed { failed, runs }.into()
        }
        CalibrationStop::Asked(failure) => failure,
    }
}
