//! 95 % intervals of means of values within known bounds, from few runs and rare outcomes.
//!
//! A mean over runs of two kinds, such as with and without an outage, is not normal: ten runs without
//! an outage have no spread, and yet a fifth of all runs may have one. The interval here is a
//! bootstrap with one value more than the runs: the lower end adds the least possible value, the
//! upper end the greatest one. Each draw weights all values at random (a Dirichlet distribution
//! with equal parameters), and an end is the 2.5 % quantile of the weighted means on its side. For
//! values that are 0 or 1 it is the interval of Clopper and Pearson; for others it is the bound of
//! Gaffke, "Three test statistics for a nonparametric one-sided hypothesis on the mean of a
//! nonnegative variable" (2005). It never has width zero within open bounds.
//!
//! Invariants: the interval contains the mean and lies in the bounds; it is the same for the same
//! values in any order.

use patchday_core::Random;

use crate::experiment::stats::intervals::{Interval, TAIL, mean};

/// Draws of the weights.
const DRAWS: u32 = 4_000;
/// With more values than this, the interval is that of Student, widened by the share of runs that
/// can have an outcome that was not seen.
const MOST_DRAWN: usize = 200;
const WEIGHT_DRAWS: u32 = 0x5745_4947;

/// The greatest share of runs that can have an outcome that none of `runs` runs had, at a confidence of
/// 95 %: about three divided by their number. 1 without runs.
pub(crate) fn unseen_share(runs: u32) -> f64 {
    if runs == 0 {
        return 1.0;
    }
    1.0 - 0.05_f64.powf(1.0 / f64::from(runs))
}

/// The mean of values that lie between `low` and `high`, of which either can be infinite; `None`
/// without values.
pub(crate) fn mean_within(values: &[f64], (low, high): (f64, f64)) -> Option<Interval> {
    let count = values.len();
    let value = values.iter().sum::<f64>() / count as f64;
    if count == 0 {
        return None;
    }
    // Bounds that the values themselves exceed, by rounding or by mistake, are moved.
    let low = values.iter().copied().fold(low, f64::min);
    let high = values.iter().copied().fold(high, f64::max);
    let student = mean(values).unwrap_or(Interval { value, low, high });
    let (least, most) = if count > MOST_DRAWN {
        let unseen = 1.0 - TAIL.powf(1.0 / count as f64);
        (
            student.low - unseen * (value - low),
            student.high + unseen * (high - value),
        )
    } else {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        (end(&sorted, low, TAIL), end(&sorted, high, 1.0 - TAIL))
    };
    let whole = Interval {
        value,
        low: least.min(student.low),
        high: most.max(student.high),
    };
    Some(whole.within((low, high)))
}

