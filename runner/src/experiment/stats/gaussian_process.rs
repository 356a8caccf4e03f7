//! Gaussian processes: a function of the keys from few, noisy runs, with its uncertainty.
//!
//! A value is a constant mean, plus a smooth function with the covariance Matern 5/2 and a length for
//! each key, plus noise with its own variance (the nugget): C. E. Rasmussen and C. K. I. Williams,
//! "Gaussian Processes for Machine Learning" (2006). Mean and variance are integrated out (restricted
//! likelihood); lengths and nugget maximise the likelihood times a weak prior. Leaving a row out has
//! a closed form: O. Dubrule, "Cross validation of kriging in a unique neighborhood" (1983).
//!
//! Points are in the unit cube, one coordinate a key. Invariants: the fit is a pure function of
//! the rows, on one thread, with sums in a fixed order; every prediction is finite. Rows beyond
//! [`MOST_ROWS`] are thinned, since the time grows with the third power of the rows.

use patchday_core::Random;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::experiment::stats::{
    matrix::{Cholesky, dot},
    nelder_mead::{SearchLimits, minimum},
};

/// The most rows of a process.
pub(crate) const MOST_ROWS: usize = 500;
/// The most rows from which lengths and nugget are fitted.
const MOST_ROWS_FITTED: usize = 150;
/// Bounds of the lengths, in parts of the range of a key, and of the nugget, in parts of the variance
/// of the function.
const LENGTHS: (f64, f64) = (0.03, 30.0);
const NUGGETS: (f64, f64) = (1e-8, 1e3);
/// Standard deviations of the weak priors of the logarithms of length (around 1) and nugget.
const LENGTH_SPREAD: f64 = 2.0;
const NUGGET_SPREAD: f64 = 4.0;
const NUGGET_CENTRE: f64 = 0.05;
const THIN_DRAWS: u32 = 0x5448_494E;

/// What a process is fitted to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a> {
    /// Points of the unit cube.
    pub(crate) points: &'a [Vec<f64>],
    /// The value at each point.
    pub(crate) values: &'a [f64],
    /// The variance of the noise of each row in parts of the nugget; all equal if it is absent.
    pub(crate) noise: Option<&'a [f64]>,
}

/// The expected value at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Prediction {
    pub(crate) mean: f64,
    /// The variance of the function, without the noise of a run.
    pub(crate) variance: f64,
}

/// How well each row is predicted by the others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LeaveOneOut {
    /// Mean and variance, noise included, of each row from all others.
    pub(crate) predictions: Vec<Prediction>,
    /// 1 minus the part of the variance that is not predicted; 1 is perfect, 0 no better than the mean.
    pub(crate) q2: f64,
    /// The part of the rows inside their 90 % interval.
    pub(crate) coverage: f64,
}

/// A fitted process.
#[derive(Clone, Debug)]
pub(crate) struct GaussianProcess {
    lengths: Vec<f64>,
    /// The variance of the noise in parts of the variance of the function.
    nugget: f64,
    /// The variance of the function, in squared units of the values.
    variance: f64,
    mean: f64,
    /// The points divided by the lengths, by rows.
    scaled: Vec<f64>,
    values: Vec<f64>,
    factor: Cholesky,
    /// `K^-1 (y - mean)` in units of the values, and `K^-1 1`.
    weights: Vec<f64>,
    ones: Vec<f64>,
    ones_sum: f64,
}

/// Lengths and nugget of a process, which can be used again for other rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) lengths: Vec<f64>,
    pub(crate) nugget: f64,
}

impl Shape {
    /// From the logarithms that are searched, cut at the bounds.
    fn from_logs(logs: &[f64]) -> Self {
        let (nugget, lengths) = logs.split_last().unwrap_or((&0.0, &[]));
        let bounded = |log: f64, (low, high): (f64, f64)| log.exp().clamp(low, high);
        Self {
            lengths: lengths.iter().map(|log| bounded(*log, LENGTHS)).collect(),
            nugget: bounded(*nugget, NUGGETS),
        }
    }
}

/// Matern 5/2 at a squared distance.
fn correlation(squared: f64) -> f64 {
    let distance = (5.0 * squared).sqrt();
    (1.0 + distance + 5.0 / 3.0 * squared) * (-distance).exp()
}

fn squared_distance(one: &[f64], other: &[f64]) -> f64 {
    let terms = one.iter().zip(other).map(|(x, y)| (x - y) * (x - y));
    terms.sum()
}

/// The part of a fit that depends on the shape.
struct Solved {
    scaled: Vec<f64>,
    factor: Cholesky,
    weights: Vec<f64>,
    ones: Vec<f64>,
    ones_sum: f64,
    mean: f64,
    variance: f64,
    /// Minus the logarithm of the restricted likelihood, without its constant.
    cost: f64,
}

