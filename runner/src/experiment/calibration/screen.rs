//! The screen: keys that move no used point are fixed before the waves.
//!
//! The trajectories are those of `sensitivity`, on four levels: each step changes one key by two thirds of its
//! range. All runs of a trajectory have one seed, so a dead key has an effect of exactly 0. Only keys whose
//! every step moved every used point by less than a quarter of its error are fixed, so few trajectories
//! suffice.

use crate::experiment::{
    calibration::question::Outputs,
    design::trajectories::{GridCoordinate, Trajectory},
};

/// The levels of each key.
const LEVELS: u32 = 4;
/// A key is kept if a step moved a used point by this part of its error.
const LEAST_EFFECT: f64 = 0.25;

/// What the screen found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Screening {
    /// By key: the largest effect of a step on a used point, in parts of its error and the discrepancy.
    pub(crate) effects: Vec<f64>,
    /// Keys that vary in the waves.
    pub(crate) kept: Vec<usize>,
    pub(crate) trajectories: usize,
}

/// The n-th trajectory of a seed: each key is a factor.
pub(crate) fn trajectory(keys: usize, number: u32, seed: u64) -> Trajectory {
    let factors: Vec<Vec<usize>> = (0..keys).map(|key| vec![key]).collect();
    Trajectory::new(
        seed,
        number,
        &vec![GridCoordinate::Grid(LEVELS); keys],
        &factors,
    )
}

/// The points of a trajectory in the unit cube, one more than keys.
pub(crate) fn units(trajectory: &Trajectory) -> impl Iterator<Item = Vec<f64>> {
    let unit = |level: &u32| f64::from(*level) / f64::from(LEVELS - 1);
    let points = trajectory.points.iter();
    points.map(move |point| point.iter().map(unit).collect())
}

/// Which keys to keep, from the outputs of all points of all trajectories. Steps to or from a failed run say
/// nothing; a key without any other step is kept. `scales` is the error of each output's used points, infinite
/// where none is used.
pub(crate) fn screening(
    trajectories: &[Trajectory],
    outputs: &[Outputs],
    scales: &[f64],
    keys: usize,
) -> Screening {
    let mut effects = vec![f64::NAN; keys];
    let mut runs = outputs.iter();
    for trajectory in trajectories {
        let own: Vec<&Outputs> = runs.by_ref().take(trajectory.points.len()).collect();
        for (pair, key) in own.windows(2).zip(&trajectory.order) {
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

    /// The size of a step.
    const STEP: f64 = 2.0 / 3.0;

    #[test]
    fn steps_change_one_key_each_by_two_thirds() {
        for number in 0..50 {
            let one = trajectory(7, number, 3);
            let points: Vec<Vec<f64>> = units(&one).collect();
            for (pair, key) in points.windows(2).zip(&one.order) {
                for (at, (x, y)) in pair[0].iter().zip(&pair[1]).enumerate() {
                    let expected = if at == *key { STEP } else { 0.0 };
                    assert!(((x - y).abs() - expected).abs() < 1e-12);
                    assert!((0.0..=1.0).contains(y));
                }
            }
        }
    }

    #[test]
    fn dead_keys_are_fixed_and_keys_of_failed_runs_are_kept() {
        let all: Vec<Trajectory> = (0..4).map(|number| trajectory(3, number, 1)).collect();
        let model = |p: Vec<f64>| Some(vec![p[0], 0.01 * p[1], 0.3]);
        let outputs: Vec<Outputs> = all.iter().flat_map(units).map(model).collect();
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
