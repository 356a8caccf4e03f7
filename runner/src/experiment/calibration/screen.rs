//! The screen: keys that move no used point are fixed before the waves.
//!
//! Trajectories of M. D. Morris, "Factorial sampling plans for preliminary computational experiments" (1991):
//! each step changes one key by two thirds of its range, on four levels. All runs of a trajectory have one
//! seed, so a dead key has an effect of exactly 0. Only keys whose every step moved every used point by less
//! than a quarter of its error are fixed, so few trajectories suffice.

use patchday_core::Random;

use crate::experiment::calibration::question::Outputs;

/// The size of a step.
const STEP: f64 = 2.0 / 3.0;
/// A key is kept if a step moved a used point by this part of its error.
const LEAST_EFFECT: f64 = 0.25;
const SCREEN_DRAWS: u32 = 0x5343_524E;

/// A trajectory: its points, and the key that each step changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScreenTrajectory {
    /// One more than keys.
    pub(crate) points: Vec<Vec<f64>>,
    pub(crate) changed: Vec<usize>,
}

/// What the screen found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Screening {
    /// By key: the largest effect of a step on a used point, in parts of its error and the discrepancy.
    pub(crate) effects: Vec<f64>,
    /// Keys that vary in the waves.
    pub(crate) kept: Vec<usize>,
    pub(crate) trajectories: usize,
}

/// The n-th trajectory of a seed.
pub(crate) fn trajectory(keys: usize, number: u32, seed: u64) -> ScreenTrajectory {
    let random = Random::new(seed);
    let draw = |key: usize| random.draw(number, 0, SCREEN_DRAWS, key as u32);
    // A key starts at one of the two lower levels and rises, or at one of the two upper ones and falls.
    let mut point: Vec<f64> = (0..keys)
        .map(|key| f64::from(draw(key).below(0, 4)) / 3.0)
        .collect();
    let mut order: Vec<usize> = (0..keys).collect();
    for place in (1..keys).rev() {
        order.swap(place, draw(place).below(1, place as u32 + 1) as usize);
    }
    let mut points = vec![point.clone()];
    for key in &order {
        let step = if point[*key] < 0.5 { STEP } else { -STEP };
        point[*key] = (point[*key] + step).clamp(0.0, 1.0);
        points.push(point.clone());
    }
    ScreenTrajectory {
        points,
        changed: order,
    }
}

/// Which keys to keep, from the outputs of all points of all trajectories. Steps to or from a failed run say
/// nothing; a key without any other step is kept. `scales` is the error of each output's used points, infinite
/// where none is used.
pub(crate) fn screening(
    trajectories: &[ScreenTrajectory],
    outputs: &[Outputs],
    scales: &[f64],
    keys: usize,
) -> Screening {
    let mut effects = vec![f64::NAN; keys];
    let mut runs = outputs.iter();
    for trajectory in trajectories {
        let own: Vec<&Outputs> = runs.by_ref().take(trajectory.points.len()).collect();
        for (pair, key) in own.windows(2).zip(&trajectory.changed) {
            if let [Some(before), Some(after)] = pair {
                let parts = before.iter().zip(after).zip(scales);
                let effect = parts.fold(0.0, |most: f64, ((x, y), scale)| {
                    most.max((x - y).abs() / scale)
                });
                // The maximum of a number and no number is the number.
                effects[*key] = effects[*key].max(effect);
            }
        }
    }
    let is_kept = |key: &usize| effects[*key].is_nan() || effects[*key] >= LEAST_EFFECT;
    let mut kept: Vec<usize> = (0..keys).filter(is_kept).collect();
    if kept.is_empty() {
        // Nothing moves anything: the fit will say so, of all keys.
        kept = (0..keys).collect();
    }
    for effect in &mut effects {
        if effect.is_nan() {
            *effect = 0.0;
        }
    }
    Screening {
        effects,
        kept,
        trajectories: trajectories.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_change_one_key_each_by_two_thirds() {
        for number in 0..50 {
            let one = trajectory(7, number, 3);
            let mut seen = one.changed.clone();
            seen.sort_unstable();
            assert_eq!(seen, (0..7).collect::<Vec<_>>());
            for (pair, key) in one.points.windows(2).zip(&one.changed) {
                for (at, (x, y)) in pair[0].iter().zip(&pair[1]).enumerate() {
                    let expected = if at == *key { STEP } else { 0.0 };
                    assert!(((x - y).abs() - expected).abs() < 1e-12);
                    assert!((0.0..=1.0).contains(y));
                }
            }
        }
        assert_ne!(trajectory(7, 1, 3), trajectory(7, 2, 3));
    }

    #[test]
    fn dead_keys_are_fixed_and_keys_of_failed_runs_are_kept() {
        let all: Vec<ScreenTrajectory> = (0..4).map(|number| trajectory(3, number, 1)).collect();
        let model = |p: &Vec<f64>| Some(vec![p[0], 0.01 * p[1], 0.3]);
        let outputs: Vec<Outputs> = all
            .iter()
            .flat_map(|t| t.points.iter().map(model))
            .collect();
        let found = screening(&all, &outputs, &[0.05, 0.05, f64::INFINITY], 3);
        assert_eq!(found.kept, [0]);
        assert!((found.effects[0] - STEP / 0.05).abs() < 1e-9);
        assert_eq!(found.effects[2], 0.0);
        let failed = vec![None; outputs.len()];
        assert_eq!(screening(&all, &failed, &[0.05; 3], 3).kept, [0, 1, 2]);
        // An output that no point uses does not keep a key.
        let unused = screening(&all, &outputs, &[f64::INFINITY, 0.001, 0.001], 3);
        assert_eq!(unused.kept, [1]);
    }
}