/// A quantile of the weighted means of the values and a possible one.
fn end(values: &[f64], possible: f64, quantile: f64) -> f64 {
    if !possible.is_finite() {
        return possible;
    }
    let random = Random::new(values.len() as u64);
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|draw| {
            let weight = |place: u32| {
                let word = random
                    .draw(draw, place / 4, WEIGHT_DRAWS, 0)
                    .word(place as usize % 4);
                -((f64::from(word) + 0.5) / 4_294_967_296.0).ln()
            };
            let own = weight(0);
            let (mut sum, mut all) = (own * possible, own);
            for (place, value) in values.iter().enumerate() {
                let weight = weight(place as u32 + 1);
                sum += weight * value;
                all += weight;
            }
            sum / all
        })
        .collect();
    means.sort_by(f64::total_cmp);
    means[((f64::from(DRAWS) * quantile) as usize).min(means.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::stats::intervals::share;

    fn uniform(random: Random, trial: u32, run: u32, index: u32) -> f64 {
        (f64::from(random.draw(trial, run, 9, index).word(0)) + 0.5) / 4_294_967_296.0
    }

    #[test]
    fn shares_have_the_interval_of_clopper_and_pearson() {
        for (successes, runs) in [(0, 10), (1, 10), (3, 10), (10, 10), (2, 30)] {
            let exact = share(successes, runs).unwrap();
            let values: Vec<f64> = (0..runs)
                .map(|run| f64::from(u8::from(run < successes)))
                .collect();
            let drawn = mean_within(&values, (0.0, 1.0)).unwrap();
            // Student's interval can be wider.
            assert!(
                (drawn.high - exact.high).abs() < 0.012 || drawn.high > exact.high,
                "{drawn:?}"
            );
            assert!(
                (drawn.low - exact.low).abs() < 0.012 || drawn.low < exact.low,
                "{drawn:?}"
            );
        }
        let none = mean_within(&[0.0; 10], (-4.0, 4.0)).unwrap();
        assert!((none.high - 4.0 * 0.308).abs() < 0.1 && (none.low + 4.0 * 0.308).abs() < 0.1);
        assert_eq!(mean_within(&[], (0.0, 1.0)), None);
        let open = mean_within(&[2.0, 2.0], (0.0, f64::INFINITY)).unwrap();
        assert!(open.high == f64::INFINITY && open.low < 2.0);
        assert!((unseen_share(10) - 0.2589).abs() < 1e-3);
    }

    /// How many of `trials` intervals of a difference cover it, for two variants whose runs have an
    /// outage with the shares `one` and `other`. Both draw one number per pair, as common random
    /// numbers do; the outage lasts from 3 to 4 of 6 hours.
    fn covered(one: f64, other: f64, pairs: u32, trials: u32) -> u32 {
        let random = Random::new(77);
        let truth = 3.5 * (other - one);
        let mut covered = 0;
        for trial in 0..trials {
            let differences: Vec<f64> = (0..pairs)
                .map(|pair| {
                    let draw = uniform(random, trial, pair, 0);
                    let hours = |share: f64, index| {
                        if draw < share {
                            3.0 + uniform(random, trial, pair, index)
                        } else {
                            0.0
                        }
                    };
                    hours(other, 1) - hours(one, 2)
                })
                .collect();
            let interval = mean_within(&differences, (-4.0, 4.0)).unwrap();
            covered += u32::from((interval.low..=interval.high).contains(&truth));
        }
        covered
    }

    #[test]
    fn differences_of_rare_outcomes_are_covered() {
        for (one, other) in [
            (0.0, 0.05),
            (0.02, 0.1),
            (0.3, 0.2),
            (0.5, 0.05),
            (0.9, 1.0),
        ] {
            for pairs in [10, 20, 30] {
                let covered = covered(one, other, pairs, 200);
                // 95 % of 200, with two standard errors.
                assert!(covered >= 184, "{one} {other} {pairs}: {covered} of 200");
            }
        }
    }

    #[test]
    fn normal_values_have_an_interval_that_is_not_much_wider_than_that_of_student() {
        let random = Random::new(78);
        let (mut covered, mut wider) = (0, 0.0);
        for trial in 0..200 {
            let values: Vec<f64> = (0..20)
                .map(|run| {
                    let parts = (0..12).map(|index| uniform(random, trial, run, index));
                    parts.sum::<f64>() - 6.0
                })
                .collect();
            let interval = mean_within(&values, (-3.0, 3.0)).unwrap();
            covered += u32::from((interval.low..=interval.high).contains(&0.0));
            let student = mean(&values).unwrap();
            wider += (interval.high - interval.low) / (student.high - student.low) / 200.0;
        }
        assert!(covered >= 186, "{covered}");
        assert!((1.0..1.6).contains(&wider), "{wider}");
    }

    #[test]
    fn many_values_have_an_interval_that_allows_for_what_was_not_seen() {
        let none = mean_within(&[0.0; 1_000], (0.0, 4.0)).unwrap();
        assert!(
            (none.high - 4.0 * 0.003_68).abs() < 1e-3 && none.low == 0.0,
            "{none:?}"
        );
    }
}
