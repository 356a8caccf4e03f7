//! The covariance of what emulators miss, by place.
//!
//! The residuals of a run - each output minus its prediction from all other runs - contain the chance of the
//! run and the error of the emulator. They are correlated between outputs, and both their size and their
//! correlation depend on the place: where an outage begins at about the instant of a point, that point is
//! nearly a coin, and elsewhere it is certain. So the covariance at a place is a mean over the runs,
//! weighted by distance, pulled towards the covariance of all runs. How local the mean is, is chosen by how
//! well it predicts the residuals of runs that are left out.

use crate::experiment::stats::matrix::{Cholesky, dot};

/// How local the covariance is: factors of the squared distance, in parts of the mean one.
const LOCALITIES: [f64; 6] = [0.0, 1.0, 3.0, 8.0, 20.0, 50.0];
/// How many runs the covariance of all runs counts for.
const PULLS: [f64; 3] = [2.0, 6.0, 20.0];

/// Residuals with their places.
#[derive(Clone, Debug)]
pub(crate) struct Residuals {
    /// Points of the unit cube, each coordinate scaled by its importance.
    scaled: Vec<Vec<f64>>,
    /// Scales of the coordinates.
    scales: Vec<f64>,
    /// One vector a run, an entry an output.
    residuals: Vec<Vec<f64>>,
    /// The mean of all products, lower triangle by rows.
    overall: Vec<f64>,
    locality: f64,
    pull: f64,
}

/// The length of a lower triangle, by rows.
fn triangle(outputs: usize) -> usize {
    outputs * (outputs + 1) / 2
}

fn squared_distance(one: &[f64], other: &[f64]) -> f64 {
    let terms = one.iter().zip(other).map(|(x, y)| (x - y) * (x - y));
    terms.sum()
}

impl Residuals {
    /// `importance` says how much the outputs change with each key; `places` which runs are repetitions of
    /// one point; `tolerance` is the variance of the errors of points, by output, in which differences of
    /// residuals do not matter.
    pub(crate) fn new(
        points: &[Vec<f64>],
        places: &[usize],
        residuals: Vec<Vec<f64>>,
        importance: &[f64],
        tolerance: &[f64],
    ) -> Self {
        let mut all = Self::with_choice(points, residuals, importance, (0.0, PULLS[2]));
        let mut best = all.score(places, tolerance);
        let mut chosen = (all.locality, all.pull);
        for locality in LOCALITIES.into_iter().skip(1) {
            for pull in PULLS {
                (all.locality, all.pull) = (locality, pull);
                let score = all.score(places, tolerance);
                if score > best {
                    (best, chosen) = (score, (locality, pull));
                }
            }
        }
        (all.locality, all.pull) = chosen;
        all
    }

    /// With a locality and pull that were chosen before.
    pub(crate) fn with_choice(
        points: &[Vec<f64>],
        residuals: Vec<Vec<f64>>,
        importance: &[f64],
        (locality, pull): (f64, f64),
    ) -> Self {
        // The mean squared distance of two evenly spread points is a sixth of the sum of the squared scales.
        let sum: f64 = importance.iter().sum();
        let factor = if sum > 0.0 { 6.0 / sum } else { 0.0 };
        let scales: Vec<f64> = importance.iter().map(|one| (one * factor).sqrt()).collect();
        let scaled = points.iter().map(|point| scale(point, &scales)).collect();
        let outputs = residuals.first().map_or(0, Vec::len);
        let mut overall = vec![0.0; triangle(outputs)];
        for one in &residuals {
            add_products(&mut overall, one, 1.0 / residuals.len() as f64);
        }
        Self {
            scaled,
            scales,
            residuals,
            overall,
            locality,
            pull,
        }
    }

    /// Locality and pull.
    pub(crate) fn choice(&self) -> (f64, f64) {
        (self.locality, self.pull)
    }

    /// The covariance at a scaled point from the runs that are `used`: the lower triangle by rows.
    fn covariance(&self, scaled: &[f64], used: impl Fn(usize) -> bool) -> Vec<f64> {
        let mut sum = vec![0.0; self.overall.len()];
        let mut weights = self.pull;
        for (run, (point, residual)) in self.scaled.iter().zip(&self.residuals).enumerate() {
            let weight = (-self.locality * squared_distance(point, scaled)).exp();
            // Far runs add nothing that matters, and most are far.
            if weight > 1e-4 && used(run) {
                add_products(&mut sum, residual, weight);
                weights += weight;
            }
        }
        let parts = sum.iter().zip(&self.overall);
        parts
            .map(|(local, overall)| (local + self.pull * overall) / weights)
            .collect()
    }

