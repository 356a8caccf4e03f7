//! The posterior by importance sampling on a Sobol sequence.
//!
//! The prior is uniform on the unit cube, so the weight of a point is its likelihood, to a power of at most 1
//! that makes up for what the likelihood claims too much ([`super::power`]). If few points carry all the weight,
//! the sequence is laid into a smaller box, turned along the axes of the posterior, until enough points count.
//! Weights sum to 1; everything is a pure function of its arguments.

use patchday_core::Random;

use crate::experiment::{
    calibration::{emulation::emulator::Emulator, inference::likelihood::Likelihood, prior::Prior},
    design::samplers::sobol,
    stats::matrix::{dot, eigenvectors},
};

/// A box is made smaller while fewer than this part of its points count.
const LEAST_EFFECTIVE: f64 = 0.05;
const MOST_PASSES: u32 = 10;
/// Points less likely than the best by this factor's logarithm are outside of the next box: of the likelihood
/// itself, and of one flattened so far that the first matters more.
const EDGE: f64 = 10.0;
const FLAT_EDGE: f64 = 4.0;
const ORDER_DRAWS: u32 = 0x4F52_4452;

/// A weighted sample of the unit cube.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Posterior {
    pub(crate) units: Vec<Vec<f64>>,
    /// One a point; they sum to 1.
    pub(crate) weights: Vec<f64>,
    /// The effective number of points: 1 over the sum of the squared weights.
    pub(crate) effective: f64,
}

/// Weights from their logarithms; all equal if none is finite.
pub(crate) fn normalised(logs: &[f64]) -> Vec<f64> {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !most.is_finite() {
        return vec![1.0 / logs.len().max(1) as f64; logs.len()];
    }
    let raw: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|weight| weight / sum).collect()
}

fn effective(weights: &[f64]) -> f64 {
    1.0 / weights.iter().map(|weight| weight * weight).sum::<f64>()
}

impl Posterior {
    /// From the logarithms of the weights.
    pub(crate) fn new(units: Vec<Vec<f64>>, logs: &[f64]) -> Self {
        let weights = normalised(logs);
        Self {
            effective: effective(&weights),
            units,
            weights,
        }
    }

    /// Samples the posterior of a target, a value for each point.
    pub(crate) fn sample(
        emulator: &Emulator,
        likelihood: &Likelihood,
        target: &[f64],
        power: f64,
        (keys, count): (usize, usize),
    ) -> Self {
        let targets = [target.to_vec()];
        let log =
            |units: &Vec<f64>| power * likelihood.log_densities(&emulator.at(units), &targets)[0];
        // A quarter of the points finds the box.
        let mut units = sobol(count.div_ceil(4), keys);
        let mut logs: Vec<f64> = units.iter().map(log).collect();
        for pass in 0..MOST_PASSES {
            let weights = normalised(&logs);
            let enough = LEAST_EFFECTIVE * units.len() as f64;
            let last = effective(&weights) >= enough || pass + 1 == MOST_PASSES;
            let points = if last { count } else { count.div_ceil(4) };
            let within = if pass == 0 && last {
                sobol(count, keys)
            } else {
                SmallBox::around(&units, &logs).points(points)
            };
            // A box without points inside the cube would lose what was found.
            if within.len() < points / 4 {
                break;
            }
            logs = within.iter().map(log).collect();
            units = within;
            if last {
                break;
            }
        }
        Self::new(units, &logs)
    }

    /// The mean coordinate of a key.
    pub(crate) fn mean(&self, of: impl Fn(&[f64]) -> f64) -> f64 {
        let terms = self.units.iter().zip(&self.weights);
        terms.map(|(units, weight)| weight * of(units)).sum()
    }

    /// Quantiles of a function of the point, for rising probabilities.
    pub(crate) fn quantiles(&self, of: impl Fn(&[f64]) -> f64, parts: &[f64]) -> Vec<f64> {
        let values: Vec<f64> = self.units.iter().map(|units| of(units)).collect();
        weighted_quantiles(&values, &self.weights, parts)
    }

    /// The standard deviation of a function of the point.
    pub(crate) fn deviation(&self, of: impl Fn(&[f64]) -> f64) -> f64 {
        let mean = self.mean(&of);
        self.mean(|units| (of(units) - mean).powi(2))
            .max(0.0)
            .sqrt()
    }

