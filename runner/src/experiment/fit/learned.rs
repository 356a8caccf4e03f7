//! What a fit learned: each key by itself, directions in words, pairs, and the sentence of the answer.

use crate::{
    experiment::{
        calibration::{
            answer::{CalibrationAnswer, Inference},
            inference::directions::{Combination, Direction, Learning},
            prior::Prior,
        },
        fit::{
            answer::{DirectionAnswer, FitAnswer, KeyAnswer, PairAnswer},
            keys::FitKey,
        },
        stats::quantiles::BAND,
    },
    host::format::{four_figures, rounded, short},
};

/// Parts of the histogram of a key.
const PARTS: usize = 24;
/// Pairs below this correlation are not shown, and the most pairs that are.
const LEAST_CORRELATION: f64 = 0.3;
const MOST_PAIRS: usize = 6;
/// Draws of a pair.
const DRAWS: usize = 250;
/// A key whose posterior is narrower than this part of its prior is known by itself.
const KNOWN: f64 = 0.5;

/// Each key by itself, in the order of the keys.
pub(crate) fn key_answers(keys: &[FitKey], result: &CalibrationAnswer) -> Vec<KeyAnswer> {
    let answer = |(place, key): (usize, &FitKey)| {
        let prior = &key.prior;
        let kept = result.kept.iter().position(|kept| *kept == place);
        let inference = result.inference.as_ref();
        let known = kept.and_then(|kept| Some((kept, inference?)));
        let best = inference.and_then(|one| one.confirmation.best.first());
        let (quantiles, spread, histogram) = match known {
            Some((kept, inference)) => {
                let posterior = &inference.posterior;
                let found = posterior.quantiles(|units| prior.exact(units[kept]), &BAND);
                let values = posterior.units.iter().map(|units| prior.exact(units[kept]));
                let weighted: Vec<(f64, f64)> =
                    values.zip(posterior.weights.iter().copied()).collect();
                (
                    std::array::from_fn(|at| found.get(at).copied().unwrap_or(prior.low)),
                    inference
                        .marginals
                        .get(kept)
                        .map_or(1.0, |one| one.deviation_ratio),
                    histogram(&weighted, prior),
                )
            }
            // Fixed by the screen, or nothing is plausible.
            None if kept.is_none() => ([key.fixed_value(); 5], 0.0, vec![0.0; PARTS]),
            None => (
                BAND.map(|part| prior.exact(part)),
                1.0,
                prior_histogram(prior),
            ),
        };
        KeyAnswer {
            key: prior.key.clone(),
            unit: key.range.unit().to_owned(),
            prior: key.prior_text(),
            low: prior.low,
            high: prior.high,
            today: prior.base,
            quantiles: quantiles.map(four_figures),
            spread: rounded(spread, 3),
            best: best.and_then(|best| best.values.get(place).copied()),
            fixed: kept.is_none(),
            histogram,
            prior_histogram: prior_histogram(prior),
        }
    };
    keys.iter().enumerate().map(answer).collect()
}

/// The share of weighted values in each of equal parts of the range.
fn histogram(values: &[(f64, f64)], prior: &Prior) -> Vec<f64> {
    let mut parts = vec![0.0; PARTS];
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    for (value, weight) in values {
        let position = (value - prior.low) / (prior.high - prior.low);
        let part = (position * PARTS as f64).clamp(0.0, PARTS as f64 - 1.0) as usize;
        parts[part] += weight / total.max(f64::MIN_POSITIVE);
    }
    parts.into_iter().map(|share| rounded(share, 5)).collect()
}

fn prior_histogram(prior: &Prior) -> Vec<f64> {
    const STEPS: u32 = 4_800;
    let even = (0..STEPS).map(|step| prior.exact((f64::from(step) + 0.5) / f64::from(STEPS)));
    histogram(&even.map(|value| (value, 1.0)).collect::<Vec<_>>(), prior)
}

/// The keys that vary, in the order of the directions' loadings.
fn kept<'a>(keys: &'a [FitKey], result: &CalibrationAnswer) -> Vec<&'a FitKey> {
    result
        .kept
        .iter()
        .filter_map(|place| keys.get(*place))
        .collect()
}

