//! Bootstrap intervals: 95 % intervals of statistics of a sample of rows.
//!
//! Rows are drawn with replacement, and the interval lies between the quantiles of the statistics of
//! such samples (Efron and Tibshirani 1993). The draws depend on a seed alone, so the same rows give
//! the same interval.

use patchday_core::random::{Random, below};

use crate::experiment::stats::{intervals::TAIL, quantiles::quantile};

const BOOTSTRAP_DRAWS: u32 = 0x424F_4F54;

/// The fewest rows of which an interval means anything.
pub(crate) const FEWEST_ROWS: usize = 3;

/// The intervals of all statistics of `rows` rows from `resamples` samples of them. `statistics`
/// computes them from the indices of rows; one that a sample does not have is `None`. An interval is
/// `None` if there are too few rows, or if less than half of the samples have the statistic.
pub(crate) fn intervals(
    rows: usize,
    resamples: u32,
    seed: u64,
    statistics: impl Fn(&[usize]) -> Vec<Option<f64>>,
) -> Vec<Option<(f64, f64)>> {
    let all: Vec<usize> = (0..rows).collect();
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); statistics(&all).len()];
    if rows < FEWEST_ROWS {
        return vec![None; values.len()];
    }
    let random = Random::new(seed);
    for resample in 0..resamples {
        let words = random.draw(resample, 0, BOOTSTRAP_DRAWS, 0).sequence();
        let draw = |word| below(word, rows as u32) as usize;
        let drawn: Vec<usize> = words.take(rows).map(draw).collect();
        for (values, value) in values.iter_mut().zip(statistics(&drawn)) {
            values.extend(value.filter(|value| value.is_finite()));
        }
    }
    let enough = resamples as usize / 2;
    let interval = |mut values: Vec<f64>| {
        if values.len() <= enough {
            return None;
        }
        values.sort_by(f64::total_cmp);
        quantile(&values, TAIL).zip(quantile(&values, 1.0 - TAIL))
    };
    values.into_iter().map(interval).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_is_that_of_the_normal_distribution() {
        let values: Vec<f64> = (0..400).map(f64::from).collect();
        let mean = |rows: &[usize]| {
            let sum: f64 = rows.iter().map(|row| values[*row]).sum();
            vec![Some(sum / rows.len() as f64)]
        };
        let (low, high) = intervals(400, 2_000, 1, mean)[0].unwrap();
        // The standard error of the mean is 115.47 / 20.
        assert!((low - (199.5 - 1.96 * 5.77)).abs() < 0.8, "{low}");
        assert!((high - (199.5 + 1.96 * 5.77)).abs() < 0.8, "{high}");
        assert_eq!(intervals(400, 50, 7, mean), intervals(400, 50, 7, mean));
        assert_eq!(intervals(2, 50, 7, mean), [None]);
    }

    #[test]
    fn a_statistic_that_samples_do_not_have_has_no_interval() {
        let found = intervals(9, 100, 1, |_| vec![None, Some(f64::NAN), Some(4.0)]);
        assert_eq!(found, [None, None, Some((4.0, 4.0))]);
    }
}