    /// The standard deviation of a key's value in parts of that of its prior.
    pub(crate) fn deviation_ratio(&self, prior: &Prior, key: usize) -> f64 {
        let own = self.deviation(|units| prior.exact(units[key]));
        own / prior_deviation(prior)
    }

    /// Indices of `count` draws, by systematic resampling in a random order: each point is drawn as often as its
    /// weight says, up to one. The order is random because every n-th point of Sobol's sequence lies in a part
    /// of the cube.
    pub(crate) fn draws(&self, count: usize, seed: u64) -> Vec<usize> {
        let random = Random::new(seed);
        let word = |index: usize| random.draw(index as u32, 0, ORDER_DRAWS, 0).word(0);
        let mut order: Vec<usize> = (0..self.weights.len()).collect();
        order.sort_by_cached_key(|index| (word(*index), *index));
        let mut drawn = Vec::with_capacity(count);
        let mut sum = 0.0;
        for index in order.iter().copied() {
            sum += self.weights[index] * count as f64;
            while drawn.len() < count && drawn.len() as f64 + 0.5 < sum {
                drawn.push(index);
            }
        }
        // The sum can fall short of 1 by rounding.
        drawn.resize(count, order.last().copied().unwrap_or(0));
        drawn
    }
}

/// The standard deviation of a prior.
pub(crate) fn prior_deviation(prior: &Prior) -> f64 {
    const STEPS: u32 = 512;
    let value = |step: u32| prior.exact((f64::from(step) + 0.5) / f64::from(STEPS));
    let mean = (0..STEPS).map(value).sum::<f64>() / f64::from(STEPS);
    let squares: f64 = (0..STEPS).map(|step| (value(step) - mean).powi(2)).sum();
    (squares / f64::from(STEPS)).sqrt()
}

/// Quantiles of weighted values; each value counts with half of its weight at its own place.
pub(crate) fn weighted_quantiles(values: &[f64], weights: &[f64], parts: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut found = Vec::with_capacity(parts.len());
    let (mut below, mut position) = (0.0, 0);
    for part in parts {
        while position + 1 < order.len() && below + weights[order[position]] / 2.0 < *part {
            below += weights[order[position]];
            position += 1;
        }
        found.push(order.get(position).map_or(0.0, |at| values[*at]));
    }
    found
}

/// The part of the weight below a value, half of an equal one counted.
pub(crate) fn weight_below(values: &[f64], weights: &[f64], value: f64) -> f64 {
    let terms = values.iter().zip(weights).map(|(one, weight)| {
        if *one < value {
            *weight
        } else if *one == value {
            weight / 2.0
        } else {
            0.0
        }
    });
    terms.sum()
}

/// A box in the unit cube along given axes.
struct SmallBox {
    centre: Vec<f64>,
    axes: Vec<Vec<f64>>,
    /// From and to, along each axis from the centre.
    ends: Vec<(f64, f64)>,
}

