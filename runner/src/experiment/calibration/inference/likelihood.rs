//! How well a point of the range agrees with what was observed.
//!
//! The observed values are the outputs of a run, plus a discrepancy of the model at each instant, plus an
//! error of each point. All are normal, given the kind of run; kinds and alternative readings are mixtures.
//! A point whose time is uncertain is compared with the best value of its window, with the variance of the
//! value at its stated time.

use patchday_core::Random;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::experiment::{
    calibration::{
        emulation::emulator::BranchState,
        look::choices,
        question::{CalibrationQuestion, ObservedPoint},
    },
    stats::matrix::{Cholesky, dot},
};

/// Kinds of runs rarer than this do not make a point plausible.
const LEAST_CHANCE: f64 = 0.02;
const NOISE_DRAWS: u32 = 0x4E4F_4953;
const LN_TAU: f64 = 1.837_877_066_409_345_5;

/// The observed points of a question, ready to be compared.
#[derive(Clone, Debug)]
pub(crate) struct Likelihood {
    points: Vec<ObservedPoint>,
    /// All ways to choose one reading of each group.
    choices: Vec<Vec<usize>>,
    discrepancy: f64,
}

/// A normal draw for a purpose of its own.
pub(crate) fn normal_draw(random: Random, row: u32, column: u32) -> f64 {
    let word = random.draw(row, 0, NOISE_DRAWS, column).word(0);
    Normal::standard().inverse_cdf((f64::from(word) + 0.5) / 4_294_967_296.0)
}

/// The logarithm of a sum of exponentials.
fn log_sum(terms: &[f64]) -> f64 {
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + terms.iter().map(|one| (one - most).exp()).sum::<f64>().ln()
}

impl Likelihood {
    pub(crate) fn new(question: &CalibrationQuestion) -> Self {
        Self {
            points: question.points.clone(),
            choices: choices(question),
            discrepancy: question.discrepancy,
        }
    }

    /// Observed minus modelled.
    fn residual(&self, point: usize, value: f64, means: &[f64]) -> f64 {
        let one = &self.points[point];
        let Some((low, high)) = one.window else {
            return value - means[one.output];
        };
        let (low, high) = (means[low].min(means[high]), means[high].max(means[low]));
        value - value.max(low).min(high)
    }

    /// The covariance of two points, with discrepancy and errors.
    fn covariance(&self, state: &BranchState, one: usize, other: usize) -> f64 {
        let (first, second) = (&self.points[one], &self.points[other]);
        let mut sum = state.covariance(first.output, second.output);
        // One instant has one discrepancy, however often it was read.
        if first.instant == second.instant {
            sum += self.discrepancy * self.discrepancy;
        }
        if one == other {
            sum += first.error * first.error;
        }
        sum
    }

    /// The logarithm of the density of each target, a value for each point, at one place.
    pub(crate) fn log_densities(&self, states: &[BranchState], targets: &[Vec<f64>]) -> Vec<f64> {
        // By target, a term for each kind and choice.
        let mut terms: Vec<Vec<f64>> = vec![Vec::new(); targets.len()];
        for state in states {
            for choice in &self.choices {
                let size = choice.len();
                let mut matrix = vec![0.0; size * size];
                for (row, one) in choice.iter().enumerate() {
                    for (column, other) in choice[..=row].iter().enumerate() {
                        matrix[row * size + column] = self.covariance(state, *one, *other);
                    }
                }
                let Some(factor) = Cholesky::new(matrix, size) else {
                    continue;
                };
                let constant = state.chance.ln()
                    - 0.5 * (factor.log_determinant() + size as f64 * LN_TAU)
                    - (self.choices.len() as f64).ln();
                for (target, terms) in targets.iter().zip(&mut terms) {
                    let of_point =
                        |point: &usize| self.residual(*point, target[*point], &state.means);
                    let mut residual: Vec<f64> = choice.iter().map(of_point).collect();
                    factor.solve_lower(&mut residual);
                    terms.push(constant - 0.5 * dot(&residual, &residual));
                }
            }
        }
        terms.iter().map(|terms| log_sum(terms)).collect()
    }

    /// The largest distance of a used point from its emulated value, in standard deviations, for the
    /// likeliest reading of each group and the kind of runs that agrees best.
    pub(crate) fn implausibility(&self, states: &[BranchState], observed: &[f64]) -> f64 {
        let likely = states.iter().filter(|state| state.chance >= LEAST_CHANCE);
        let of_choice = |state: &BranchState, choice: &Vec<usize>| {
            let distances = choice.iter().map(|point| {
                let residual = self.residual(*point, observed[*point], &state.means);
                residual.abs() / self.covariance(state, *point, *point).sqrt()
            });
            distances.fold(0.0, f64::max)
        };
        let all = likely.flat_map(|state| {
            let choices = self.choices.iter();
            choices.map(move |choice| of_choice(state, choice))
        });
        all.fold(f64::INFINITY, f64::min)
    }

