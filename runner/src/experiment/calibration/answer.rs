//! The answer of a calibration.

use crate::experiment::calibration::{
    emulation::{branch::Split, emulator::OutputQuality},
    inference::{
        bands::{BandPlace, OutputBand, PredictiveBands},
        directions::{Direction, Marginal},
        posterior::Posterior,
        power::PowerChoice,
        self_check::SelfCheck,
    },
    look::Look,
    question::{CalibrationJob, Outputs},
    screen::Screening,
    waves::WavesEnd,
};
use crate::experiment::stats::gaussian_process::Shape;

/// Whether a point can say anything about the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Informs {
    Yes,
    /// The same value in every run, whatever the keys.
    Fixed,
    /// The keys move it by less than half of its error.
    TooLittle,
}

/// A wave in figures.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WaveSummary {
    /// Runs that its emulator learned from.
    pub(crate) runs: usize,
    /// The part of the range that is left.
    pub(crate) share: f64,
    /// The standard deviation of the emulated means, in parts of the errors of the points.
    pub(crate) uncertainty: f64,
    /// By output.
    pub(crate) quality: Vec<OutputQuality>,
    /// Lengths and nugget by branch, then by output.
    pub(crate) shapes: Vec<Vec<Shape>>,
}

/// An observed point and its result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PointResult {
    pub(crate) informs: Informs,
    /// By the emulator's band, and by that of the confirmation's runs.
    pub(crate) predicted: BandPlace,
    pub(crate) confirmed: Option<BandPlace>,
}

/// A point of the range that was run again.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BestPoint {
    pub(crate) values: Vec<f64>,
    /// The mean distance from the used points in the run that made it one of the best.
    pub(crate) single: f64,
    /// With fresh seeds, at the scale of confirmation.
    pub(crate) again: Vec<f64>,
}

impl BestPoint {
    /// The mean over the fresh seeds; `None` if all failed.
    pub(crate) fn mean(&self) -> Option<f64> {
        let count = self.again.len() as f64;
        (count > 0.0).then(|| self.again.iter().sum::<f64>() / count)
    }
}

/// The runs with fresh seeds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Confirmation {
    /// Draws of the posterior that did not fail: values of all keys, and outputs.
    pub(crate) draws: Vec<(Vec<f64>, Vec<f64>)>,
    /// Bands of these runs, by output.
    pub(crate) bands: Vec<OutputBand>,
    /// The best points, by their mean over fresh seeds; those whose runs all failed are last.
    pub(crate) best: Vec<BestPoint>,
    /// `None` without draws.
    pub(crate) self_check: Option<SelfCheck>,
}

/// What is known after the waves if part of the range is plausible.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Inference {
    pub(crate) power: PowerChoice,
    /// Of the kept keys.
    pub(crate) posterior: Posterior,
    /// Of the kept keys, the best known direction first.
    pub(crate) directions: Vec<Direction>,
    pub(crate) marginals: Vec<Marginal>,
    /// Pairs of kept keys, by their number among the kept ones.
    pub(crate) correlations: Vec<(usize, usize, f64)>,
    pub(crate) bands: PredictiveBands,
    /// Draws of the posterior: the place of a point, how often it was drawn, and what the emulator expects of
    /// each output there.
    pub(crate) sample: Vec<(usize, usize, Vec<f64>)>,
    pub(crate) confirmation: Confirmation,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CalibrationAnswer {
    pub(crate) look: Look,
    pub(crate) screening: Option<Screening>,
    /// Keys that vary in waves and posterior, in their order.
    pub(crate) kept: Vec<usize>,
    /// All runs in their order.
    pub(crate) runs: Vec<(CalibrationJob, Outputs)>,
    pub(crate) waves: Vec<WaveSummary>,
    pub(crate) waves_end: WavesEnd,
    /// Where runs part into two kinds in the last wave.
    pub(crate) split: Option<Split>,
    /// The standard deviation of chance by output, from repetitions of one point; `None` without any.
    pub(crate) chance: Option<Vec<f64>>,
    /// One a point; empty if nothing is plausible.
    pub(crate) points: Vec<PointResult>,
    pub(crate) inference: Option<Inference>,
}

impl CalibrationAnswer {
    /// Runs that failed.
    pub(crate) fn failed(&self) -> usize {
        self.runs.iter().filter(|run| run.1.is_none()).count()
    }
}