fn solve(rows: Rows, shape: &Shape) -> Option<Solved> {
    let order = rows.values.len();
    let keys = shape.lengths.len();
    let mut scaled = Vec::with_capacity(order * keys);
    for point in rows.points {
        scaled.extend(point.iter().zip(&shape.lengths).map(|(x, l)| x / l));
    }
    let row = |index: usize| &scaled[index * keys..(index + 1) * keys];
    let mut matrix = vec![0.0; order * order];
    for one in 0..order {
        for other in 0..one {
            matrix[one * order + other] = correlation(squared_distance(row(one), row(other)));
        }
        let noise = rows.noise.map_or(1.0, |noise| noise[one]);
        matrix[one * order + one] = 1.0 + shape.nugget * noise;
    }
    let factor = Cholesky::new(matrix, order)?;
    let mut ones = vec![1.0; order];
    factor.solve(&mut ones);
    let ones_sum: f64 = ones.iter().sum();
    let mean = dot(&ones, rows.values) / ones_sum;
    let centred: Vec<f64> = rows.values.iter().map(|value| value - mean).collect();
    let mut weights = centred.clone();
    factor.solve(&mut weights);
    let freedom = (order - 1) as f64;
    let variance = dot(&weights, &centred).max(0.0) / freedom;
    let fit = freedom * variance.max(f64::MIN_POSITIVE).ln();
    let cost = 0.5 * (fit + factor.log_determinant() + ones_sum.ln());
    Some(Solved {
        scaled,
        factor,
        weights,
        ones,
        ones_sum,
        mean,
        variance,
        cost,
    })
}

/// At most `most` entries of a list, drawn at random but always the same, in their order: every n-th
/// point of a design can lie in a part of the range.
fn thinned<T: Clone>(all: &[T], most: usize) -> Vec<T> {
    if all.len() <= most {
        return all.to_vec();
    }
    let random = Random::new(0);
    let word = |place: usize| random.draw(place as u32, 0, THIN_DRAWS, 0).word(0);
    let mut places: Vec<usize> = (0..all.len()).collect();
    places.sort_by_cached_key(|place| (word(*place), *place));
    places.truncate(most);
    places.sort_unstable();
    places.iter().map(|place| all[*place].clone()).collect()
}

impl GaussianProcess {
    /// Fits a process; `None` if there are fewer than three rows, if the rows do not have one length, or if a
    /// number is not finite.
    pub(crate) fn fit(rows: Rows) -> Option<Self> {
        if !is_usable(rows) {
            return None;
        }
        let shape = best_shape(rows)?;
        Self::with_shape(rows, &shape)
    }

    /// The process through rows with a given shape: only mean and variance are fitted.
    pub(crate) fn with_shape(rows: Rows, shape: &Shape) -> Option<Self> {
        if !is_usable(rows) || rows.points[0].len() != shape.lengths.len() {
            return None;
        }
        let points = thinned(rows.points, MOST_ROWS);
        let values = thinned(rows.values, MOST_ROWS);
        let noise = rows.noise.map(|noise| thinned(noise, MOST_ROWS));
        let rows = Rows {
            points: &points,
            values: &values,
            noise: noise.as_deref(),
        };
        let solved = solve(rows, shape)?;
        Some(Self {
            lengths: shape.lengths.clone(),
            nugget: shape.nugget,
            variance: solved.variance,
            mean: solved.mean,
            scaled: solved.scaled,
            factor: solved.factor,
            weights: solved.weights,
            ones: solved.ones,
            ones_sum: solved.ones_sum,
            values,
        })
    }

    /// The length of each key: over a short one the function changes much.
    pub(crate) fn lengths(&self) -> &[f64] {
        &self.lengths
    }

    /// Lengths and nugget.
    pub(crate) fn shape(&self) -> Shape {
        Shape {
            lengths: self.lengths.clone(),
            nugget: self.nugget,
        }
    }

    /// The variance of the noise of a run, in squared units of the values.
    pub(crate) fn noise(&self) -> f64 {
        self.nugget * self.variance
    }

    /// The correlation of a point with each row.
    fn correlations(&self, point: &[f64]) -> Vec<f64> {
        let keys = self.lengths.len();
        let scaled: Vec<f64> = point
            .iter()
            .zip(&self.lengths)
            .map(|(x, l)| x / l)
            .collect();
        if keys == 0 {
            return vec![1.0; self.values.len()];
        }
        let rows = self.scaled.chunks_exact(keys);
        rows.map(|row| correlation(squared_distance(row, &scaled)))
            .collect()
    }

    /// The expected value at a point of the unit cube.
    pub(crate) fn mean(&self, point: &[f64]) -> f64 {
        self.mean + dot(&self.correlations(point), &self.weights)
    }

    /// The expected value at a point of the unit cube and its variance, in which the uncertainty of the
    /// mean of the process is contained.
    pub(crate) fn predict(&self, point: &[f64]) -> Prediction {
        let mut correlations = self.correlations(point);
        let mean = self.mean + dot(&correlations, &self.weights);
        let trend = 1.0 - dot(&self.ones, &correlations);
        self.factor.solve_lower(&mut correlations);
        let known = dot(&correlations, &correlations);
        let share = (1.0 - known).max(0.0) + trend * trend / self.ones_sum;
        Prediction {
            mean,
            variance: self.variance * share,
        }
    }