    /// What would have been observed if a run were the truth: its outputs with discrepancy and errors. Of each
    /// group one reading is right, and the others are as far from it as they were in fact.
    pub(crate) fn as_observed(&self, outputs: &[f64], random: Random, row: u32) -> Vec<f64> {
        let discrepancy = |instant: i64| {
            let same = |point: &ObservedPoint| point.instant == instant;
            let first = self.points.iter().position(same).unwrap_or(0);
            self.discrepancy * normal_draw(random, row, 2 * first as u32)
        };
        let mut values: Vec<f64> = self
            .points
            .iter()
            .enumerate()
            .map(|(index, point)| {
                let error = point.error * normal_draw(random, row, 2 * index as u32 + 1);
                outputs[point.output] + discrepancy(point.instant) + error
            })
            .collect();
        let word = random
            .draw(row, 1, NOISE_DRAWS, 0)
            .below(0, self.choices.len() as u32);
        for right in &self.choices[word as usize] {
            let group = self.points[*right].group;
            for (other, point) in self.points.iter().enumerate() {
                if group.is_some() && point.group == group && other != *right {
                    values[other] = values[*right] + point.value - self.points[*right].value;
                }
            }
        }
        values
    }

    /// The mean distance of a run from the used points, the best reading of each group: the measure by
    /// which single runs are ranked.
    pub(crate) fn mean_distance(&self, outputs: &[f64], observed: &[f64]) -> f64 {
        let of_choice = |choice: &Vec<usize>| {
            let distances = choice
                .iter()
                .map(|point| self.residual(*point, observed[*point], outputs).abs());
            distances.sum::<f64>() / choice.len().max(1) as f64
        };
        self.choices
            .iter()
            .map(of_choice)
            .fold(f64::INFINITY, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::calibration::prior::Prior;

    fn question(values: &[f64], group: Option<usize>) -> CalibrationQuestion {
        let point = |(at, value): (usize, &f64)| ObservedPoint {
            name: format!("point {at}"),
            instant: at as i64,
            value: *value,
            error: 0.3,
            output: at,
            window: None,
            group,
            held_out: false,
        };
        CalibrationQuestion {
            priors: vec![Prior::uniform("key", 0.0, 1.0)],
            points: values.iter().enumerate().map(point).collect(),
            bounds: vec![(0.0, 1.0); 4],
            discrepancy: 0.4,
            runs: 100,
            more_runs: 0,
            seed: 1,
            sample: 64,
        }
    }

    fn state(chance: f64, means: [f64; 4]) -> BranchState {
        BranchState {
            chance,
            means: means.to_vec(),
            covariance: vec![0.0; 10],
        }
    }

    /// The density of a normal distribution with the deviation of the points, 0.5.
    fn density(distance: f64) -> f64 {
        (-0.5 * (distance / 0.5).powi(2)).exp() / (0.5 * std::f64::consts::TAU.sqrt())
    }

    #[test]
    fn densities_are_products_and_mixtures() {
        let asked = question(&[0.1, 0.9], None);
        let both = Likelihood::new(&asked);
        let at = state(1.0, [0.3, 0.4, 0.0, 0.0]);
        let found = both.log_densities(std::slice::from_ref(&at), &[asked.observed()])[0];
        assert!((found.exp() - density(0.2) * density(0.5)).abs() < 1e-12);
        let either = Likelihood::new(&question(&[0.1, 0.9], Some(0)));
        let found = either.log_densities(&[at], &[asked.observed()])[0];
        assert!((found.exp() - (density(0.2) + density(0.5)) / 2.0).abs() < 1e-12);
        let kinds = [
            state(0.25, [0.1, 0.9, 0.0, 0.0]),
            state(0.75, [0.6, 0.9, 0.0, 0.0]),
        ];
        let found = both.log_densities(&kinds, &[asked.observed()])[0];
        let expected = (0.25 * density(0.0) + 0.75 * density(0.5)) * density(0.0);
        assert!((found.exp() - expected).abs() < 1e-12);
        assert!(both.implausibility(&kinds, &asked.observed()) < 1e-12);
        assert!((both.implausibility(&kinds[1..], &asked.observed()) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_window_counts_its_best_value() {
        let mut asked = question(&[0.5], None);
        asked.points[0].window = Some((1, 2));
        let one = Likelihood::new(&asked);
        let distance = |low, high| one.mean_distance(&[0.0, low, high, 0.0], &[0.5]);
        assert_eq!(distance(0.2, 0.7), 0.0);
        assert!((distance(0.2, 0.4) - 0.1).abs() < 1e-12);
        assert!((distance(0.8, 0.9) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn errors_of_a_run_taken_as_observed_have_their_size() {
        let one = Likelihood::new(&question(&[0.2], None));
        let random = Random::new(3);
        let draws: Vec<f64> = (0..4_000)
            .map(|row| one.as_observed(&[0.7, 0.0, 0.0, 0.0], random, row)[0] - 0.7)
            .collect();
        let square = draws.iter().map(|x| x * x).sum::<f64>() / 4_000.0;
        assert!((square.sqrt() - 0.5).abs() < 0.02, "{square}");
        let either = Likelihood::new(&question(&[0.2, 0.6], Some(0)));
        let values = either.as_observed(&[0.7; 4], random, 0);
        assert!((values[1] - values[0] - 0.4).abs() < 1e-12);
    }
}
