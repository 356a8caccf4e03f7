//! Closed forms, the Ishigami function by emulator, and coverage.

use patchday_core::Random;

use super::*;
use crate::experiment::design::{
    samplers::{latin_hypercube, sobol},
    test_functions::ishigami,
};

fn rows<'a>(points: &'a [Vec<f64>], values: &'a [f64]) -> Rows<'a> {
    Rows {
        points,
        values,
        noise: None,
    }
}

/// A normal draw by the sum of 12 uniform ones: exact enough for noise.
fn normal(random: Random, row: u32) -> f64 {
    let word = |i: u32| f64::from(random.draw(row, 0, 7, i / 4).word(i as usize % 4));
    (0..12).map(|i| word(i) / 4_294_967_296.0).sum::<f64>() - 6.0
}

#[test]
fn predictions_are_those_of_the_closed_form() {
    // Two points at a distance with correlation c, a third far from both: with mean 0 and a vanishing
    // nugget the process goes through its rows, with variance 0 there.
    let points = [vec![0.1], vec![0.4], vec![0.9]];
    let values = [1.0, 3.0, -2.0];
    let shape = Shape {
        lengths: vec![0.3],
        nugget: 1e-8,
    };
    let process = GaussianProcess::with_shape(rows(&points, &values), &shape).unwrap();
    for (point, value) in points.iter().zip(values) {
        let at = process.predict(point);
        assert!((at.mean - value).abs() < 1e-5, "{at:?}");
        assert!(at.variance < 1e-5);
        assert!((process.mean(point) - at.mean).abs() < 1e-12);
    }
    // Far from all rows only the generalised mean is left, with its own uncertainty on top.
    let far = process.predict(&[100.0]);
    assert!((far.mean - process.mean).abs() < 1e-9);
    let expected = process.variance * (1.0 + 1.0 / process.ones_sum);
    assert!((far.variance - expected).abs() < 1e-9);
    // Matern 5/2 at the distance of one length: (1 + sqrt 5 + 5/3) exp(-sqrt 5).
    assert!((correlation(1.0) - 0.523_994_108_831).abs() < 1e-9);
}

#[test]
fn leaving_a_row_out_is_fitting_without_it() {
    let points = latin_hypercube(20, 2, 3);
    let random = Random::new(9);
    let value =
        |(row, p): (usize, &Vec<f64>)| (3.0 * p[0]).sin() + p[1] + 0.1 * normal(random, row as u32);
    let values: Vec<f64> = points.iter().enumerate().map(value).collect();
    let process = GaussianProcess::fit(rows(&points, &values)).unwrap();
    let shape = process.shape();
    let all = process.leave_one_out();
    for left in 0..points.len() {
        let (mut fewer, mut others) = (points.clone(), values.clone());
        let (point, value) = (fewer.remove(left), others.remove(left));
        let without = GaussianProcess::with_shape(rows(&fewer, &others), &shape).unwrap();
        let expected = without.predict(&point);
        let one = all.predictions[left];
        assert!((one.mean - expected.mean).abs() < 1e-6, "{value}");
        // The variance of the process is that of all rows in the closed form.
        let ratio = process.variance / without.variance;
        let variance = (expected.variance + without.noise()) * ratio;
        assert!((one.variance / variance - 1.0).abs() < 1e-6);
    }
}

#[test]
fn noise_is_found_and_intervals_cover() {
    let random = Random::new(2);
    let truth = |p: &[f64]| (4.0 * p[0]).sin() + p[1] * p[1];
    let points = latin_hypercube(120, 3, 1);
    let noisy = |(row, p): (usize, &Vec<f64>)| truth(p) + 0.2 * normal(random, row as u32);
    let values: Vec<f64> = points.iter().enumerate().map(noisy).collect();
    let process = GaussianProcess::fit(rows(&points, &values)).unwrap();
    let deviation = process.noise().sqrt();
    assert!((0.16..0.24).contains(&deviation), "{deviation}");
    // The third key is dead, and its length says so.
    let lengths = process.lengths();
    assert!(lengths[2] > 3.0 * lengths[0], "{lengths:?}");
    let one_out = process.leave_one_out();
    assert!((0.84..=0.95).contains(&one_out.coverage), "{one_out:?}");
    assert!(one_out.q2 > 0.85, "{}", one_out.q2);
    let fresh = sobol(500, 3);
    let inside = fresh.iter().filter(|point| {
        let at = process.predict(point);
        (truth(point) - at.mean).abs() <= 1.645 * at.variance.sqrt()
    });
    let covered = inside.count();
    assert!((400..=500).contains(&covered), "{covered}");
    assert_eq!(
        process.shape(),
        GaussianProcess::fit(rows(&points, &values))
            .unwrap()
            .shape()
    );
}