/// The directions, the best learned first.
pub(crate) fn directions(
    keys: &[FitKey],
    result: &CalibrationAnswer,
    inference: &Inference,
) -> Vec<DirectionAnswer> {
    let kept = kept(keys, result);
    let names: Vec<String> = kept.iter().map(|key| short_name(&key.prior.key)).collect();
    let answer = |direction: &Direction| {
        let mut weights = vec![0.0; keys.len()];
        for (place, loading) in result.kept.iter().zip(&direction.loadings) {
            weights[*place] = rounded(*loading, 4);
        }
        let (before, after) = match &direction.quantity {
            Some((combination, before, after)) => {
                let text = |ends: &[f64; 3]| interval(*combination, &kept, (ends[0], ends[2]));
                (text(before), text(after))
            }
            None => (String::new(), String::new()),
        };
        DirectionAnswer {
            name: direction.words(&names),
            variance: rounded(direction.ratio, 4),
            weights,
            before,
            after,
        }
    };
    inference.directions.iter().map(answer).collect()
}

/// The last names of a key, which tell it from others: two, or three if the second is the number of an
/// element.
fn short_name(key: &str) -> String {
    let names: Vec<&str> = key.split('.').collect();
    let is_number = |name: &&&str| name.bytes().all(|byte| byte.is_ascii_digit());
    let second = names
        .len()
        .checked_sub(2)
        .and_then(|place| names.get(place));
    let count = if second.filter(is_number).is_some() {
        3
    } else {
        2
    };
    names[names.len().saturating_sub(count)..].join(".")
}

/// An interval of a quantity, with its unit if it has one.
fn interval(combination: Combination, keys: &[&FitKey], (low, high): (f64, f64)) -> String {
    let unit = |place: usize| keys.get(place).map_or("", |key| key.range.unit());
    let unit = match combination {
        Combination::Key(key) => {
            return match keys.get(key) {
                Some(key) => {
                    let text = |value: f64| format!("{}{}", four_figures(value), key.range.unit());
                    format!("{} to {}", text(low), text(high))
                }
                None => String::new(),
            };
        }
        Combination::Product(one, other) => match (unit(one), unit(other)) {
            ("", unit) | (unit, "") => unit,
            _ => "",
        },
        Combination::Ratio(one, other) if unit(other).is_empty() => unit(one),
        Combination::Ratio(..) => "",
    };
    let number = |value: f64| format!("{}{unit}", short(value));
    format!("{} to {}", number(low), number(high))
}

/// Pairs of keys that go together, the closest first.
pub(crate) fn pairs(
    keys: &[FitKey],
    result: &CalibrationAnswer,
    inference: &Inference,
) -> Vec<PairAnswer> {
    let kept = kept(keys, result);
    let strong = inference
        .correlations
        .iter()
        .filter(|pair| pair.2.abs() > LEAST_CORRELATION);
    let mut strong: Vec<&(usize, usize, f64)> = strong.collect();
    strong.sort_by(|one, other| other.2.abs().total_cmp(&one.2.abs()));
    let answer = |(one, other, correlation): &(usize, usize, f64)| {
        let value = |which: usize, units: &[f64]| {
            let prior = kept.get(which).map(|key| &key.prior);
            four_figures(prior.map_or(0.0, |prior| prior.exact(units[which])))
        };
        let draws = inference
            .posterior
            .draws(DRAWS, DRAWS as u64)
            .into_iter()
            .map(|at| {
                let units = &inference.posterior.units[at];
                (value(*one, units), value(*other, units))
            });
        let place = |which: usize| result.kept.get(which).copied().unwrap_or(0);
        PairAnswer {
            keys: (place(*one), place(*other)),
            correlation: rounded(*correlation, 3),
            draws: draws.collect(),
        }
    };
    strong.into_iter().take(MOST_PAIRS).map(answer).collect()
}