    /// The covariance of the outputs at a point of the unit cube: the lower triangle by rows.
    pub(crate) fn at(&self, units: &[f64]) -> Vec<f64> {
        if self.locality == 0.0 {
            return self.overall.clone();
        }
        self.covariance(&scale(units, &self.scales), |_| true)
    }

    /// The logarithm of the density of each run's residuals by the covariance of the other points.
    pub(crate) fn log_densities(&self, places: &[usize], tolerance: &[f64]) -> Vec<f64> {
        let outputs = tolerance.len();
        let one = |run: usize| {
            let place = places[run];
            let covariance = self.covariance(&self.scaled[run], |other| places[other] != place);
            let mut matrix = vec![0.0; outputs * outputs];
            for (row, tolerance) in tolerance.iter().enumerate() {
                let start = triangle(row);
                matrix[row * outputs..=row * outputs + row]
                    .copy_from_slice(&covariance[start..=start + row]);
                matrix[row * outputs + row] += tolerance;
            }
            let Some(factor) = Cholesky::new(matrix, outputs) else {
                return f64::NEG_INFINITY;
            };
            let mut residual = self.residuals[run].clone();
            factor.solve_lower(&mut residual);
            -0.5 * (factor.log_determinant() + dot(&residual, &residual))
        };
        (0..self.residuals.len()).map(one).collect()
    }

    fn score(&self, places: &[usize], tolerance: &[f64]) -> f64 {
        self.log_densities(places, tolerance).iter().sum()
    }
}

fn scale(point: &[f64], scales: &[f64]) -> Vec<f64> {
    point.iter().zip(scales).map(|(x, s)| x * s).collect()
}

/// Adds the products of all pairs of entries, times a weight, to a lower triangle.
fn add_products(triangle: &mut [f64], vector: &[f64], weight: f64) {
    let mut start = 0;
    for (row, x) in vector.iter().enumerate() {
        let factor = weight * x;
        for (entry, y) in triangle[start..=start + row].iter_mut().zip(vector) {
            *entry += factor * y;
        }
        start += row + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::design::samplers::{latin_hypercube, random};

    /// Residuals of two outputs: the first has a deviation of 1 below the middle of the first key and of 0.1
    /// above it, the second repeats half of the first.
    fn example(by_place: bool) -> Residuals {
        let points = latin_hypercube(150, 2, 5);
        let draws = random(150, 2, 6);
        let residual = |(p, d): (&Vec<f64>, &Vec<f64>)| {
            let size = if !by_place || p[0] < 0.5 { 1.0 } else { 0.1 };
            // Of a uniform draw with variance 1.
            let x = (d[0] - 0.5) * 12.0_f64.sqrt() * size;
            vec![x, 0.5 * x]
        };
        let residuals: Vec<Vec<f64>> = points.iter().zip(&draws).map(residual).collect();
        let places: Vec<usize> = (0..150).collect();
        Residuals::new(&points, &places, residuals, &[1.0, 0.1], &[1e-4; 2])
    }

    #[test]
    fn covariance_follows_the_place_where_it_varies() {
        let local = example(true);
        assert!(local.choice().0 > 0.0);
        let (noisy, calm) = (local.at(&[0.2, 0.5]), local.at(&[0.9, 0.5]));
        assert!((noisy[0] - 1.0).abs() < 0.3, "{noisy:?}");
        assert!(calm[0] < 0.15, "{calm:?}");
        // The covariance of the two is half the variance of the first everywhere.
        for at in [noisy, calm] {
            assert!((at[1] / at[0] - 0.5).abs() < 1e-9 && (at[2] / at[0] - 0.25).abs() < 1e-9);
        }
    }

    #[test]
    fn covariance_is_that_of_all_runs_where_it_does_not_vary() {
        let even = example(false);
        for at in [[0.1, 0.1], [0.5, 0.5], [0.9, 0.2]] {
            assert!((even.at(&at)[0] - 1.0).abs() < 0.3, "{:?}", even.choice());
        }
    }
}
