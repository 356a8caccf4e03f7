//! How much of the likelihood to believe: a power that makes the intervals cover what they claim.
//!
//! An emulator takes its residuals as normal and its lengths as known, so its posterior can be too narrow, above
//! all where chance moves the time of an event. Runs that the emulator has not seen show it: the runs are
//! parted into five, each part is taken as observed under the emulator of the other four, and the intervals
//! of the keys are counted. If they cover too few, the likelihood is taken to the largest power below 1 with
//! which they cover (N. Syring and R. Martin, "Calibrating general posterior credible regions", 2019).

use patchday_core::Random;

use crate::experiment::{
    calibration::{
        emulation::emulator::{Emulator, TrainingRun},
        inference::{
            likelihood::Likelihood,
            self_check::{Background, NOMINAL, log_densities, rank, targets},
        },
    },
    design::samplers::sobol,
};

/// Powers, the largest first.
const POWERS: [f64; 9] = [1.0, 0.85, 0.7, 0.55, 0.45, 0.35, 0.25, 0.18, 0.12];
const PARTS: usize = 5;
/// Points of the sample in which ranks are found.
const SAMPLE: usize = 4_096;
/// The fewest truths that can show anything.
const LEAST_TRUTHS: usize = 20;

/// The power, and what was found with each.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PowerChoice {
    pub(crate) power: f64,
    /// Truths that were used.
    pub(crate) truths: usize,
    /// Each power that was looked at, with the part of the truths inside their interval, by key.
    pub(crate) coverage: Vec<(f64, Vec<f64>)>,
}

/// Chooses the power. `is_left` says which points of the unit cube are left after the waves: only those are
/// truths, since only they matter.
pub(crate) fn choose(
    emulator: &Emulator,
    likelihood: &Likelihood,
    runs: &[TrainingRun],
    is_left: impl Fn(&[f64]) -> bool,
    seed: u64,
) -> PowerChoice {
    let keys = runs.first().map_or(0, |run| run.units.len());
    let candidates = sobol(SAMPLE, keys);
    let mut units: Vec<Vec<f64>> = candidates.iter().filter(|p| is_left(p)).cloned().collect();
    if units.len() < SAMPLE / 16 {
        units = candidates;
    }
    // By power, the ranks of all truths.
    let mut ranks: Vec<Vec<Vec<f64>>> = vec![Vec::new(); POWERS.len()];
    let logs = vec![0.0; units.len()];
    for part in 0..PARTS {
        let is_out = |run: &&TrainingRun| run.place % PARTS == part;
        let kept: Vec<TrainingRun> = runs.iter().filter(|run| !is_out(run)).cloned().collect();
        let mut truths: Vec<TrainingRun> = runs
            .iter()
            .filter(is_out)
            .filter(|run| is_left(&run.units))
            .cloned()
            .collect();
        // Of repetitions, the first one.
        truths.dedup_by_key(|run| run.place);
        let Some(other) = emulator.refitted(&kept) else {
            continue;
        };
        let observed = targets(likelihood, &truths, Random::new(seed ^ part as u64));
        let densities = log_densities(&other, likelihood, &units, &observed);
        for (power, ranks) in POWERS.iter().zip(&mut ranks) {
            let background = Background {
                units: &units,
                logs: &logs,
                power: *power,
            };
            let numbered = truths.iter().enumerate();
            ranks
                .extend(numbered.map(|(at, truth)| rank(&densities, at, background, &truth.units)));
        }
    }
    decide(&ranks, keys)
}

fn decide(ranks: &[Vec<Vec<f64>>], keys: usize) -> PowerChoice {
    let truths = ranks.first().map_or(0, Vec::len);
    let edge = (1.0 - NOMINAL) / 2.0;
    let covered = |ranks: &Vec<Vec<f64>>| -> Vec<f64> {
        let of_key = |key: usize| {
            let inside = ranks
                .iter()
                .filter(|one| (edge..=1.0 - edge).contains(&one[key]));
            inside.count() as f64 / truths.max(1) as f64
        };
        (0..keys).map(of_key).collect()
    };
    let coverage: Vec<(f64, Vec<f64>)> =
        POWERS.into_iter().zip(ranks.iter().map(covered)).collect();
    let worst = |coverage: &[f64]| coverage.iter().copied().fold(1.0, f64::min);
    let error = (NOMINAL * (1.0 - NOMINAL) / truths.max(1) as f64).sqrt();
    // Nothing is changed unless too few are inside by more than chance.
    let is_enough = truths < LEAST_TRUTHS || worst(&coverage[0].1) >= NOMINAL - 2.0 * error;
    let power = if is_enough {
        1.0
    } else {
        let enough = coverage.iter().find(|one| worst(&one.1) >= NOMINAL - error);
        enough.map_or(POWERS[POWERS.len() - 1], |one| one.0)
    };
    PowerChoice {
        power,
        truths,
        coverage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::design::samplers::random;

    #[test]
    fn the_power_falls_only_where_truths_are_missed() {
        // Ranks that are even with every power.
        let even = vec![random(100, 2, 3); POWERS.len()];
        assert_eq!(decide(&even, 2).power, 1.0);
        // The second key is missed until the power is 0.45.
        let narrow = |power: f64| -> Vec<Vec<f64>> {
            let stretch = (power / 0.45).max(1.0).powi(2);
            let row = |p: Vec<f64>| {
                let rank = 0.5 + (p[1] - 0.5) * stretch;
                vec![p[0], rank.clamp(0.0, 1.0)]
            };
            random(100, 2, 3).into_iter().map(row).collect()
        };
        let ranks: Vec<Vec<Vec<f64>>> = POWERS.iter().map(|power| narrow(*power)).collect();
        let chosen = decide(&ranks, 2);
        assert_eq!(chosen.power, 0.45, "{:?}", chosen.coverage);
        // Few truths show nothing.
        let few: Vec<Vec<Vec<f64>>> = POWERS.iter().map(|_| vec![vec![0.0, 0.0]; 5]).collect();
        assert_eq!(decide(&few, 2).power, 1.0);
        assert_eq!(decide(&[], 0).power, 1.0);
    }
}
