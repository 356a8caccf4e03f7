//! Does the posterior find a truth that is known? Ranks of the truth, and their coverage.
//!
//! S. Talts et al., "Validating Bayesian inference algorithms with simulation-based calibration" (2018): if
//! truths are drawn from the prior and data from the model, the part of the posterior below the truth is
//! uniform. The same holds with the posterior of the data at hand in place of the prior, which checks
//! the part of the range that matters: T. Säilynoja et al., "Posterior SBC" (2025). Truths must be runs
//! that the emulator has not seen.

use patchday_core::Random;

use crate::experiment::calibration::{
    emulation::emulator::{Emulator, TrainingRun},
    inference::{
        likelihood::Likelihood,
        posterior::{normalised, weight_below},
    },
};

/// The nominal part of truths inside their interval.
pub(crate) const NOMINAL: f64 = 0.9;
/// The least chance that correct ranks look as uneven as those found.
const LEAST_CHANCE: f64 = 0.001;

/// A sample of what is known before the truths are used: the prior, or the posterior of the data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Background<'a> {
    pub(crate) units: &'a [Vec<f64>],
    /// Logarithms of weights.
    pub(crate) logs: &'a [f64],
    /// The power of the likelihood.
    pub(crate) power: f64,
}

/// The ranks of the truths for one key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeyRanks {
    /// The part of the posterior below each truth.
    pub(crate) ranks: Vec<f64>,
    /// Truths inside their 90 % interval.
    pub(crate) inside: usize,
    /// The chance that correct ranks are as uneven (Kolmogorov and Smirnov).
    pub(crate) evenness: f64,
}

/// The result of a self-check.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SelfCheck {
    pub(crate) keys: Vec<KeyRanks>,
    /// How many truths of a key, and of all keys together, may be inside: the 99.9 % region.
    pub(crate) allowed_of_key: (usize, usize),
    pub(crate) allowed: (usize, usize),
}

impl SelfCheck {
    /// From the ranks, by truth and then by key.
    pub(crate) fn new(ranks: &[Vec<f64>]) -> Self {
        let count = ranks.first().map_or(0, Vec::len);
        let key = |key: usize| KeyRanks::new(ranks.iter().map(|ranks| ranks[key]).collect());
        Self {
            keys: (0..count).map(key).collect(),
            allowed_of_key: allowed(ranks.len()),
            allowed: allowed(ranks.len() * count),
        }
    }

    /// Truths inside their interval, over all keys.
    pub(crate) fn inside(&self) -> usize {
        self.keys.iter().map(|key| key.inside).sum()
    }

    /// Whether the ranks are those of a correct posterior, as far as their number can tell. Only the lower end of
    /// the region is a failure: an interval that is too wide claims too little.
    pub(crate) fn is_passed(&self) -> bool {
        let key =
            |key: &KeyRanks| key.inside >= self.allowed_of_key.0 && key.evenness > LEAST_CHANCE;
        self.keys.iter().all(key) && self.inside() >= self.allowed.0
    }

    /// Why it is not passed, in words; `names` are those of the keys. Empty if it is passed.
    pub(crate) fn failures(&self, names: &[&str]) -> Vec<String> {
        let mut failures = Vec::new();
        for (key, name) in self.keys.iter().zip(names) {
            let (inside, count) = (key.inside, key.ranks.len());
            let least = self.allowed_of_key.0;
            if inside < least {
                failures.push(format!(
                    "{name} is in its interval in {inside} of {count} runs, at least {least} expected"
                ));
            } else if key.evenness <= LEAST_CHANCE {
                failures.push(format!(
                    "the ranks of {name} are uneven, as correct ones are in one case of a thousand"
                ));
            }
        }
        if failures.is_empty() && self.inside() < self.allowed.0 {
            failures.push(format!(
                "{} values are in their intervals, at least {} expected",
                self.inside(),
                self.allowed.0
            ));
        }
        failures
    }
}

impl KeyRanks {
    fn new(ranks: Vec<f64>) -> Self {
        let edge = (1.0 - NOMINAL) / 2.0;
        Self {
            inside: ranks
                .iter()
                .filter(|rank| (edge..=1.0 - edge).contains(*rank))
                .count(),
            evenness: evenness(&ranks),
            ranks,
        }
    }
}

/// The region outside of which a number of hits among `count`, with the nominal chance each, falls in one case
/// of a thousand.
pub(crate) fn allowed(count: usize) -> (usize, usize) {
    let tail = 0.0005;
    let (yes, no) = (NOMINAL.ln(), (1.0 - NOMINAL).ln());
    // Logarithms of the binomial probabilities, each from the one before.
    let mut log = count as f64 * no;
    let mut chances = Vec::with_capacity(count + 1);
    for hits in 0..=count {
        chances.push(log.exp());
        log += ((count - hits) as f64 / (hits + 1) as f64).ln() + yes - no;
    }
    let ends = |chances: &mut dyn Iterator<Item = &f64>| {
        let mut sum = 0.0;
        chances
            .take_while(|chance| {
                sum += **chance;
                sum <= tail
            })
            .count()
    };
    let low = ends(&mut chances.iter());
    let high = ends(&mut chances.iter().rev());
    (low.min(count), count - high.min(count))
}

