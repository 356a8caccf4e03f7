//! What was learned: directions of the range in which the posterior is narrower than the prior.
//!
//! Observed points often fix a product or a ratio of keys and leave each key alone as it was, so marginals
//! show nothing. The eigenvectors of the posterior's covariance, in coordinates in which every prior has mean 0
//! and standard deviation 1, are the directions that were learned, the best known first; an eigenvalue
//! is the part of the prior's variance that is left. Keys count by their logarithm where products make sense
//! ([`Prior::is_logarithmic`]), so that a direction of two keys reads as a product or a ratio.

use crate::experiment::{
    calibration::{inference::posterior::Posterior, prior::Prior},
    design::samplers::sobol,
    stats::matrix::eigenvectors,
};

/// A direction is learned if at most this part of the prior's variance is left, half learned with at most the second.
const LEARNED: f64 = 0.25;
const HALF_LEARNED: f64 = 0.6;
/// A key belongs to a direction if its loading is at least this part of the largest one.
const LEAST_LOADING: f64 = 0.4;
/// Exponents of a product differ by less than this factor.
const SAME_EXPONENT: f64 = 1.6;
/// The ends of the intervals.
const PARTS: [f64; 3] = [0.05, 0.5, 0.95];

/// How much was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Learning {
    Learned,
    HalfLearned,
    NotLearned,
}

impl Learning {
    /// From the part of the variance that is left.
    pub(crate) fn new(ratio: f64) -> Self {
        if ratio <= LEARNED {
            Self::Learned
        } else if ratio <= HALF_LEARNED {
            Self::HalfLearned
        } else {
            Self::NotLearned
        }
    }

    /// In words.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Learned => "learned",
            Self::HalfLearned => "half learned",
            Self::NotLearned => "not learned",
        }
    }
}

/// A quantity of one or two keys that a direction fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combination {
    /// One key alone.
    Key(usize),
    Product(usize, usize),
    /// The first over the second.
    Ratio(usize, usize),
}

impl Combination {
    /// Its value.
    pub(crate) fn value(self, priors: &[Prior], units: &[f64]) -> f64 {
        let value = |key: usize| priors[key].exact(units[key]);
        match self {
            Self::Key(key) => value(key),
            Self::Product(one, other) => value(one) * value(other),
            Self::Ratio(one, other) => value(one) / value(other),
        }
    }
}

/// A direction of the range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Direction {
    /// One a key, of length 1 together, in standard deviations of the priors.
    pub(crate) loadings: Vec<f64>,
    /// The part of the prior's variance that is left.
    pub(crate) ratio: f64,
    pub(crate) learning: Learning,
    /// Keys that go up along it and those that go down, the largest loadings first.
    pub(crate) up: Vec<usize>,
    pub(crate) down: Vec<usize>,
    /// What it fixes, if that is a quantity, with its 5, 50 and 95 % quantiles before and after.
    pub(crate) quantity: Option<(Combination, [f64; 3], [f64; 3])>,
}

/// What was learned of one key alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Marginal {
    /// 5, 50 and 95 % quantiles of its value.
    pub(crate) before: [f64; 3],
    pub(crate) after: [f64; 3],
    /// The standard deviation in parts of that of the prior.
    pub(crate) deviation_ratio: f64,
}

/// The coordinate of a key in a direction: its value, or its logarithm.
fn coordinate(prior: &Prior, unit: f64) -> f64 {
    let value = prior.exact(unit);
    if prior.is_logarithmic() {
        value.ln()
    } else {
        value
    }
}

/// Mean and standard deviation of a key's coordinate under its prior.
fn prior_moments(prior: &Prior) -> (f64, f64) {
    const STEPS: u32 = 512;
    let at = |step: u32| coordinate(prior, (f64::from(step) + 0.5) / f64::from(STEPS));
    let mean = (0..STEPS).map(at).sum::<f64>() / f64::from(STEPS);
    let squares: f64 = (0..STEPS).map(|step| (at(step) - mean).powi(2)).sum();
    (mean, (squares / f64::from(STEPS)).sqrt())
}

