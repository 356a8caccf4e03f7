//! A fit before its first run: its settings, the scenario of all runs, the keys, and the points.

use std::path::PathBuf;

use crate::{
    experiment::{
        calibration::{
            look::refusal,
            question::{CalibrationJob, CalibrationQuestion},
            spending::least_runs,
        },
        design::effects::FactorEffects,
        error::ExperimentError,
        fit::{
            keys::FitKey,
            observations::{
                incident,
                look::{PointsOverview, look},
                outputs::{OutputMap, QuestionSettings},
                points::{DefaultErrors, FitPoint, default_end, points},
            },
        },
        jobs::job::{Job, prepare_job, warn_at, warned},
        storage::answer_dir::AnswerSettings,
    },
    host::{
        error::Failure,
        format::{instant, moment},
        resources::MachineSettings,
    },
    scenario::prepare::{Prepared, ScenarioSettings, load, prepare},
};

/// How many times as many runs `--until-settled` may make.
const UNTIL_SETTLED: usize = 8;

/// The settings of a fit.
#[derive(Clone, Debug)]
pub(crate) struct FitSettings {
    pub(crate) scenario: ScenarioSettings,
    pub(crate) machine: MachineSettings,
    /// Keys with their priors.
    pub(crate) vary: Vec<String>,
    /// The file with the points of an incident, instead of those of the scenario.
    pub(crate) observed: Option<PathBuf>,
    /// The runs of the planned stages.
    pub(crate) runs: usize,
    /// Whether further waves go on beyond these runs until nothing more is ruled out.
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
    /// The most runs.
    pub(crate) fn most_runs(&self) -> usize {
        match self.until_settled {
            true => self.runs * UNTIL_SETTLED,
            false => self.runs,
        }
    }

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
    pub(crate) look: PointsOverview,
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
        let mut assumed = assumed(settings, &prepared, &keys);
        if let Some(file) = &settings.observed {
            let (count, file) = (points.len(), incident::name(file));
            assumed.insert(
                0,
                format!(
                    "the {count} observed points are those of {file}, instead of those of the scenario"
                ),
            );
        }
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

    /// The question for the calibration.
    ///
    /// # Errors
    /// Returns an error if it cannot be answered, such as if two points contradict each other.
    pub(crate) fn question(
        &self,
        (map, points): (&OutputMap, &[FitPoint]),
        settings: &FitSettings,
    ) -> Result<CalibrationQuestion, Failure> {
        let runs = settings.runs;
        let numbers = QuestionSettings {
            discrepancy: settings.discrepancy,
            runs,
            more_runs: settings.most_runs() - runs,
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
