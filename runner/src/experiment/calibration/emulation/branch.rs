//! Two kinds of runs: where outputs fall into two groups, and which keys decide.
//!
//! A mean over two kinds of runs is like no run at all, so each kind gets its own emulator, and the chance of
//! the second kind is a logistic function of the keys with their squares. The function is fitted with a
//! normal prior of its coefficients, which keeps it finite where the keys separate the kinds completely.

use crate::experiment::stats::matrix::{Cholesky, dot};

/// The least part of the variance of an output that lies between two groups: 0.75 for evenly spread values,
/// 0.81 for those of a sine, 1 for two values.
const LEAST_BETWEEN: f64 = 0.9;
/// The middle third of the way from one group to the other may have at most this part of the runs.
const MOST_BETWEEN: f64 = 0.05;
/// The standard deviation of the prior of the coefficients, for coordinates from -1 to 1.
const SPREAD: f64 = 4.0;

/// Where the runs part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Split {
    pub(crate) output: usize,
    /// Runs with a value above it are of the second kind.
    pub(crate) threshold: f64,
}

impl Split {
    /// Whether outputs are of the second kind.
    pub(crate) fn is_upper(self, outputs: &[f64]) -> bool {
        outputs[self.output] > self.threshold
    }
}

/// The part of the variance between the two groups of values that part them best, with the threshold;
/// `None` if a group would have fewer than `least` values, or if values lie between the groups.
fn two_groups(values: &[f64], least: usize) -> Option<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    if least == 0 || count < 2 * least {
        return None;
    }
    let mean = sorted.iter().sum::<f64>() / count as f64;
    let total: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
    if total <= 1e-12 * mean * mean * count as f64 || total == 0.0 {
        return None;
    }
    let (mut below, mut best) = (0.0, None::<(f64, usize, f64, f64)>);
    for (index, value) in sorted.iter().enumerate() {
        below += value;
        let lower = index + 1;
        if lower < least || count - lower < least {
            continue;
        }
        let (low, high) = (lower as f64, (count - lower) as f64);
        let (low_mean, high_mean) = (below / low, (mean * count as f64 - below) / high);
        let between = low * high / count as f64 * (high_mean - low_mean).powi(2) / total;
        if best.is_none_or(|one| between > one.0) {
            best = Some((between, index, low_mean, high_mean));
        }
    }
    let (between, index, low_mean, high_mean) = best?;
    let third = (high_mean - low_mean) / 3.0;
    let middle = low_mean + third..high_mean - third;
    let inside = sorted.iter().filter(|value| middle.contains(value)).count();
    let parted = between >= LEAST_BETWEEN && inside as f64 <= MOST_BETWEEN * count as f64;
    let threshold = f64::midpoint(sorted[index], sorted[index + 1]);
    parted.then_some((between, threshold))
}

/// The output that parts the runs best into two kinds, each with at least `least` runs; `None` if no output
/// has two groups.
pub(crate) fn split(outputs: &[Vec<f64>], least: usize) -> Option<Split> {
    let count = outputs.first()?.len();
    let mut best: Option<(f64, Split)> = None;
    for output in 0..count {
        let values: Vec<f64> = outputs.iter().map(|run| run[output]).collect();
        if let Some((between, threshold)) = two_groups(&values, least)
            && best.is_none_or(|one| between > one.0)
        {
            best = Some((between, Split { output, threshold }));
        }
    }
    best.map(|one| one.1)
}

/// The chance of the second kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Classifier {
    coefficients: Vec<f64>,
}

/// 1, the coordinates from -1 to 1, and their squares about the mean of a uniform coordinate.
fn features(units: &[f64]) -> Vec<f64> {
    let centred = units.iter().map(|unit| 2.0 * unit - 1.0);
    let squares = centred.clone().map(|x| x * x - 1.0 / 3.0);
    std::iter::once(1.0).chain(centred).chain(squares).collect()
}

