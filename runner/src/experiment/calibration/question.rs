//! What a calibration asks, and the runs it needs.

use crate::experiment::{calibration::prior::Prior, design::points::replicate_seed};

/// A value that was observed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ObservedPoint {
    /// Its name in texts.
    pub(crate) name: String,
    /// When, in seconds of any clock; points of one instant are compared with each other.
    pub(crate) instant: i64,
    /// The value, a share of the norm.
    pub(crate) value: f64,
    /// The standard deviation of its error, in the same unit; above 0.
    pub(crate) error: f64,
    /// The output of a run that it is compared with.
    pub(crate) output: usize,
    /// The outputs with the least and the greatest value of the window, if its time is uncertain: the best
    /// value of the window counts.
    pub(crate) window: Option<(usize, usize)>,
    /// The group of alternatives: exactly one point of a group is right, each with the same chance.
    pub(crate) group: Option<usize>,
    /// Not used for the fit; only compared with its result.
    pub(crate) held_out: bool,
}

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CalibrationQuestion {
    /// One prior a key.
    pub(crate) priors: Vec<Prior>,
    pub(crate) points: Vec<ObservedPoint>,
    /// The possible values of each output, such as 0 to 1.5; infinite where there is no bound.
    pub(crate) bounds: Vec<(f64, f64)>,
    /// The standard deviation of what the model cannot meet with any keys, at each instant.
    pub(crate) discrepancy: f64,
    /// The most runs of the planned stages, confirmation included.
    pub(crate) runs: usize,
    /// The most runs for further waves beyond them, which are made as long as waves drop something.
    pub(crate) more_runs: usize,
    /// The seed of design and runs.
    pub(crate) seed: u64,
    /// Points of the Sobol sequence of the posterior: 32,768 by default.
    pub(crate) sample: usize,
}

/// The default number of points of the posterior's sample.
pub(crate) const SAMPLE: usize = 1 << 15;

/// Why a run is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum JobPurpose {
    /// A step of a Morris trajectory.
    Screen,
    /// A point of a wave, counted from 1.
    Wave(u32),
    /// The same point of wave 1 with another seed.
    Chance,
    /// A draw of the posterior, at the scale of confirmation.
    ConfirmDraw,
    /// A repetition of one of the best runs, at the scale of confirmation.
    ConfirmBest,
}

impl JobPurpose {
    /// Whether the run has the scale of confirmation.
    pub(crate) fn is_confirmation(self) -> bool {
        matches!(self, Self::ConfirmDraw | Self::ConfirmBest)
    }
}

/// A run to make.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CalibrationJob {
    /// One value a key, rounded: what the run gets.
    pub(crate) values: Vec<f64>,
    pub(crate) seed: u64,
    pub(crate) purpose: JobPurpose,
}

/// What a run showed: one number an output; `None` if the run failed or did not reach a point.
pub(crate) type Outputs = Option<Vec<f64>>;

/// The seed of the n-th run of a question: all different, so that chance is not taken for an effect.
pub(crate) fn job_seed(question: &CalibrationQuestion, number: usize) -> u64 {
    replicate_seed(question.seed, number as u32)
}

impl CalibrationQuestion {
    /// The values of a point of the unit cube, as a run gets them.
    pub(crate) fn values(&self, units: &[f64]) -> Vec<f64> {
        let pairs = self.priors.iter().zip(units);
        pairs.map(|(prior, unit)| prior.value(*unit)).collect()
    }

    /// The point of the unit cube of values.
    pub(crate) fn units(&self, values: &[f64]) -> Vec<f64> {
        let pairs = self.priors.iter().zip(values);
        pairs.map(|(prior, value)| prior.unit(*value)).collect()
    }

    /// The observed values, one a point.
    pub(crate) fn observed(&self) -> Vec<f64> {
        self.points.iter().map(|point| point.value).collect()
    }

    /// Whether outputs are one finite number for each bound.
    pub(crate) fn is_complete(&self, outputs: &[f64]) -> bool {
        outputs.len() == self.bounds.len() && outputs.iter().all(|value| value.is_finite())
    }
}
