//! Elementary effects: statistics of the changes of a figure when one key changes (Morris 1991;
//! Campolongo and others 2007 for the mean of absolute values).
//!
//! An effect is the change of the figure divided by the change of the key as a part of its range. The
//! mean of absolute effects says how much a key matters; the mean tells the direction; a standard
//! deviation as large as the mean says that the effect depends on the values of the other keys.

use serde::{Deserialize, Serialize};

use crate::experiment::stats::bootstrap;

/// Samples of a bootstrap interval.
const RESAMPLES: u32 = 2_000;

/// The statistics of the effects of one key.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EffectStatistics {
    /// The number of effects.
    pub(crate) count: u32,
    /// The mean, mu.
    pub(crate) mean: f64,
    /// The mean of absolute values, mu*.
    pub(crate) mean_abs: f64,
    /// The 95 % interval of the mean of absolute values; null for fewer than three effects.
    pub(crate) interval: Option<(f64, f64)>,
    /// The standard deviation, sigma; 0 for a single effect.
    pub(crate) deviation: f64,
}

/// The effect of a change of a key from position `change.0` to `change.1` of its range, with the
/// figure before and after it; `None` if the key does not change.
pub(crate) fn effect(before: f64, after: f64, change: (f64, f64)) -> Option<f64> {
    let step = change.1 - change.0;
    // Adding zero turns negative zero into zero.
    let effect = (after - before) / step + 0.0;
    (step != 0.0 && effect.is_finite()).then_some(effect)
}

impl EffectStatistics {
    /// The statistics of effects; `None` if there are none.
    pub(crate) fn new(effects: &[f64], seed: u64) -> Option<Self> {
        let mean_abs = |rows: &[usize]| {
            let sum: f64 = rows.iter().map(|row| effects[*row].abs()).sum();
            vec![Some(sum / rows.len() as f64)]
        };
        let interval = bootstrap::intervals(effects.len(), RESAMPLES, seed, mean_abs);
        Some(Self {
            interval: interval.into_iter().next().flatten(),
            ..Self::without_interval(effects)?
        })
    }