    /// Predicts each row from all others, without fitting lengths and nugget again.
    pub(crate) fn leave_one_out(&self) -> LeaveOneOut {
        let diagonal = self.factor.inverse_diagonal();
        let rows = self.values.iter().zip(&self.weights);
        let predictions: Vec<Prediction> = rows
            .zip(diagonal.iter().zip(&self.ones))
            .map(|((value, weight), (diagonal, one))| {
                // The inverse covariance without what the mean takes of it.
                let precision = diagonal - one * one / self.ones_sum;
                Prediction {
                    mean: value - weight / precision,
                    variance: self.variance / precision,
                }
            })
            .collect();
        let (q2, coverage) = quality(&self.values, &predictions);
        LeaveOneOut {
            predictions,
            q2,
            coverage,
        }
    }
}

/// The part of the variance of values that predictions explain, and the part of the values inside their 90 %
/// interval. Values that are all equal are explained if the predictions are equal to them.
pub(crate) fn quality(values: &[f64], predictions: &[Prediction]) -> (f64, f64) {
    let quantile = Normal::standard().inverse_cdf(0.95);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let total: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let (mut missed, mut inside) = (0.0, 0.0);
    for (value, one) in values.iter().zip(predictions) {
        missed += (value - one.mean).powi(2);
        // An interval of width zero is as wide as rounding.
        let half = quantile * one.variance.sqrt() + 1e-12 * value.abs();
        if (value - one.mean).abs() <= half {
            inside += 1.0;
        }
    }
    let q2 = match (total > 0.0, missed > 0.0) {
        (true, _) => 1.0 - missed / total,
        (false, true) => 0.0,
        (false, false) => 1.0,
    };
    (q2, inside / count.max(1.0))
}

fn is_usable(rows: Rows) -> bool {
    let (count, keys) = (rows.values.len(), rows.points.first().map_or(0, Vec::len));
    let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
    let point = |point: &Vec<f64>| point.len() == keys && finite(point);
    let noise = rows.noise.is_none_or(|noise| {
        noise.len() == count && noise.iter().all(|one| one.is_finite() && *one >= 0.0)
    });
    count >= 3
        && rows.points.len() == count
        && rows.points.iter().all(point)
        && finite(rows.values)
        && noise
}

/// The shape with the greatest likelihood, searched from fixed starts: first with one length for all keys,
/// then, from the best of these, with a length for each.
fn best_shape(rows: Rows) -> Option<Shape> {
    let points = thinned(rows.points, MOST_ROWS_FITTED);
    let noise = rows.noise.map(|noise| thinned(noise, MOST_ROWS_FITTED));
    let raw = thinned(rows.values, MOST_ROWS_FITTED);
    let count = raw.len() as f64;
    let mean = raw.iter().sum::<f64>() / count;
    let spread = (raw.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
    let keys = points.first()?.len();
    // Values that are all equal but for rounding: no shape is better than another.
    if spread <= 1e-12 * mean.abs() || spread == 0.0 {
        let lengths = vec![1.0; keys];
        return Some(Shape {
            lengths,
            nugget: NUGGET_CENTRE,
        });
    }
    let values: Vec<f64> = raw.iter().map(|value| (value - mean) / spread).collect();
    let rows = Rows {
        points: &points,
        values: &values,
        noise: noise.as_deref(),
    };
    let cost = |logs: &[f64]| {
        let (nugget, lengths) = logs.split_last().unwrap_or((&0.0, &[]));
        let fit = solve(rows, &Shape::from_logs(logs)).map_or(f64::INFINITY, |one| one.cost);
        let of_lengths: f64 = lengths.iter().map(|l| (l / LENGTH_SPREAD).powi(2)).sum();
        let of_nugget = ((nugget - NUGGET_CENTRE.ln()) / NUGGET_SPREAD).powi(2);
        fit + 0.5 * (of_lengths + of_nugget)
    };
    let same = |logs: &[f64]| -> Vec<f64> {
        let lengths = std::iter::repeat_n(logs[0], keys);
        lengths.chain(std::iter::once(logs[1])).collect()
    };
    let search = |evaluations, step| SearchLimits {
        step,
        evaluations,
        tolerance: 0.005,
    };
    let starts = [(0.3_f64, 0.01_f64), (1.0, 0.2), (3.0, 0.01)];
    let best = starts
        .map(|(length, nugget)| {
            let start = [length.ln(), nugget.ln()];
            minimum(&start, search(30, 0.7), |logs| cost(&same(logs)))
        })
        .into_iter()
        .min_by(|one, other| one.1.total_cmp(&other.1))?;
    let (logs, _) = minimum(&same(&best.0), search(60 + 30 * keys, 0.8), cost);
    Some(Shape::from_logs(&logs))
}

#[cfg(test)]
mod tests;