/// The directions, the best known first.
pub(crate) fn directions(priors: &[Prior], posterior: &Posterior) -> Vec<Direction> {
    let keys = priors.len();
    let moments: Vec<(f64, f64)> = priors.iter().map(prior_moments).collect();
    // In standard deviations of the prior, about the mean of the posterior.
    let rows: Vec<Vec<f64>> = posterior
        .units
        .iter()
        .map(|units| {
            let key = |key: usize| {
                (coordinate(&priors[key], units[key]) - moments[key].0) / moments[key].1
            };
            (0..keys).map(key).collect()
        })
        .collect();
    let weighted = |of: &dyn Fn(&[f64]) -> f64| -> f64 {
        let terms = rows.iter().zip(&posterior.weights);
        terms.map(|(row, weight)| weight * of(row)).sum()
    };
    let means: Vec<f64> = (0..keys).map(|key| weighted(&|row| row[key])).collect();
    let entry = |at: usize| {
        let (one, other) = (at / keys, at % keys);
        weighted(&|row| (row[one] - means[one]) * (row[other] - means[other]))
    };
    let covariance: Vec<f64> = (0..keys * keys).map(entry).collect();
    let pairs = eigenvectors(&covariance, keys).into_iter();
    pairs
        .map(|(ratio, loadings)| {
            let scales: Vec<f64> = moments.iter().map(|one| one.1).collect();
            direction(priors, posterior, loadings, ratio.max(0.0), &scales)
        })
        .collect()
}

fn direction(
    priors: &[Prior],
    posterior: &Posterior,
    loadings: Vec<f64>,
    ratio: f64,
    scales: &[f64],
) -> Direction {
    let most = loadings
        .iter()
        .fold(0.0_f64, |most, one| most.max(one.abs()));
    let mut counted: Vec<usize> = (0..loadings.len())
        .filter(|key| loadings[*key].abs() >= LEAST_LOADING * most)
        .collect();
    counted.sort_by(|one, other| loadings[*other].abs().total_cmp(&loadings[*one].abs()));
    let (up, down) = counted.iter().partition(|key| loadings[**key] > 0.0);
    let combination = combination(priors, &loadings, scales, &counted);
    let quantity = combination.map(|combination| {
        let value = |units: &[f64]| combination.value(priors, units);
        let before = Posterior::new(sobol(2_047, priors.len()), &[0.0; 2_047]);
        let ends = |one: &Posterior| triple(&one.quantiles(value, &PARTS));
        (combination, ends(&before), ends(posterior))
    });
    Direction {
        learning: Learning::new(ratio),
        loadings,
        ratio,
        up,
        down,
        quantity,
    }
}

fn triple(values: &[f64]) -> [f64; 3] {
    [0, 1, 2].map(|at| values.get(at).copied().unwrap_or(0.0))
}

fn combination(
    priors: &[Prior],
    loadings: &[f64],
    scales: &[f64],
    counted: &[usize],
) -> Option<Combination> {
    match *counted {
        [key] => Some(Combination::Key(key)),
        [one, other] if priors[one].is_logarithmic() && priors[other].is_logarithmic() => {
            // The direction fixes a^p b^q with these exponents.
            let exponent = |key: usize| loadings[key] / scales[key];
            let ratio = exponent(one) / exponent(other);
            let alike = (1.0 / SAME_EXPONENT..SAME_EXPONENT).contains(&ratio.abs());
            let (low, high) = (one.min(other), one.max(other));
            alike.then_some(if ratio > 0.0 {
                Combination::Product(low, high)
            } else {
                Combination::Ratio(low, high)
            })
        }
        _ => None,
    }
}