    /// The statistics of effects without an interval.
    pub(crate) fn without_interval(effects: &[f64]) -> Option<Self> {
        if effects.is_empty() {
            return None;
        }
        let count = effects.len() as f64;
        let mean = effects.iter().sum::<f64>() / count;
        let squares: f64 = effects.iter().map(|one| (one - mean).powi(2)).sum();
        Some(Self {
            count: effects.len() as u32,
            mean,
            mean_abs: effects.iter().map(|one| one.abs()).sum::<f64>() / count,
            interval: None,
            deviation: (squares / (count - 1.0).max(1.0)).sqrt(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::design::test_functions::{ishigami, sobol_g};

    fn near(one: f64, other: f64, tolerance: f64) {
        assert!((one - other).abs() <= tolerance, "{one} is not {other}");
    }

    /// The effects of each key from points in the order of trajectories of `keys + 1` points.
    fn effects(points: &[Vec<f64>], figures: &[f64], keys: usize) -> Vec<Vec<f64>> {
        let mut all = vec![Vec::new(); keys];
        for (points, figures) in points.chunks(keys + 1).zip(figures.chunks(keys + 1)) {
            for step in 0..keys {
                let (from, to) = (&points[step], &points[step + 1]);
                let key = (0..keys).find(|key| from[*key] != to[*key]).unwrap();
                // The levels of exercise 5 are those of a normal distribution: only the sign counts.
                let change = (to[key] - from[key]).signum() * 2.0 / 3.0;
                let one = effect(figures[step], figures[step + 1], (0.0, change));
                all[key].push(one.unwrap());
            }
        }
        all
    }

    #[test]
    fn exercise_4_of_the_primer() {
        // Saltelli and others, Global Sensitivity Analysis: The Primer (2008), p. 138.
        let thirds = [
            [0, 1],
            [0, 3],
            [2, 3],
            [0, 1],
            [2, 1],
            [2, 3],
            [2, 0],
            [2, 2],
            [0, 2],
            [1, 3],
            [3, 3],
            [3, 1],
            [1, 3],
            [1, 1],
            [3, 1],
            [1, 2],
            [1, 0],
            [3, 0],
        ];
        let point = |point: &[u8; 2]| point.map(|level| f64::from(level) / 3.0).to_vec();
        let points: Vec<Vec<f64>> = thirds.iter().map(point).collect();
        let figures = [
            0.97, 0.71, 2.39, 0.97, 2.30, 2.39, 1.87, 2.40, 0.87, 2.15, 1.71, 1.54, 2.15, 2.17,
            1.54, 2.20, 1.87, 1.0,
        ];
        let expected = [(0.66, 1.62, 1.79), (0.21, 0.35, 0.41)];
        for (effects, (mean, mean_abs, deviation)) in
            effects(&points, &figures, 2).iter().zip(expected)
        {
            let found = EffectStatistics::new(effects, 1).unwrap();
            near(found.mean, mean, 0.010_1);
            near(found.mean_abs, mean_abs, 0.005);
            near(found.deviation, deviation, 0.005);
            let (low, high) = found.interval.unwrap();
            assert!(low < mean_abs && mean_abs < high);
        }
    }

    #[test]
    fn exercise_5_of_the_primer() {
        // The same book, p. 140 to 145, trajectory 1 of 15 keys: the key that each step changes, up or
        // down. Inputs are printed with two figures.
        let order = [-6, 9, 8, -4, -12, -14, 2, -15, 10, 5, -11, 7, 3, -1, 13];
        let figures = [
            24.9, 22.72, 21.04, 16.01, 10.4, 10.04, 8.6, 13.39, 4.69, 8.02, 9.98, 3.75, 1.33, 2.59,
            6.37, 9.99,
        ];
        let mut points = vec![vec![0.0; 15]];
        for key in order {
            let mut next = points[points.len() - 1].clone();
            next[i32::abs(key) as usize - 1] += f64::from(i32::signum(key));
            points.push(next);
        }
        let expected = [
            -5.67, 7.18, 1.89, 8.42, 2.93, 3.28, -3.62, -7.55, -2.51, 5.00, 9.34, 0.54, 5.43, 2.15,
            13.05,
        ];
        for (found, expected) in effects(&points, &figures, 15).iter().zip(expected) {
            near(found[0], expected, 0.1);
        }
    }

    /// Mean of absolute values, mean, and standard deviation of all effects of each key on the grid of
    /// four levels, counted out.
    fn enumerated(keys: usize, figure: impl Fn(&[f64]) -> f64) -> Vec<(f64, f64, f64)> {
        let points = 4_usize.pow(keys as u32);
        let level = |point: usize, key: usize| point / 4_usize.pow(key as u32) % 4;
        let of_key = |key: usize| {
            let effects: Vec<f64> = (0..points)
                .map(|point| {
                    let mut place: Vec<f64> = (0..keys)
                        .map(|key| level(point, key) as f64 / 3.0)
                        .collect();
                    let before = (figure(&place), place[key]);
                    place[key] += if level(point, key) < 2 {
                        2.0 / 3.0
                    } else {
                        -2.0 / 3.0
                    };
                    effect(before.0, figure(&place), (before.1, place[key])).unwrap()
                })
                .collect();
            let found = EffectStatistics::without_interval(&effects).unwrap();
            // All effects are counted, so the deviation is that of the whole population.
            let count = points as f64;
            let deviation = found.deviation * ((count - 1.0) / count).sqrt();
            (found.mean_abs, found.mean, deviation)
        };
        (0..keys).map(of_key).collect()
    }

    #[test]
    fn effects_on_the_function_of_ishigami_are_exact() {
        let expected = [
            (7.704_054, 7.704_054, 6.248_796),
            (7.875, 0.0, 7.875),
            (6.248_796, 0.0, 8.837_132),
        ];
        for (found, expected) in enumerated(3, ishigami).into_iter().zip(expected) {
            near(found.0, expected.0, 1e-6);
            near(found.1, expected.1, 1e-6);
            near(found.2, expected.2, 1e-6);
        }
    }

    #[test]
    fn effects_on_the_function_g_are_exact() {
        let a = [78.0, 12.0, 0.5, 2.0, 97.0, 33.0];
        let figure = |place: &[f64]| sobol_g(place, &a);
        let expected = [0.03573, 0.21259, 1.54608, 0.85034, 0.02883, 0.08256];
        for (found, expected) in enumerated(6, figure).into_iter().zip(expected) {
            near(found.0, expected, 1e-5);
        }
    }

    #[test]
    fn what_is_no_number_is_no_effect() {
        assert_eq!(effect(1.0, 2.0, (0.5, 0.5)), None);
        assert_eq!(effect(1.0, f64::INFINITY, (0.0, 0.5)), None);
        assert_eq!(EffectStatistics::new(&[], 1), None);
        let one = EffectStatistics::new(&[-3.0], 1).unwrap();
        assert_eq!(
            (one.mean_abs, one.deviation, one.interval),
            (3.0, 0.0, None)
        );
    }
}