/// The answer in a sentence or two.
pub(crate) fn verdict(
    keys: &[KeyAnswer],
    directions: &[DirectionAnswer],
    result: &CalibrationAnswer,
) -> String {
    let count = keys.len();
    let all = if count == 1 {
        "the key".to_owned()
    } else {
        format!("the {count} keys")
    };
    if result.inference.is_none() {
        return format!("No values of {all} within their ranges agree with the points.");
    }
    let of = |learning: Learning| -> Vec<&DirectionAnswer> {
        let all = directions.iter();
        all.filter(|one| one.learning() == learning).collect()
    };
    let (full, half) = (of(Learning::Learned), of(Learning::HalfLearned));
    if full.is_empty() && half.is_empty() {
        return format!(
            "The points say nothing about {all}: after the fit they are nearly as uncertain as before."
        );
    }
    let number = match full.len() {
        0 => "no number for certain".to_owned(),
        1 => "one number".to_owned(),
        count => format!("{count} numbers"),
    };
    let half_text = match (half.len(), full.is_empty()) {
        (0, _) => String::new(),
        (1, true) => " and half of one".to_owned(),
        (1, false) => " and half of another".to_owned(),
        (count, true) => format!(" and half of {count}"),
        (count, false) => format!(" and half of {count} others"),
    };
    let mut text = format!("The points tell {number}{half_text} about {all}.");
    if let Some(first) = full.first().or(half.first()) {
        text.push_str(&match first.after.as_str() {
            "" => format!(
                " Best known is {}, of whose variance {:.0} % is left.",
                first.name,
                first.variance * 100.0
            ),
            after => format!(
                " Best known is {}: {after} (90 %), before {}.",
                first.name, first.before
            ),
        });
    }
    // The best known direction can be a key, which then needs no other sentence.
    let said = full.first().or(half.first()).map(|one| one.name.clone());
    let known: Vec<String> = keys
        .iter()
        .filter(|key| !key.fixed && key.spread < KNOWN)
        .filter(|key| Some(short_name(&key.key)) != said)
        .map(|key| {
            let text = |at: usize| FitAnswer::value(key, key.quantiles[at]);
            format!("{} is {} to {}", short_name(&key.key), text(0), text(4))
        })
        .collect();
    let alone = keys
        .iter()
        .any(|key| said.as_ref() == Some(&short_name(&key.key)));
    if !known.is_empty() {
        text.push_str(&format!(" By itself, {}.", known.join("; ")));
    } else if !alone {
        text.push_str(" No key is known by itself.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_quantities_have_units() {
        assert_eq!(
            short_name("operator.force_supernodes.second.rate"),
            "second.rate"
        );
        assert_eq!(
            short_name("trigger.configuration_push.0.share"),
            "configuration_push.0.share"
        );
        assert_eq!(
            (short_name("a"), short_name("a.0")),
            ("a".into(), "a.0".into())
        );
        let vary = [
            "operator.force_supernodes.second.rate=400/h..1000/h",
            "overlay.supernode.seats=450..900",
        ];
        let vary = vary.map(String::from);
        let mut scenario = crate::experiment::fit::observations::points::tests::scenario_2007();
        scenario.run.seed = 1;
        let keys = FitKey::all(&vary, &scenario)
            .map_err(|error| error.to_string())
            .unwrap();
        let keys: Vec<&FitKey> = keys.iter().collect();
        let text = |combination| interval(combination, &keys, (294_000.0, 355_000.0));
        assert_eq!(text(Combination::Product(0, 1)), "294 k/h to 355 k/h");
        assert_eq!(text(Combination::Ratio(0, 1)), "294 k/h to 355 k/h");
        assert_eq!(text(Combination::Ratio(1, 0)), "294 k to 355 k");
        assert_eq!(
            interval(Combination::Key(0), &keys, (500.0, 600.0)),
            "500/h to 600/h"
        );
        let histogram = prior_histogram(&keys[1].prior);
        assert!((histogram.iter().sum::<f64>() - 1.0).abs() < 1e-3);
        assert!(
            histogram
                .iter()
                .all(|share| (share - 1.0 / PARTS as f64).abs() < 1e-3)
        );
    }
}
