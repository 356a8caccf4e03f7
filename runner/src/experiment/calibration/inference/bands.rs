//! Predictive bands: what runs of the posterior show at each output, chance included.
//!
//! A draw takes a point of the posterior, a kind of run by its chance there, and normal residuals with the
//! covariance of that place, cut at the possible values. Bands are of runs: the error of a reading is not in
//! them, and is added where a reading is compared.

use patchday_core::Random;

use crate::experiment::{
    calibration::{
        emulation::emulator::Emulator,
        inference::{likelihood::normal_draw, posterior::Posterior},
        question::ObservedPoint,
    },
    stats::matrix::Cholesky,
};

/// Draws of a band.
const DRAWS: usize = 2_000;
/// Errors this many standard deviations wide belong to a 90 % interval.
const NINETY: f64 = 1.644_853_626_951_472_7;
const KIND_DRAWS: u32 = 0x4B49_4E44;

/// Quantiles of an output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OutputBand {
    /// 5, 25, 50, 75 and 95 %.
    pub(crate) quantiles: [f64; 5],
}

/// The bands of one kind of runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BranchBands {
    /// The part of the draws that are of this kind.
    pub(crate) share: f64,
    /// One an output; empty if no draw is of this kind.
    pub(crate) bands: Vec<OutputBand>,
}

/// The bands of all runs and of each kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PredictiveBands {
    pub(crate) all: Vec<OutputBand>,
    /// One or two kinds.
    pub(crate) branches: Vec<BranchBands>,
}

/// Where a reading lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BandPlace {
    Inside,
    /// Inside if its 90 % error is added.
    InsideWithError,
    Above,
    Below,
}

impl OutputBand {
    /// From equally likely values.
    pub(crate) fn new(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let quantile = |part: f64| {
            // Between the two closest values, as the quantile of a uniform sample has it.
            let at = (part * (sorted.len() + 1) as f64 - 1.0).clamp(0.0, sorted.len() as f64 - 1.0);
            let (low, rest) = (at.floor(), at.fract());
            let next = (low as usize + 1).min(sorted.len() - 1);
            sorted[low as usize] * (1.0 - rest) + sorted[next] * rest
        };
        Self {
            quantiles: if sorted.is_empty() {
                [0.0; 5]
            } else {
                [0.05, 0.25, 0.5, 0.75, 0.95].map(quantile)
            },
        }
    }

    /// Where a reading lies with respect to the 90 % band.
    pub(crate) fn place(&self, point: &ObservedPoint) -> BandPlace {
        let [low, .., high] = self.quantiles;
        let error = NINETY * point.error;
        let value = point.value;
        if (low..=high).contains(&value) {
            BandPlace::Inside
        } else if (low - error..=high + error).contains(&value) {
            BandPlace::InsideWithError
        } else if value > high {
            BandPlace::Above
        } else {
            BandPlace::Below
        }
    }
}

/// Bands of the runs' outputs, from runs that were made: one a branch-free output.
pub(crate) fn bands_of_runs(runs: &[Vec<f64>]) -> Vec<OutputBand> {
    let outputs = runs.first().map_or(0, Vec::len);
    let of_output = |output: usize| {
        let values: Vec<f64> = runs.iter().map(|run| run[output]).collect();
        OutputBand::new(&values)
    };
    (0..outputs).map(of_output).collect()
}

/// Bands by emulator.
pub(crate) fn bands(emulator: &Emulator, posterior: &Posterior, seed: u64) -> PredictiveBands {
    let random = Random::new(seed);
    let outputs = emulator.traits().len();
    let kinds = 1 + usize::from(emulator.split().is_some());
    let mut draws: Vec<Vec<Vec<f64>>> = vec![Vec::new(); kinds];
    for (row, at) in posterior.draws(DRAWS, seed).into_iter().enumerate() {
        let states = emulator.at(&posterior.units[at]);
        let word = random.draw(row as u32, 0, KIND_DRAWS, 0).word(0);
        let upper = f64::from(word) / 4_294_967_296.0 >= states[0].chance;
        let kind = usize::from(upper).min(states.len() - 1);
        let state = &states[kind];
        let mut matrix = vec![0.0; outputs * outputs];
        for one in 0..outputs {
            for other in 0..=one {
                matrix[one * outputs + other] = state.covariance(one, other);
            }
            // Outputs that do not vary leave the matrix singular.
            matrix[one * outputs + one] += 1e-10;
        }
        let normal: Vec<f64> = (0..outputs as u32)
            .map(|column| normal_draw(random, row as u32, column))
            .collect();
        let residuals = Cholesky::new(matrix, outputs).map(|factor| factor.times(&normal));
        let traits = emulator.traits().iter().enumerate();
        let values = traits.map(|(output, traits)| {
            let residual = residuals.as_ref().map_or(0.0, |all| all[output]);
            let value = state.means[output] + residual;
            value.max(traits.bounds.0).min(traits.bounds.1)
        });
        draws[kind].push(values.collect());
    }
    let branches = draws.iter().map(|runs| BranchBands {
        share: runs.len() as f64 / DRAWS as f64,
        bands: bands_of_runs(runs),
    });
    let branches: Vec<BranchBands> = branches.collect();
    PredictiveBands {
        all: bands_of_runs(&draws.concat()),
        branches,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_even_values() {
        let values: Vec<f64> = (1..100).map(f64::from).collect();
        assert_eq!(
            OutputBand::new(&values).quantiles,
            [5.0, 25.0, 50.0, 75.0, 95.0]
        );
        assert_eq!(OutputBand::new(&[2.0]).quantiles, [2.0; 5]);
        assert_eq!(OutputBand::new(&[]).quantiles, [0.0; 5]);
    }

    #[test]
    fn readings_are_placed_with_their_error() {
        let band = OutputBand {
            quantiles: [0.2, 0.3, 0.4, 0.5, 0.6],
        };
        let place = |value: f64| {
            band.place(&ObservedPoint {
                name: String::new(),
                instant: 0,
                value,
                error: 0.05,
                output: 0,
                window: None,
                group: None,
                held_out: true,
            })
        };
        assert_eq!(place(0.3), BandPlace::Inside);
        assert_eq!(place(0.65), BandPlace::InsideWithError);
        assert_eq!(place(0.7), BandPlace::Above);
        assert_eq!(place(0.1), BandPlace::Below);
    }
}