#[test]
fn noise_by_row_counts_rows_by_their_precision() {
    // Two values at one point, one with a hundred times the noise: the mean is nearly the other.
    let points = [vec![0.5], vec![0.5], vec![0.5]];
    let noise = [1.0, 100.0, 100.0];
    let shape = Shape {
        lengths: vec![1.0],
        nugget: 1.0,
    };
    let all = Rows {
        points: &points,
        values: &[1.0, 2.0, 2.0],
        noise: Some(&noise),
    };
    let process = GaussianProcess::with_shape(all, &shape).unwrap();
    let expected = (1.0 + 2.0 / 100.0 + 2.0 / 100.0) / (1.0 + 2.0 / 100.0);
    assert!((process.mean(&[0.5]) - expected).abs() < 1e-9);
}

/// First and total indices of a function of three keys (Saltelli 2010, Jansen 1999).
fn indices(function: impl Fn(&[f64]) -> f64) -> [[f64; 3]; 2] {
    let pairs = sobol(4_096, 6);
    let values = |p: &Vec<f64>| {
        let (a, b) = p.split_at(3);
        let mixed = [0, 1, 2].map(|key| {
            let mut point = a.to_vec();
            point[key] = b[key];
            function(&point)
        });
        (function(a), function(b), mixed)
    };
    let all: Vec<(f64, f64, [f64; 3])> = pairs.iter().map(values).collect();
    let count = all.len() as f64;
    let mean = all.iter().map(|v| v.0 + v.1).sum::<f64>() / (2.0 * count);
    let squares = |v: &(f64, f64, [f64; 3])| (v.0 - mean).powi(2) + (v.1 - mean).powi(2);
    let variance = all.iter().map(squares).sum::<f64>() / (2.0 * count);
    let first = |key: usize| {
        let terms = all.iter().map(|v| (v.1 - mean) * (v.2[key] - v.0));
        terms.sum::<f64>() / count / variance
    };
    let total = |key: usize| {
        let terms = all.iter().map(|v| (v.0 - v.2[key]).powi(2));
        terms.sum::<f64>() / (2.0 * count) / variance
    };
    [[0, 1, 2].map(first), [0, 1, 2].map(total)]
}

#[test]
fn an_emulator_of_256_runs_has_the_indices_of_ishigami() {
    let exact = [
        [0.313_905, 0.442_411, 0.0],
        [0.557_589, 0.442_411, 0.243_684],
    ];
    let quality = |count: usize| {
        let points = latin_hypercube(count, 3, 5);
        let values: Vec<f64> = points.iter().map(|p| ishigami(p)).collect();
        let process = GaussianProcess::fit(rows(&points, &values)).unwrap();
        let found = indices(|p| process.mean(p));
        let error = |order: usize| {
            let pairs = found[order].iter().zip(exact[order]);
            pairs
                .map(|(one, other)| (one - other).abs())
                .fold(0.0, f64::max)
        };
        (error(0), error(1), process.leave_one_out().q2)
    };
    let (first, total, q2) = quality(256);
    assert!(first < 0.05 && total < 0.06, "{first} {total}");
    assert!(q2 > 0.95, "{q2}");
    // 64 runs do not suffice, and the emulator says so.
    let (first, total, q2) = quality(64);
    assert!(q2 < 0.9, "{first} {total} {q2}");
}

#[test]
fn unusable_rows_are_refused_and_equal_values_are_predicted() {
    let points = latin_hypercube(9, 2, 1);
    assert!(GaussianProcess::fit(rows(&points[..2], &[1.0, 2.0])).is_none());
    assert!(GaussianProcess::fit(rows(&points, &[1.0; 8])).is_none());
    let mut broken = [1.0; 9];
    broken[3] = f64::NAN;
    assert!(GaussianProcess::fit(rows(&points, &broken)).is_none());
    let process = GaussianProcess::fit(rows(&points, &[0.179; 9])).unwrap();
    let at = process.predict(&[0.3, 0.3]);
    assert!((at.mean - 0.179).abs() < 1e-12 && at.variance < 1e-20);
    let one_out = process.leave_one_out();
    assert!(one_out.q2.is_finite() && one_out.predictions[0].variance.is_finite());
    // Rows beyond the most are thinned.
    let many = latin_hypercube(700, 1, 1);
    let values: Vec<f64> = many.iter().map(|p| p[0]).collect();
    let process = GaussianProcess::fit(rows(&many, &values)).unwrap();
    assert_eq!(process.values.len(), MOST_ROWS);
    assert!((process.mean(&[0.5]) - 0.5).abs() < 1e-3);
}