impl SmallBox {
    /// The box around the points that may carry weight.
    fn around(units: &[Vec<f64>], logs: &[f64]) -> Self {
        let keys = units.first().map_or(0, Vec::len);
        // Weights flat enough that several points give each axis.
        let wanted = (10.0 * keys as f64).min(units.len() as f64 / 8.0);
        let tempered = |power: f64| {
            let logs: Vec<f64> = logs.iter().map(|log| log * power).collect();
            normalised(&logs)
        };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            if effective(&tempered(middle)) >= wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        let power = if effective(&tempered(1.0)) >= wanted {
            1.0
        } else {
            low
        };
        let weights = tempered(power);
        let mean = |of: &dyn Fn(&[f64]) -> f64| -> f64 {
            let terms = units.iter().zip(&weights);
            terms.map(|(units, weight)| weight * of(units)).sum()
        };
        let centre: Vec<f64> = (0..keys).map(|key| mean(&|units| units[key])).collect();
        let mut covariance = vec![0.0; keys * keys];
        for (entry, sum) in covariance.iter_mut().enumerate() {
            let (one, other) = (entry / keys, entry % keys);
            *sum = mean(&|units| (units[one] - centre[one]) * (units[other] - centre[other]));
        }
        let axes: Vec<Vec<f64>> = eigenvectors(&covariance, keys)
            .into_iter()
            .map(|pair| pair.1)
            .collect();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let edge = FLAT_EDGE.max(EDGE * power);
        let counting = |log: f64| power * (log - most) >= -edge;
        let ends = axes.iter().map(|axis| {
            let along = |units: &Vec<f64>| {
                let terms = units.iter().zip(&centre).zip(axis);
                terms.map(|((x, c), a)| (x - c) * a).sum::<f64>()
            };
            let inside = units
                .iter()
                .zip(logs)
                .filter(|(_, log)| counting(**log))
                .map(|(units, _)| along(units));
            let (low, high) = inside.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(x), high.max(x))
            });
            let margin = 0.15 * (high - low) + 1e-9;
            (low - margin, high + margin)
        });
        Self {
            ends: ends.collect(),
            centre,
            axes,
        }
    }

    /// Evenly spread points of the part of the box inside the cube: about `count` of them.
    fn points(&self, count: usize) -> Vec<Vec<f64>> {
        let keys = self.centre.len();
        let place = |unit: &Vec<f64>| -> Vec<f64> {
            let steps: Vec<f64> = unit
                .iter()
                .zip(&self.ends)
                .map(|(u, (low, high))| low + (high - low) * u)
                .collect();
            (0..keys)
                .map(|key| {
                    let column: Vec<f64> = self.axes.iter().map(|axis| axis[key]).collect();
                    self.centre[key] + dot(&steps, &column)
                })
                .collect()
        };
        let is_inside = |units: &Vec<f64>| units.iter().all(|unit| (0.0..=1.0).contains(unit));
        let all = sobol(8 * count, keys);
        all.iter()
            .map(place)
            .filter(is_inside)
            .take(count)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_draws_follow_the_weights() {
        let units: Vec<Vec<f64>> = sobol(4_095, 1);
        // The density 2 x has the quantiles sqrt(p) and the mean 2 / 3.
        let logs: Vec<f64> = units.iter().map(|p| p[0].max(1e-12).ln()).collect();
        let posterior = Posterior::new(units, &logs);
        let found = posterior.quantiles(|p| p[0], &[0.05, 0.5, 0.95]);
        for (one, part) in found.iter().zip([0.05_f64, 0.5, 0.95]) {
            assert!((one - part.sqrt()).abs() < 1e-3, "{found:?}");
        }
        assert!((posterior.mean(|p| p[0]) - 2.0 / 3.0).abs() < 1e-3);
        assert!((posterior.deviation(|p| p[0]) - (1.0_f64 / 18.0).sqrt()).abs() < 1e-3);
        assert!((posterior.effective / 4_095.0 - 0.75).abs() < 1e-2);
        let drawn = posterior.draws(400, 3);
        let mean = drawn.iter().map(|at| posterior.units[*at][0]).sum::<f64>() / 400.0;
        assert!((mean - 2.0 / 3.0).abs() < 0.04, "{mean}");
    }

    #[test]
    fn weights_without_a_finite_one_are_equal() {
        assert_eq!(normalised(&[f64::NEG_INFINITY; 4]), [0.25; 4]);
        assert!(normalised(&[]).is_empty());
        assert_eq!(normalised(&[-1e6, -1e6 + 800.0])[0], 0.0);
    }

    #[test]
    fn a_box_keeps_all_that_counts_and_lies_along_a_ridge() {
        let units = sobol(8_191, 2);
        let log = |p: &Vec<f64>| {
            let (across, along) = (p[0] + p[1] - 1.0, p[0] - p[1]);
            -0.5 * ((across / 0.02).powi(2) + (along / 0.3).powi(2))
        };
        let logs: Vec<f64> = units.iter().map(log).collect();
        let points = SmallBox::around(&units, &logs).points(4_096);
        assert!(points.len() > 3_000, "{}", points.len());
        let again: Vec<f64> = points.iter().map(log).collect();
        let (before, after) = (Posterior::new(units, &logs), Posterior::new(points, &again));
        let part = |one: &Posterior| one.effective / one.units.len() as f64;
        assert!(part(&after) > 3.0 * part(&before), "{}", part(&after));
        let along = |p: &[f64]| p[0] - p[1];
        assert!((after.deviation(along) - 0.3).abs() < 0.01);
        assert!((before.deviation(along) - 0.3).abs() < 0.02);
    }
}
