//! `patchday fit`: prepares the question, asks for runs until the calibration has its answer, and writes
//! the files.
//!
//! The calibration is a pure function of the question and of the runs that it asks for, and all runs are in
//! the ledger. A fit that was stopped is therefore resumed by asking it again: it makes the same proposals,
//! finds the runs that were made, and goes on. Runs are made at the scale of the scenario, those that
//! confirm the answer at the scale of confirmation.

use std::path::PathBuf;

use crate::{
    experiment::{
        calibration::{
            asking::CalibrationStop,
            driver::calibrate,
            look::refusal,
            question::{CalibrationJob, CalibrationQuestion, Outputs},
            spending::least_runs,
        },
        design::effects::FactorEffects,
        error::ExperimentError,
        fit::{
            answer::FitAnswer,
            conclusion::{Concluded, Evidence, is_settled},
            files,
            keys::FitKey,
            observations::{
                incident,
                look::{Look, look},
                points::{DefaultErrors, FitPoint, default_end, points},
                synthetic,
            },
            outputs::{OutputMap, QuestionSettings},
            runs::FitRuns,
        },
        jobs::job::{Job, prepare_job, warn_at, warned},
        storage::{
            answer::Question,
            answer_dir::{AnswerDir, AnswerSettings, StoredAnswer},
        },
    },
    host::{
        error::Failure,
        format::{instant, moment},
        resources::MachineSettings,
    },
    scenario::prepare::{Prepared, ScenarioSettings, load, prepare},
};

/// How often `--until-settled` doubles the budget.
const DOUBLINGS: u32 = 3;

/// The settings of a fit.
#[derive(Clone, Debug)]
pub(crate) struct FitSettings {
    pub(crate) scenario: ScenarioSettings,
    pub(crate) machine: MachineSettings,
    /// Keys with their priors.
    pub(crate) vary: Vec<String>,
    /// The file with the points of an incident, instead of those of the scenario.
    pub(crate) observed: Option<PathBuf>,
    /// The most runs.
    pub(crate) runs: usize,
    /// Whether more runs are made until nothing more is ruled out.
    pub(crate) until_settled: bool,
    /// The numbers of points to hold out.
    pub(crate) hold_out: Vec<usize>,
    pub(crate) errors: DefaultErrors,
    pub(crate) discrepancy: f64,
    /// The scale of the confirming runs; by default that of the others.
    pub(crate) confirm_scale: Option<f64>,
    /// The truth of a synthetic fit.
    pub(crate) synthetic: Option<String>,
    /// The directory of the answer and the ledger. Its budget is not used: the calibration has one.
    pub(crate) answer: AnswerSettings,
}

impl FitSettings {
    /// The scale of the runs that confirm the answer.
    pub(crate) fn confirm_scale(&self) -> f64 {
        self.confirm_scale.unwrap_or(self.scenario.scale)
    }

    /// Everything beside the scenario that the answer depends on.
    pub(crate) fn identity(&self) -> Vec<String> {
        // Every setting is named here, so that a new one has to be decided on.
        let Self {
            scenario: _,
            machine: _,
            vary,
            observed: _,
            runs,
            until_settled,
            hold_out,
            errors,
            discrepancy,
            confirm_scale: _,
            synthetic,
            answer: _,
        } = self;
        let mut identity = vary.clone();
        identity.extend([
            format!("runs {runs} {until_settled}"),
            format!("hold out {hold_out:?}"),
            format!("errors {} {} {}", errors.a, errors.b, errors.c),
            format!("discrepancy {discrepancy}"),
            format!("confirm at {}", self.confirm_scale()),
            format!("synthetic {synthetic:?}"),
        ]);
        identity
    }
}

/// A fit before its first run.
pub(crate) struct FitPlan {
    /// The scenario of all runs, with the points of the incident and the end of the runs.
    pub(crate) scenario: ScenarioSettings,
    pub(crate) prepared: Prepared,
    pub(crate) keys: Vec<FitKey>,
    pub(crate) points: Vec<FitPoint>,
    pub(crate) look: Look,
    /// What the fit rests on, in sentences.
    pub(crate) assumed: Vec<String>,
}