impl Classifier {
    /// Fits the chance by Newton's steps; a pure function of the runs.
    pub(crate) fn fit(units: &[&[f64]], is_upper: &[bool]) -> Option<Self> {
        const STEPS: u32 = 50;
        let rows: Vec<Vec<f64>> = units.iter().map(|one| features(one)).collect();
        let size = rows.first()?.len();
        let mut coefficients = vec![0.0; size];
        for _ in 0..STEPS {
            let mut information = vec![0.0; size * size];
            let mut step = vec![0.0; size];
            for index in 0..size {
                // The constant has a prior so wide that it is none, but keeps the matrix regular.
                let deviation = if index == 0 { 100.0 } else { SPREAD };
                let precision = 1.0 / (deviation * deviation);
                information[index * size + index] = precision;
                step[index] = -precision * coefficients[index];
            }
            for (row, upper) in rows.iter().zip(is_upper) {
                let chance = logistic(dot(row, &coefficients));
                let surprise = f64::from(u8::from(*upper)) - chance;
                let weight = chance * (1.0 - chance);
                for (i, x) in row.iter().enumerate() {
                    step[i] += surprise * x;
                    for (j, y) in row[..=i].iter().enumerate() {
                        information[i * size + j] += weight * x * y;
                    }
                }
            }
            Cholesky::new(information, size)?.solve(&mut step);
            let largest = step.iter().fold(0.0_f64, |most, one| most.max(one.abs()));
            // Far from the maximum a whole step can go too far.
            let scale = if largest > 2.0 { 2.0 / largest } else { 1.0 };
            for (coefficient, change) in coefficients.iter_mut().zip(&step) {
                *coefficient += scale * change;
            }
            if largest < 1e-10 {
                break;
            }
        }
        Some(Self { coefficients })
    }

    /// The chance of the second kind at a point, never exactly 0 or 1.
    pub(crate) fn chance(&self, units: &[f64]) -> f64 {
        logistic(dot(&features(units), &self.coefficients)).clamp(1e-9, 1.0 - 1e-9)
    }

    /// The number of coefficients.
    pub(crate) fn size(&self) -> usize {
        self.coefficients.len()
    }
}

fn logistic(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::design::samplers::{latin_hypercube, random};

    #[test]
    fn two_groups_are_found_and_one_is_not_parted() {
        let draws = random(200, 2, 4);
        let even: Vec<f64> = draws.iter().map(|p| p[0]).collect();
        assert_eq!(two_groups(&even, 8), None);
        let sine: Vec<f64> = even
            .iter()
            .map(|x| (std::f64::consts::TAU * x).sin())
            .collect();
        assert_eq!(two_groups(&sine, 8), None);
        let two = |p: &Vec<f64>| 0.05 * p[1] + if p[0] < 0.3 { 0.1 } else { 0.9 };
        let parted: Vec<f64> = draws.iter().map(two).collect();
        let (between, threshold) = two_groups(&parted, 8).unwrap();
        assert!(
            between > 0.99 && (0.15..0.9).contains(&threshold),
            "{between} {threshold}"
        );
        // A group of fewer runs than the least is no kind of its own.
        assert_eq!(two_groups(&parted, 90), None);
        assert_eq!(two_groups(&[0.179; 40], 8), None);
        assert_eq!(two_groups(&[], 8), None);
        let outputs: Vec<Vec<f64>> = draws.iter().map(|p| vec![p[1], two(p), 0.2]).collect();
        let found = split(&outputs, 8).unwrap();
        assert_eq!(found.output, 1);
        assert!(found.is_upper(&outputs[draws.iter().position(|p| p[0] > 0.5).unwrap()]));
    }

    #[test]
    fn the_chance_is_that_of_the_runs() {
        let points = latin_hypercube(2_000, 2, 3);
        let draws = random(2_000, 1, 8);
        let truth = |p: &[f64]| logistic(6.0 * p[0] - 2.0);
        let upper: Vec<bool> = points
            .iter()
            .zip(&draws)
            .map(|(p, draw)| draw[0] < truth(p))
            .collect();
        let units: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
        let classifier = Classifier::fit(&units, &upper).unwrap();
        for point in points.iter().step_by(50) {
            let error = classifier.chance(point) - truth(point);
            assert!(error.abs() < 0.08, "{point:?} {error}");
        }
    }

    #[test]
    fn separated_kinds_have_a_finite_chance() {
        let points = latin_hypercube(60, 1, 3);
        let units: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
        let upper: Vec<bool> = points.iter().map(|p| p[0] > 0.5).collect();
        let classifier = Classifier::fit(&units, &upper).unwrap();
        assert!(classifier.chance(&[0.9]) > 0.9 && classifier.chance(&[0.1]) < 0.1);
        let same = Classifier::fit(&units, &[true; 60]).unwrap();
        assert!(same.chance(&[0.5]) > 0.9 && same.chance(&[0.5]).is_finite());
        assert_eq!(classifier.size(), 3);
    }
}
