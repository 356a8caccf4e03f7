//! The minimum of a function by the simplex method of Nelder and Mead.
//!
//! J. A. Nelder and R. Mead, "A simplex method for function minimization" (1965), with the parameters
//! of F. Gao and L. Han, "Implementing the Nelder-Mead simplex algorithm with adaptive parameters"
//! (2012), which depend on the number of dimensions. The search is a pure function of its start. A value
//! that is not a number counts as infinitely large.

/// How far and how long to search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SearchLimits {
    /// The size of the first simplex, in each dimension.
    pub(crate) step: f64,
    /// The most evaluations of the function.
    pub(crate) evaluations: usize,
    /// The search ends when the values at all corners differ by less.
    pub(crate) tolerance: f64,
}

/// The best point found, and its value.
pub(crate) fn minimum(
    start: &[f64],
    search: SearchLimits,
    mut function: impl FnMut(&[f64]) -> f64,
) -> (Vec<f64>, f64) {
    let dimensions = start.len();
    let mut used = 0;
    let mut value = |point: &[f64]| {
        used += 1;
        let value = function(point);
        (if value.is_nan() { f64::INFINITY } else { value }, used)
    };
    let mut corners = vec![(start.to_vec(), value(start).0)];
    for dimension in 0..dimensions {
        let mut corner = start.to_vec();
        corner[dimension] += search.step;
        let at = value(&corner).0;
        corners.push((corner, at));
    }
    let size = (dimensions as f64).max(2.0);
    let (expansion, contraction) = (1.0 + 2.0 / size, 0.75 - 0.5 / size);
    let shrinkage = 1.0 - 1.0 / size;
    let mut evaluations = 0;
    while dimensions > 0 && evaluations < search.evaluations {
        // A stable sort: of equal corners, the older one stays first.
        corners.sort_by(|one, other| one.1.total_cmp(&other.1));
        let (best, worst) = (corners[0].1, corners[dimensions].1);
        if worst - best <= search.tolerance {
            break;
        }
        let second_worst = corners[dimensions - 1].1;
        let centre: Vec<f64> = (0..dimensions)
            .map(|d| corners[..dimensions].iter().map(|c| c.0[d]).sum::<f64>() / dimensions as f64)
            .collect();
        let along = |factor: f64, corners: &[(Vec<f64>, f64)]| -> Vec<f64> {
            let last = &corners[dimensions].0;
            let steps = centre.iter().zip(last);
            steps.map(|(c, w)| c + factor * (c - w)).collect()
        };
        let mut test = |factor: f64, corners: &[(Vec<f64>, f64)]| {
            let point = along(factor, corners);
            let (at, count) = value(&point);
            evaluations = count;
            (point, at)
        };
        let reflected = test(1.0, &corners);
        let replacement = if reflected.1 < best {
            let expanded = test(expansion, &corners);
            Some(if expanded.1 < reflected.1 {
                expanded
            } else {
                reflected
            })
        } else if reflected.1 < second_worst {
            Some(reflected)
        } else if reflected.1 < worst {
            let outside = test(contraction, &corners);
            (outside.1 <= reflected.1).then_some(outside)
        } else {
            let inside = test(-contraction, &corners);
            (inside.1 < worst).then_some(inside)
        };
        if let Some(corner) = replacement {
            corners[dimensions] = corner;
            continue;
        }
        let first = corners[0].0.clone();
        for corner in &mut corners[1..] {
            for (x, centre) in corner.0.iter_mut().zip(&first) {
                *x = centre + shrinkage * (*x - centre);
            }
            let (at, count) = value(&corner.0);
            corner.1 = at;
            evaluations = count;
        }
    }
    corners.sort_by(|one, other| one.1.total_cmp(&other.1));
    corners.swap_remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCH: SearchLimits = SearchLimits {
        step: 0.5,
        evaluations: 2_000,
        tolerance: 1e-14,
    };

    #[test]
    fn finds_the_minimum_of_a_bent_valley() {
        // Rosenbrock's function, whose minimum is at (1, 1).
        let valley = |p: &[f64]| (1.0 - p[0]).powi(2) + 100.0 * (p[1] - p[0] * p[0]).powi(2);
        let (point, value) = minimum(&[-1.2, 1.0], SEARCH, valley);
        assert!(value < 1e-10 && (point[0] - 1.0).abs() < 1e-4, "{point:?}");
    }

    #[test]
    fn finds_the_minimum_in_eight_dimensions() {
        let bowl = |p: &[f64]| -> f64 {
            let term = |(d, x): (usize, &f64)| (d + 1) as f64 * (x - d as f64 * 0.1).powi(2);
            p.iter().enumerate().map(term).sum()
        };
        let (point, _) = minimum(&[1.0; 8], SEARCH, bowl);
        for (d, x) in point.iter().enumerate() {
            assert!((x - d as f64 * 0.1).abs() < 1e-3, "{point:?}");
        }
    }

    #[test]
    fn the_number_of_evaluations_is_limited_and_no_value_is_survived() {
        let mut count = 0;
        let search = SearchLimits {
            evaluations: 30,
            ..SEARCH
        };
        let steep = |p: &[f64]| {
            count += 1;
            if p[0] < 0.0 {
                f64::NAN
            } else {
                p[0] + p[1] * p[1]
            }
        };
        let (point, value) = minimum(&[2.0, 3.0], search, steep);
        assert!(value.is_finite() && point[0] >= 0.0);
        assert!(count <= 33, "{count}");
        assert_eq!(minimum(&[], SEARCH, |_| 4.0), (vec![], 4.0));
    }
}