impl FitPlan {
    /// Prepares a fit: reads points and keys, and looks at the points.
    ///
    /// # Errors
    /// Returns an error if the scenario, a key or the points are invalid or cannot inform.
    pub(crate) fn new(settings: &FitSettings) -> Result<Self, Failure> {
        let mut scenario = settings.scenario.clone();
        if let Some(file) = &settings.observed {
            scenario.overrides.push(incident::as_override(file)?);
        }
        let mut loaded = load(&scenario)?;
        let keys = FitKey::all(&settings.vary, &loaded.scenario)?;
        if scenario.until.is_none()
            && let Some(end) = default_end(&loaded.scenario)
        {
            scenario.until = Some(instant(end));
            loaded = load(&scenario)?;
        }
        let prepared = prepare(&scenario)?;
        prepared.warn();
        check_keys(&scenario, &prepared, &keys)?;
        let mut points = points(&loaded.scenario, settings.errors, &settings.hold_out)?;
        let look = look(&mut points, &loaded.scenario, keys.len())?;
        let assumed = assumed(settings, &prepared, &keys);
        Ok(Self {
            scenario,
            prepared,
            keys,
            points,
            look,
            assumed,
        })
    }

    /// A proposed run as a job.
    pub(crate) fn job(&self, (index, proposal): (usize, &CalibrationJob)) -> Job {
        let values = self.keys.iter().zip(&proposal.values);
        Job {
            index,
            replicate: 0,
            seed: proposal.seed,
            set: values.map(|(key, value)| key.set(*value)).collect(),
        }
    }

    /// The question for the calibration with a budget.
    ///
    /// # Errors
    /// Returns an error if it cannot be answered, such as if two points contradict each other.
    pub(crate) fn question(
        &self,
        (map, points): (&OutputMap, &[FitPoint]),
        (settings, runs): (&FitSettings, usize),
    ) -> Result<CalibrationQuestion, Failure> {
        let numbers = QuestionSettings {
            discrepancy: settings.discrepancy,
            runs,
            seed: self.prepared.scenario.run.seed,
        };
        let question = map.question(points, &self.keys, numbers);
        let (keys, least) = (self.keys.len(), least_runs(self.keys.len()));
        let few = || {
            let why = format!("--runs {runs} are too few for {keys} keys; at least {least}");
            (runs < least).then_some(why)
        };
        match refusal(&question).or_else(few) {
            Some(why) => Err(ExperimentError::NothingToFit(why).into()),
            None => Ok(question),
        }
    }
}

/// Warns of keys at the ends of their ranges, and checks that each has an effect.
fn check_keys(
    scenario: &ScenarioSettings,
    prepared: &Prepared,
    keys: &[FitKey],
) -> Result<(), Failure> {
    let mut said = warned(prepared);
    let names = keys.iter().map(|key| key.prior.key.as_str());
    let mut effects = FactorEffects::new(names);
    for end in [0.0, 1.0] {
        let set = keys.iter().map(|key| key.set(key.prior.value(end)));
        let job = Job {
            index: 0,
            replicate: 0,
            seed: prepared.scenario.run.seed,
            set: set.collect(),
        };
        let at_end = prepare_job(scenario, &job)?;
        warn_at(&job, &at_end, &mut said);
        effects.see(&at_end.unscaled);
    }
    effects.check()
}

/// What a fit rests on.
fn assumed(settings: &FitSettings, prepared: &Prepared, keys: &[FitKey]) -> Vec<String> {
    let DefaultErrors { a, b, c } = settings.errors;
    let priors = keys
        .iter()
        .map(|key| format!("{} {}", key.prior.key, key.prior_text()));
    vec![
        format!("priors: {}", priors.collect::<Vec<_>>().join("; ")),
        format!(
            "errors of points without one of their own, as standard deviations and shares of the norm: {a} \
             (confidence A), {b} (B), {c} (C)"
        ),
        format!(
            "what the model cannot meet with any values of these keys is {} of the norm (one standard \
             deviation), at each instant",
            settings.discrepancy
        ),
        format!(
            "every other key has the value of the scenario; the runs end at {}",
            moment(prepared.scenario.run.end.seconds())
        ),
        format!(
            "runs are made at scale {} and confirmed at scale {}; what is learned at a scale holds at full \
             size only if the capacities that matter scale with the users",
            settings.scenario.scale,
            settings.confirm_scale()
        ),
    ]
}

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
        plan.question((&map, &points), (settings, settings.runs))?;
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
    let mut budget = settings.runs;
    let mut doublings = if settings.until_settled { DOUBLINGS } else { 0 };
    let (question, result) = loop {
        let question = plan.question((&map, &points), (settings, budget))?;
        runs.begin();
        let mut ask = |jobs: &[CalibrationJob]| -> Result<Vec<Outputs>, Failure> {
            let records = runs.ask(jobs)?;
            Ok(records.iter().map(|record| map.outputs(record)).collect())
        };
        let result = calibrate(&question, &mut ask).map_err(stopped)?;
        if doublings == 0 || is_settled(&result) {
            break (question, result);
        }
        doublings -= 1;
        budget *= 2;
    };
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