/// The chance that uniform values differ as much from even ones: the test of Kolmogorov and Smirnov, with
/// the approximation of M. A. Stephens (1970).
pub(crate) fn evenness(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len() as f64;
    if sorted.is_empty() {
        return 1.0;
    }
    let distance = sorted
        .iter()
        .enumerate()
        .fold(0.0_f64, |most, (index, value)| {
            let (below, above) = (index as f64 / count, (index + 1) as f64 / count);
            most.max(value - below).max(above - value)
        });
    let root = count.sqrt();
    let scaled = (root + 0.12 + 0.11 / root) * distance;
    if scaled < 0.2 {
        return 1.0;
    }
    let term = |k: i32| {
        let sign = if k % 2 == 1 { 1.0 } else { -1.0 };
        sign * (-2.0 * f64::from(k * k) * scaled * scaled).exp()
    };
    (2.0 * (1..=100).map(term).sum::<f64>()).clamp(0.0, 1.0)
}

/// The ranks of truths, by truth and key. `truths` are runs; each is taken as observed, with errors of its own.
pub(crate) fn ranks(
    emulator: &Emulator,
    likelihood: &Likelihood,
    background: Background,
    truths: &[TrainingRun],
    random: Random,
) -> Vec<Vec<f64>> {
    let targets = targets(likelihood, truths, random);
    let logs = log_densities(emulator, likelihood, background.units, &targets);
    let of_truth = |(at, truth): (usize, &TrainingRun)| rank(&logs, at, background, &truth.units);
    truths.iter().enumerate().map(of_truth).collect()
}

/// What each truth would have shown.
pub(crate) fn targets(
    likelihood: &Likelihood,
    truths: &[TrainingRun],
    random: Random,
) -> Vec<Vec<f64>> {
    let numbered = truths.iter().enumerate();
    numbered
        .map(|(row, truth)| likelihood.as_observed(&truth.outputs, random, row as u32))
        .collect()
}

/// The logarithm of the density of each target at each point of a sample: by point, then by target.
pub(crate) fn log_densities(
    emulator: &Emulator,
    likelihood: &Likelihood,
    units: &[Vec<f64>],
    targets: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let at = |units: &Vec<f64>| likelihood.log_densities(&emulator.at(units), targets);
    units.iter().map(at).collect()
}

/// The part of the posterior of one target below the truth, by key.
pub(crate) fn rank(
    logs: &[Vec<f64>],
    target: usize,
    background: Background,
    truth: &[f64],
) -> Vec<f64> {
    let sums = logs.iter().zip(background.logs);
    let sums: Vec<f64> = sums
        .map(|(logs, before)| before + background.power * logs[target])
        .collect();
    let weights = normalised(&sums);
    let of_key = |(key, value): (usize, &f64)| {
        let values: Vec<f64> = background.units.iter().map(|units| units[key]).collect();
        weight_below(&values, &weights, *value)
    };
    truth.iter().enumerate().map(of_key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::design::samplers::random;

    #[test]
    fn regions_are_the_published_ones() {
        assert_eq!(allowed(100), (79, 98));
        assert_eq!(allowed(20).0, 13);
        assert_eq!(allowed(140), (113, 136));
        assert_eq!(allowed(280), (234, 267));
        assert_eq!(allowed(0), (0, 0));
    }

    #[test]
    fn even_ranks_pass_and_others_do_not() {
        // Uniform draws have p below 0.05 about once in twenty.
        let low = (0..400)
            .map(|seed| {
                random(100, 1, seed)
                    .iter()
                    .map(|p| p[0])
                    .collect::<Vec<f64>>()
            })
            .filter(|values| evenness(values) < 0.05)
            .count();
        assert!((8..=34).contains(&low), "{low}");
        // The quantile of D sqrt n at 5 % is 1.358.
        let shifted: Vec<f64> = (0..10_000)
            .map(|i| (f64::from(i) / 10_000.0 + 0.013_58).min(1.0))
            .collect();
        assert!(
            (evenness(&shifted) - 0.05).abs() < 0.002,
            "{}",
            evenness(&shifted)
        );
        let fair: Vec<Vec<f64>> = random(100, 2, 5);
        assert!(SelfCheck::new(&fair).is_passed());
        let narrow: Vec<Vec<f64>> = fair
            .iter()
            .map(|ranks| {
                ranks
                    .iter()
                    .map(|r| if *r < 0.5 { r * r } else { *r })
                    .collect()
            })
            .collect();
        let check = SelfCheck::new(&narrow);
        assert!(!check.is_passed(), "{:?}", check.keys[0].inside);
        // It says of which keys, and why.
        assert!(!check.failures(&["a", "b"]).is_empty());
        assert!(SelfCheck::new(&fair).failures(&["a", "b"]).is_empty());
        let few = SelfCheck::new(&vec![vec![0.01]; 8]);
        let why = "a is in its interval in 0 of 8 runs, at least 4 expected";
        assert_eq!(few.failures(&["a"]), [why]);
    }
}
