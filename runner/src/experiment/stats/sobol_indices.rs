//! Sobol's indices: which share of the variance of a figure is due to each factor.
//!
//! The first-order index is the share that a factor explains alone, by the estimator of Saltelli and
//! others (2010) on centred figures; the total index is the share that is lost if only that factor is
//! fixed, by the estimator of Jansen (1999). Estimates of small indices scatter around 0, so they can
//! be negative; intervals are those of the bootstrap over rows.

use serde::{Deserialize, Serialize};

use crate::experiment::stats::bootstrap;

/// Samples of a bootstrap interval.
const RESAMPLES: u32 = 500;

/// The figures of one row of a Saltelli design. Figures exist only together with their row, so design
/// and results cannot be in different orders.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RowFigures {
    /// The figure at point A.
    pub(crate) a: f64,
    /// The figure at point B.
    pub(crate) b: f64,
    /// For each factor, the figure at point A with that factor from B; `None` if there is none.
    pub(crate) mixed: Vec<Option<f64>>,
}

/// An index with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct IndexEstimate {
    pub(crate) value: f64,
    /// Null for fewer than three rows.
    pub(crate) interval: Option<(f64, f64)>,
}

/// The indices of a factor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SobolIndices {
    /// The share of the variance that the factor explains alone.
    pub(crate) first: IndexEstimate,
    /// The share that would be lost if only this factor were fixed.
    pub(crate) total: IndexEstimate,
    /// The number of rows with a figure.
    pub(crate) rows: u32,
}

/// The mean and the variance of the figure over all points A and B; `None` without two of them.
pub(crate) fn moments(rows: &[RowFigures]) -> Option<(f64, f64)> {
    let all: Vec<usize> = (0..rows.len()).collect();
    moments_of(rows, &all)
}

fn moments_of(rows: &[RowFigures], drawn: &[usize]) -> Option<(f64, f64)> {
    let figures = || drawn.iter().flat_map(|row| [rows[*row].a, rows[*row].b]);
    let count = 2.0 * drawn.len() as f64;
    let mean = figures().sum::<f64>() / count;
    let squares: f64 = figures().map(|figure| (figure - mean).powi(2)).sum();
    (count > 2.0).then(|| (mean, squares / count))
}

/// First-order and total index of a factor from some rows; `None` if the figure does not vary, or if
/// no row has a figure of the factor.
fn estimates(rows: &[RowFigures], drawn: &[usize], factor: usize) -> Option<(f64, f64)> {
    let (mean, variance) = moments_of(rows, drawn).filter(|(_, variance)| *variance > 0.0)?;
    let (mut first, mut total, mut count) = (0.0, 0.0, 0.0);
    for row in drawn.iter().map(|row| &rows[*row]) {
        if let Some(mixed) = row.mixed[factor] {
            first += (row.b - mean) * (mixed - row.a);
            total += (mixed - row.a).powi(2);
            count += 1.0;
        }
    }
    (count > 0.0).then(|| (first / count / variance, total / count / variance / 2.0))
}

