//! Waves: which part of the range is left, and where the next runs go.
//!
//! I. Vernon, M. Goldstein and R. G. Bower, "Galaxy formation: a Bayesian uncertainty analysis" (2010): a point
//! of the range is implausible if a used point is more than three standard deviations from its emulated
//! value, with chance, misfit, error and discrepancy. What one wave drops stays dropped: its emulator, made
//! for the whole of what was left then, says so.

use patchday_core::Random;

use crate::experiment::{
    calibration::{
        emulation::emulator::Emulator, inference::likelihood::Likelihood, question::ObservedPoint,
    },
    design::samplers::sobol,
};

/// Points further off are dropped.
pub(crate) const IMPLAUSIBLE: f64 = 3.0;
/// Candidates in one look, and how many looks.
const CANDIDATES: usize = 4_096;
const LOOKS: u32 = 16;
/// A wave that leaves more than this part of what was left has dropped nothing.
const NOTHING_DROPPED: f64 = 0.95;
/// Points at which the uncertainty of an emulator is looked at.
const UNCERTAINTY_POINTS: usize = 64;
const SHIFT_DRAWS: u32 = 0x5348_4946;

/// A wave that is done: its emulator, and what it says is left.
#[derive(Clone, Debug)]
pub(crate) struct Wave {
    pub(crate) emulator: Emulator,
    /// Runs that its emulator learned from.
    pub(crate) runs: usize,
    /// The part of the range that is left after this wave and all before.
    pub(crate) share: f64,
    /// The largest standard deviation of an emulated mean in parts of the error of its point, on average over
    /// what is left.
    pub(crate) uncertainty: f64,
}

/// Why there are no more waves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WavesEnd {
    /// The emulators are better known than the points.
    Settled,
    /// The last wave dropped nothing.
    NothingDropped,
    /// No runs are left for another.
    Budget,
    /// No point of the range is plausible.
    NothingPlausible,
}

/// Evenly spread points of the unit cube, others for each look: Sobol's sequence, shifted.
fn candidates(keys: usize, look: u32, seed: u64) -> Vec<Vec<f64>> {
    let random = Random::new(seed);
    let shift = |key: usize| {
        let word = random.draw(look, 0, SHIFT_DRAWS, key as u32).word(0);
        f64::from(word) / 4_294_967_296.0
    };
    let shifts: Vec<f64> = (0..keys).map(shift).collect();
    let mut points = sobol(CANDIDATES, keys);
    for point in &mut points {
        for (unit, shift) in point.iter_mut().zip(&shifts) {
            *unit = (*unit + shift).fract();
        }
    }
    points
}

/// Whether all waves find a point of the unit cube plausible.
pub(crate) fn is_plausible(
    waves: &[&Emulator],
    likelihood: &Likelihood,
    observed: &[f64],
    units: &[f64],
) -> bool {
    waves
        .iter()
        .all(|emulator| likelihood.implausibility(&emulator.at(units), observed) <= IMPLAUSIBLE)
}

/// The part of the range that is left, and up to `count` points in it, evenly spread. Fewer are found if
/// little is left.
pub(crate) fn plausible_points(
    waves: &[&Emulator],
    likelihood: &Likelihood,
    observed: &[f64],
    (keys, count): (usize, usize),
    seed: u64,
) -> (f64, Vec<Vec<f64>>) {
    let (mut looked, mut all) = (0, Vec::new());
    for look in 0..LOOKS {
        let left = candidates(keys, look, seed)
            .into_iter()
            .filter(|units| is_plausible(waves, likelihood, observed, units));
        all.extend(left);
        looked += CANDIDATES;
        if all.len() >= count {
            break;
        }
    }
    let share = all.len() as f64 / looked as f64;
    all.truncate(count);
    (share, all)
}

/// The largest standard deviation of an emulated mean in parts of the error of its point, on average over
/// points that are left.
pub(crate) fn uncertainty(emulator: &Emulator, points: &[ObservedPoint], left: &[Vec<f64>]) -> f64 {
    let used: Vec<&ObservedPoint> = points.iter().filter(|point| !point.held_out).collect();
    let mut sums = vec![0.0; used.len()];
    let mut count = 0.0_f64;
    for units in left.iter().take(UNCERTAINTY_POINTS) {
        let variances = emulator.uncertainty(units);
        for (sum, point) in sums.iter_mut().zip(&used) {
            *sum += variances[point.output].sqrt() / point.error;
        }
        count += 1.0;
    }
    sums.iter()
        .fold(0.0, |most, sum| most.max(sum / count.max(1.0)))
}

/// Whether the waves are at their end, looking at the last one and at the share before it.
pub(crate) fn end(last: &Wave, share_before: Option<f64>) -> Option<WavesEnd> {
    if last.share == 0.0 {
        Some(WavesEnd::NothingPlausible)
    } else if last.uncertainty < 1.0 {
        Some(WavesEnd::Settled)
    } else if share_before.is_some_and(|before| last.share > NOTHING_DROPPED * before) {
        // The first wave may drop nothing since it knows too little.
        Some(WavesEnd::NothingDropped)
    } else {
        None
    }
}
