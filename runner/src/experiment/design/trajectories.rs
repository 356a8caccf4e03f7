//! Trajectories of Morris: from a random point of a grid, one factor after the other changes once.
//!
//! A coordinate of `levels` levels changes by half of them, up or down, so that every level is equally
//! likely (Morris 1991); a choice among values that have no order changes to another of them. A factor
//! is one coordinate or a group of coordinates that change together. A trajectory depends on the seed
//! and its number alone, so more trajectories can be added later.

use patchday_core::Random;

const TRAJECTORY_DRAWS: u32 = 0x4D4F_5252;

/// What a coordinate can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GridCoordinate {
    /// This even number of levels, in their order.
    Grid(u32),
    /// One of so many values without an order, at least two.
    Choice(u32),
}

/// A trajectory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trajectory {
    /// The factor that changes between a point and the next one; each once.
    pub(crate) order: Vec<usize>,
    /// The levels of all coordinates at each point, one point more than there are factors.
    pub(crate) points: Vec<Vec<u32>>,
}

impl Trajectory {
    /// The trajectory with this number; `factors` are the coordinates of each factor.
    pub(crate) fn new(
        seed: u64,
        number: u32,
        coordinates: &[GridCoordinate],
        factors: &[Vec<usize>],
    ) -> Self {
        let random = Random::new(seed);
        let draw = |purpose, index| random.draw(number, purpose, TRAJECTORY_DRAWS, index);
        let (mut start, mut end) = (Vec::new(), Vec::new());
        for (index, coordinate) in coordinates.iter().enumerate() {
            let draw = draw(0, index as u32);
            match coordinate {
                GridCoordinate::Grid(levels) => {
                    let level = draw.below(0, *levels);
                    start.push(level);
                    end.push((level + levels / 2) % levels);
                }
                GridCoordinate::Choice(values) => {
                    let value = draw.below(0, *values);
                    start.push(value);
                    end.push((value + 1 + draw.below(1, values - 1)) % values);
                }
            }
        }
        // The shuffle of Fisher and Yates.
        let mut order: Vec<usize> = (0..factors.len()).collect();
        for place in (1..order.len()).rev() {
            let other = draw(1, place as u32).below(0, place as u32 + 1);
            order.swap(place, other as usize);
        }
        let mut points = vec![start.clone()];
        let mut point = start;
        for factor in &order {
            for coordinate in &factors[*factor] {
                point[*coordinate] = end[*coordinate];
            }
            points.push(point.clone());
        }
        Self { order, points }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{
        design::test_functions::sobol_g,
        stats::elementary_effects::{EffectStatistics, effect},
    };

    fn single(keys: usize) -> Vec<Vec<usize>> {
        (0..keys).map(|key| vec![key]).collect()
    }

    #[test]
    fn every_factor_changes_once_and_stays_on_the_grid() {
        let coordinates = [
            GridCoordinate::Grid(4),
            GridCoordinate::Grid(6),
            GridCoordinate::Choice(3),
            GridCoordinate::Choice(2),
        ];
        let factors = [vec![0], vec![1, 3], vec![2]];
        for number in 0..50 {
            let one = Trajectory::new(7, number, &coordinates, &factors);
            let mut order = one.order.clone();
            order.sort_unstable();
            assert_eq!((order, one.points.len()), (vec![0, 1, 2], 4));
            for (step, factor) in one.order.iter().enumerate() {
                for (coordinate, most) in [4, 6, 3, 2].into_iter().enumerate() {
                    let (from, to) = (
                        one.points[step][coordinate],
                        one.points[step + 1][coordinate],
                    );
                    assert!(from < most && to < most);
                    assert_eq!(from != to, factors[*factor].contains(&coordinate));
                    if from != to && coordinate < 2 {
                        assert_eq!(from.abs_diff(to), most / 2);
                    }
                }
            }
            assert_eq!(one, Trajectory::new(7, number, &coordinates, &factors));
        }
    }

    /// Statistics of the effects of all keys over trajectories of four levels.
    fn screen(
        seed: u64,
        (trajectories, keys): (u32, usize),
        figure: impl Fn(&[f64]) -> f64,
    ) -> Vec<EffectStatistics> {
        let mut effects = vec![Vec::new(); keys];
        for number in 0..trajectories {
            let one = Trajectory::new(
                seed,
                number,
                &vec![GridCoordinate::Grid(4); keys],
                &single(keys),
            );
            let place = |point: &Vec<u32>| -> Vec<f64> {
                point.iter().map(|level| f64::from(*level) / 3.0).collect()
            };
            let places: Vec<Vec<f64>> = one.points.iter().map(place).collect();
            let figures: Vec<f64> = places.iter().map(|place| figure(place)).collect();
            for (step, key) in one.order.iter().enumerate() {
                let change = (places[step][*key], places[step + 1][*key]);
                effects[*key].extend(effect(figures[step], figures[step + 1], change));
            }
        }
        let statistics = effects
            .iter()
            .map(|one| EffectStatistics::without_interval(one));
        statistics.flatten().collect()
    }

    /// The keys by falling mean of absolute effects.
    fn ranked(found: &[EffectStatistics]) -> Vec<usize> {
        let mut keys: Vec<usize> = (0..found.len()).collect();
        keys.sort_by(|one, other| found[*other].mean_abs.total_cmp(&found[*one].mean_abs));
        keys
    }

    #[test]
    fn ten_trajectories_find_the_order_of_the_function_g() {
        let a = [78.0, 12.0, 0.5, 2.0, 97.0, 33.0];
        let figure = |place: &[f64]| sobol_g(place, &a);
        assert_eq!(ranked(&screen(1, (10, 6), figure)), [2, 3, 1, 5, 0, 4]);
    }

    /// The function of Morris (1991) with 20 keys; `random` gives the coefficients that the paper draws
    /// from the normal distribution: of each key, and of each pair.
    fn morris(place: &[f64], single: &[f64], pairs: &[Vec<f64>]) -> f64 {
        let w: Vec<f64> = place
            .iter()
            .enumerate()
            .map(|(key, x)| match key {
                2 | 4 | 6 => 2.0 * (1.1 * x / (x + 0.1) - 0.5),
                _ => 2.0 * (x - 0.5),
            })
            .collect();
        let mut sum = 0.0;
        for i in 0..20 {
            sum += single[i] * w[i];
            for j in i + 1..20 {
                sum += pairs[i][j] * w[i] * w[j];
                for l in j + 1..5 {
                    sum -= 10.0 * w[i] * w[j] * w[l];
                    for s in l + 1..4 {
                        sum += 5.0 * w[i] * w[j] * w[l] * w[s];
                    }
                }
            }
        }
        sum
    }

    /// Coefficients of single keys and pairs, with `other` for those that are not of the first ones.
    fn coefficients(mut other: impl FnMut(usize, usize) -> f64) -> (Vec<f64>, Vec<Vec<f64>>) {
        let single = (0..20)
            .map(|i| if i < 10 { 20.0 } else { other(i, 20) })
            .collect();
        let mut pair = |i: usize, j: usize| match (i < 6, j < 6) {
            (true, true) => -15.0,
            _ => other(i, j),
        };
        let pairs = (0..20)
            .map(|i| (0..20).map(|j| pair(i, j)).collect())
            .collect();
        (single, pairs)
    }

    #[test]
    fn four_trajectories_find_the_ten_keys_of_morris() {
        let mut exact = 0;
        for seed in 0..200 {
            let random = Random::new(1_000 + seed);
            let normal = |i: usize, j: usize| {
                let draw = random.draw(i as u32, 9, 9, j as u32);
                let unit = |word| (f64::from(draw.word(word)) + 0.5) / 4_294_967_296.0;
                (-2.0 * unit(0).ln()).sqrt() * (2.0 * std::f64::consts::PI * unit(1)).cos()
            };
            let (single, pairs) = coefficients(normal);
            let found = screen(seed, (4, 20), |place| morris(place, &single, &pairs));
            let first = &ranked(&found)[..10];
            exact += u32::from(first.iter().all(|key| *key < 10));
        }
        assert!(exact >= 180, "{exact} of 200");
    }

    #[test]
    fn the_effects_of_morris_with_fixed_coefficients() {
        let sign = |power: usize| if power.is_multiple_of(2) { 1.0 } else { -1.0 };
        let (single, pairs) = coefficients(|i, j| match j {
            20 => sign(i + 1),
            j => sign(i + j + 2),
        });
        let found = screen(3, (4_000, 20), |place| morris(place, &single, &pairs));
        let expected = [64.0, 64.0, 52.0, 64.0, 52.0, 43.0, 34.0, 38.0, 42.0, 38.0];
        for (key, expected) in expected.into_iter().enumerate() {
            let off = (found[key].mean_abs / expected - 1.0_f64).abs();
            assert!(off < 0.05, "key {}: {}", key + 1, found[key].mean_abs);
        }
        assert!(
            found[10..]
                .iter()
                .all(|one| (one.mean_abs - 5.3).abs() < 0.4)
        );
        assert!(found[..5].iter().all(|one| one.deviation > 70.0 * 0.9));
        assert!(
            found[7..10]
                .iter()
                .all(|one| (one.deviation - 6.6).abs() < 0.7)
        );
    }
}