/// The indices of all factors; `None` for a factor without figures, or if the figure does not vary.
pub(crate) fn indices(rows: &[RowFigures], factors: usize, seed: u64) -> Vec<Option<SobolIndices>> {
    let all: Vec<usize> = (0..rows.len()).collect();
    let statistics = |drawn: &[usize]| -> Vec<Option<f64>> {
        let of_factor = |factor| {
            let found = estimates(rows, drawn, factor);
            [found.map(|(first, _)| first), found.map(|(_, total)| total)]
        };
        (0..factors).flat_map(of_factor).collect()
    };
    let values = statistics(&all);
    let intervals = bootstrap::intervals(rows.len(), RESAMPLES, seed, statistics);
    let of_factor = |factor: usize| {
        let estimate = |place: usize| {
            Some(IndexEstimate {
                value: values[place]?,
                interval: intervals[place],
            })
        };
        Some(SobolIndices {
            first: estimate(2 * factor)?,
            total: estimate(2 * factor + 1)?,
            rows: rows
                .iter()
                .filter(|row| row.mixed[factor].is_some())
                .count() as u32,
        })
    };
    (0..factors).map(of_factor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::design::{
        saltelli::SaltelliRow,
        samplers,
        test_functions::{ISHIGAMI, ishigami, sobol_g},
    };

    /// Evaluates a function of the unit cube on all points of a design, a factor for each coordinate.
    fn evaluate(design: &[SaltelliRow], figure: impl Fn(&[f64]) -> f64) -> Vec<RowFigures> {
        let row = |row: &SaltelliRow| RowFigures {
            a: figure(&row.a),
            b: figure(&row.b),
            mixed: (0..row.a.len())
                .map(|factor| Some(figure(&row.mixed(&[factor]))))
                .collect(),
        };
        design.iter().map(row).collect()
    }

    fn random_design(rows: usize, coordinates: usize, seed: u64) -> Vec<SaltelliRow> {
        let row = |mut a: Vec<f64>| SaltelliRow {
            b: a.split_off(coordinates),
            a,
        };
        let points = samplers::random(rows, 2 * coordinates, seed);
        points.into_iter().map(row).collect()
    }

    /// The largest errors of first-order and total indices.
    fn errors(rows: &[RowFigures], exact: &[(f64, f64)]) -> (f64, f64) {
        let all: Vec<usize> = (0..rows.len()).collect();
        let found = exact.iter().enumerate().map(|(factor, exact)| {
            let found = estimates(rows, &all, factor).unwrap();
            ((found.0 - exact.0).abs(), (found.1 - exact.1).abs())
        });
        found.fold((0.0, 0.0), |most: (f64, f64), one| {
            (most.0.max(one.0), most.1.max(one.1))
        })
    }

    #[test]
    fn indices_of_the_function_of_ishigami() {
        for (points, seeds, tolerance) in [(1_024, 30, 0.035), (4_096, 8, 0.025)] {
            for seed in 0..seeds {
                let rows = evaluate(&SaltelliRow::all(points, 3, seed), ishigami);
                let (first, total) = errors(&rows, &ISHIGAMI);
                assert!(
                    first < tolerance && total < tolerance,
                    "{points} {seed}: {first} {total}"
                );
            }
        }
        for seed in 0..20 {
            let rows = evaluate(&random_design(1_024, 3, seed), ishigami);
            let (first, total) = errors(&rows, &ISHIGAMI);
            assert!(first < 0.12 && total < 0.12, "{seed}: {first} {total}");
        }
        let rows = evaluate(&SaltelliRow::all(4_096, 3, 1), ishigami);
        assert!((moments(&rows).unwrap().1 - 13.844_588).abs() < 0.1);
    }

    #[test]
    fn indices_of_the_function_g() {
        let a = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0];
        let figure = |place: &[f64]| sobol_g(place, &a);
        let exact = [
            (0.71619, 0.78714),
            (0.17905, 0.24220),
            (0.02368, 0.03432),
            (0.00716, 0.01046),
            (0.00007, 0.00010),
            (0.00007, 0.00010),
            (0.00007, 0.00010),
            (0.00007, 0.00010),
        ];
        for seed in 0..10 {
            let rows = evaluate(&SaltelliRow::all(1_024, 8, seed), figure);
            let (first, total) = errors(&rows, &exact);
            assert!(first < 0.03 && total < 0.04, "{seed}: {first} {total}");
            let dead = indices(&rows, 8, 1);
            for found in dead[4..].iter().map(|found| found.unwrap()) {
                assert!(found.total.value < 0.001 && found.first.value.abs() < 0.005);
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let mut rows = evaluate(&SaltelliRow::all(256, 3, 1), ishigami);
        let before = indices(&rows, 3, 1);
        rows.reverse();
        rows.swap(3, 200);
        for (one, other) in before.iter().zip(indices(&rows, 3, 1)) {
            let (one, other) = (one.unwrap(), other.unwrap());
            assert!((one.first.value - other.first.value).abs() < 1e-12);
            assert!((one.total.value - other.total.value).abs() < 1e-12);
        }
    }

    /// How often the intervals of first-order and total indices hold the exact ones in 200 designs.
    fn covered(design: impl Fn(u64) -> Vec<SaltelliRow>) -> [u32; 6] {
        let mut covered = [0_u32; 6];
        for seed in 0..200 {
            let all = indices(&evaluate(&design(seed), ishigami), 3, seed);
            for (factor, exact) in ISHIGAMI.into_iter().enumerate() {
                let found = all[factor].unwrap();
                let pairs = [(found.first, exact.0), (found.total, exact.1)];
                for (place, (estimate, exact)) in pairs.into_iter().enumerate() {
                    let (low, high) = estimate.interval.unwrap();
                    covered[2 * factor + place] += u32::from((low..=high).contains(&exact));
                }
            }
        }
        covered
    }

    #[test]
    fn intervals_cover_the_indices() {
        // The region of a binomial count with a probability of 99.9 %.
        let random = covered(|seed| random_design(256, 3, 500 + seed));
        assert!(
            random.iter().all(|one| (179..=198).contains(one)),
            "{random:?}"
        );
        // A sequence varies less than the bootstrap assumes, so its intervals can be too wide.
        let sequence = covered(|seed| SaltelliRow::all(256, 3, seed));
        assert!(sequence.iter().all(|one| *one >= 179), "{sequence:?}");
    }

    #[test]
    fn the_seed_is_a_factor_like_a_key() {
        // y = x + noise of the same variance: the last coordinate is that of the seed.
        let rows = evaluate(&SaltelliRow::all(1_024, 2, 3), |place| place[0] + place[1]);
        for found in indices(&rows, 2, 1).into_iter().flatten() {
            assert!((found.first.value - 0.5).abs() < 0.05, "{found:?}");
            assert!((found.total.value - 0.5).abs() < 0.05, "{found:?}");
        }
    }

    #[test]
    fn a_figure_that_does_not_vary_has_no_indices() {
        let rows = evaluate(&SaltelliRow::all(64, 2, 1), |_| 4.0);
        assert_eq!(indices(&rows, 2, 1), [None, None]);
        assert_eq!(indices(&[], 2, 1), [None, None]);
        let mut rows = evaluate(&SaltelliRow::all(64, 2, 1), |place| place[0]);
        for row in &mut rows {
            row.mixed[1] = None;
        }
        rows[3].mixed[0] = None;
        let found = indices(&rows, 2, 1);
        assert_eq!((found[0].unwrap().rows, found[1]), (63, None));
    }
}