impl Direction {
    /// In words, with the names of the keys: `rate x seats`, or `memory up, seats and core down together`.
    pub(crate) fn words(&self, names: &[String]) -> String {
        let name = |key: usize| names.get(key).map_or("", String::as_str);
        match self.quantity.map(|one| one.0) {
            Some(Combination::Key(key)) => return name(key).to_owned(),
            Some(Combination::Product(one, other)) => {
                return format!("{} x {}", name(one), name(other));
            }
            Some(Combination::Ratio(one, other)) => {
                return format!("{} / {}", name(one), name(other));
            }
            None => {}
        }
        let list = |keys: &[usize]| -> String {
            let names: Vec<&str> = keys.iter().map(|key| name(*key)).collect();
            match names.as_slice() {
                [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
                all => all.concat(),
            }
        };
        match (self.up.is_empty(), self.down.is_empty()) {
            (false, false) => {
                format!("{} up, {} down together", list(&self.up), list(&self.down))
            }
            (false, true) => format!("{} up together", list(&self.up)),
            _ => format!("{} down together", list(&self.down)),
        }
    }
}

/// What was learned of each key alone.
pub(crate) fn marginals(priors: &[Prior], posterior: &Posterior) -> Vec<Marginal> {
    let of_key = |(key, prior): (usize, &Prior)| Marginal {
        before: PARTS.map(|part| prior.exact(part)),
        after: triple(&posterior.quantiles(|units| prior.exact(units[key]), &PARTS)),
        deviation_ratio: posterior.deviation_ratio(prior, key),
    };
    priors.iter().enumerate().map(of_key).collect()
}

/// Correlations of the keys' coordinates under the posterior: pairs of keys with the correlation.
pub(crate) fn correlations(priors: &[Prior], posterior: &Posterior) -> Vec<(usize, usize, f64)> {
    let value = |key: usize| move |units: &[f64]| coordinate(&priors[key], units[key]);
    let means: Vec<f64> = (0..priors.len())
        .map(|key| posterior.mean(value(key)))
        .collect();
    let deviations: Vec<f64> = (0..priors.len())
        .map(|key| posterior.deviation(value(key)))
        .collect();
    let mut all = Vec::new();
    for one in 0..priors.len() {
        for other in one + 1..priors.len() {
            let product = |units: &[f64]| {
                (value(one)(units) - means[one]) * (value(other)(units) - means[other])
            };
            let spread = deviations[one] * deviations[other];
            let correlation = if spread > 0.0 {
                posterior.mean(product) / spread
            } else {
                0.0
            };
            all.push((one, other, correlation));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::calibration::prior::Distribution;

    fn key(name: &str, low: f64, high: f64) -> Prior {
        Prior {
            distribution: Distribution::Log,
            ..Prior::uniform(name, low, high)
        }
    }

    fn posterior(priors: &[Prior], log: impl Fn(&[f64]) -> f64) -> Posterior {
        let units = sobol(8_191, priors.len());
        let logs: Vec<f64> = units.iter().map(|units| log(units)).collect();
        Posterior::new(units, &logs)
    }

    #[test]
    fn a_product_is_found_between_keys_of_different_ranges() {
        let priors = [
            key("rate", 400.0, 1_000.0),
            key("asks", 1.0, 8.0),
            key("seats", 300.0, 900.0),
        ];
        let product = |u: &[f64]| priors[0].exact(u[0]) * priors[2].exact(u[2]);
        let posterior = posterior(&priors, |u| {
            -0.5 * ((product(u) / 315_000.0).ln() / 0.05).powi(2)
        });
        let all = directions(&priors, &posterior);
        let first = &all[0];
        assert_eq!(first.learning, Learning::Learned);
        let (combination, before, after) = first.quantity.unwrap();
        assert_eq!(combination, Combination::Product(0, 2));
        assert!(before[0] < 200_000.0 && before[2] > 600_000.0, "{before:?}");
        assert!((after[1] / 315_000.0 - 1.0).abs() < 0.02, "{after:?}");
        assert!((after[2] / after[0]).ln() < 0.18);
        let names = priors.clone().map(|prior| prior.key);
        assert_eq!(first.words(&names), "rate x seats");
        assert_eq!(all[2].learning, Learning::NotLearned);
        let of_keys = marginals(&priors, &posterior);
        assert!(
            of_keys.iter().all(|one| one.deviation_ratio > 0.7),
            "{of_keys:?}"
        );
        let pair = correlations(&priors, &posterior);
        assert!(pair[1].2 < -0.8 && pair[0].2.abs() < 0.05, "{pair:?}");
    }

    #[test]
    fn ratios_single_keys_and_others_have_words() {
        let priors = [key("a", 1.0, 4.0), key("b", 1.0, 4.0), key("c", 1.0, 4.0)];
        let names = ["a", "b", "c"].map(String::from);
        let ratio = posterior(&priors, |u| -0.5 * ((u[0] - u[1]) / 0.05).powi(2));
        assert_eq!(directions(&priors, &ratio)[0].words(&names), "a / b");
        let alone = posterior(&priors, |u| -0.5 * ((u[2] - 0.3) / 0.05).powi(2));
        assert_eq!(directions(&priors, &alone)[0].words(&names), "c");
        let three = posterior(&priors, |u| {
            -0.5 * ((u[0] - 0.9 * u[1] - 0.8 * u[2] + 0.4) / 0.05).powi(2)
        });
        let words = directions(&priors, &three)[0].words(&names);
        assert_eq!(words, "a up, b and c down together");
    }
}
