//! The runs that a calibration asks for, and the keys that vary in them.

use crate::experiment::calibration::{
    emulation::emulator::TrainingRun,
    question::{CalibrationJob, CalibrationQuestion, JobPurpose, Outputs, job_seed},
};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CalibrationStop<E> {
    /// The question cannot be asked; nothing was run for it.
    Refused(String),
    /// So many runs failed that nothing can be learned from the others.
    TooManyFailed { failed: usize, runs: usize },
    /// The caller gave no outputs.
    Asked(E),
}

/// Returns the outputs of jobs, in their order.
pub(crate) type AskOutputs<'a, E> = dyn FnMut(&[CalibrationJob]) -> Result<Vec<Outputs>, E> + 'a;

/// The runs so far, and the source of more.
pub(crate) struct Runs<'a, E> {
    pub(crate) question: &'a CalibrationQuestion,
    pub(crate) ask: &'a mut AskOutputs<'a, E>,
    pub(crate) done: Vec<(CalibrationJob, Outputs)>,
    /// The number of the next seed.
    pub(crate) seeds: usize,
}

impl<E> Runs<'_, E> {
    /// A seed that no run has had.
    pub(crate) fn seed(&mut self) -> u64 {
        self.seeds += 1;
        job_seed(self.question, self.seeds)
    }

    /// That too many runs failed.
    pub(crate) fn too_many_failed(&self) -> CalibrationStop<E> {
        CalibrationStop::TooManyFailed {
            failed: self.done.iter().filter(|run| run.1.is_none()).count(),
            runs: self.done.len(),
        }
    }

    /// The outputs of jobs; incomplete ones count as failed.
    pub(crate) fn ask(
        &mut self,
        jobs: Vec<CalibrationJob>,
    ) -> Result<Vec<Outputs>, CalibrationStop<E>> {
        let answers = (self.ask)(&jobs).map_err(CalibrationStop::Asked)?;
        let usable = |outputs: Outputs| outputs.filter(|all| self.question.is_complete(all));
        let mut answers: Vec<Outputs> = answers.into_iter().map(usable).collect();
        answers.resize(jobs.len(), None);
        self.done
            .extend(jobs.into_iter().zip(answers.iter().cloned()));
        Ok(answers)
    }
}

/// Which keys vary: maps points of the kept keys to values of all.
pub(crate) struct Kept<'a> {
    pub(crate) question: &'a CalibrationQuestion,
    /// The question of the kept keys alone.
    pub(crate) reduced: CalibrationQuestion,
    pub(crate) keys: Vec<usize>,
}

impl<'a> Kept<'a> {
    pub(crate) fn new(question: &'a CalibrationQuestion, keys: Vec<usize>) -> Self {
        let priors = keys
            .iter()
            .map(|key| question.priors[*key].clone())
            .collect();
        Self {
            reduced: CalibrationQuestion {
                priors,
                ..question.clone()
            },
            question,
            keys,
        }
    }

    /// The values of all keys, rounded; keys that are not kept have the value of the scenario.
    pub(crate) fn values(&self, units: &[f64]) -> Vec<f64> {
        let fixed = self.question.priors.iter().map(|prior| {
            let middle = prior.value(0.5);
            prior
                .base
                .map_or(middle, |base| base.clamp(prior.low, prior.high))
        });
        let mut values: Vec<f64> = fixed.collect();
        for (key, value) in self.keys.iter().zip(self.reduced.values(units)) {
            values[*key] = value;
        }
        values
    }

    /// The kept coordinates of the values of all keys.
    pub(crate) fn units(&self, values: &[f64]) -> Vec<f64> {
        let kept: Vec<f64> = self.keys.iter().map(|key| values[*key]).collect();
        self.reduced.units(&kept)
    }
}

/// Runs at points of the kept keys: each with a seed of its own, and the points of a chance with more.
pub(crate) fn training<E>(
    runs: &mut Runs<E>,
    kept: &Kept,
    points: &[Vec<f64>],
    first_place: usize,
    purposes: impl Fn(usize) -> Vec<JobPurpose>,
) -> Result<Vec<TrainingRun>, CalibrationStop<E>> {
    let (mut jobs, mut places) = (Vec::new(), Vec::new());
    for (index, units) in points.iter().enumerate() {
        let values = kept.values(units);
        for purpose in purposes(index) {
            places.push(first_place + index);
            jobs.push(CalibrationJob {
                values: values.clone(),
                seed: runs.seed(),
                purpose,
            });
        }
    }
    let units: Vec<Vec<f64>> = jobs.iter().map(|job| kept.units(&job.values)).collect();
    let outputs = runs.ask(jobs)?;
    let all = outputs.into_iter().zip(units).zip(places);
    Ok(all
        .filter_map(|((outputs, units), place)| {
            Some(TrainingRun {
                units,
                outputs: outputs?,
                place,
            })
        })
        .collect())
}
