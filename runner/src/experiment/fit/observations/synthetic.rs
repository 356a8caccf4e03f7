//! `--synthetic KEY=VALUE,...`: observations from a run whose keys are known, to see whether the fit finds
//! them.
//!
//! The truth is one run with these values and a seed that no run of the fit has. Each observed point keeps
//! its time and its error; its value is that of the run, plus an error drawn from the point's own. The fit
//! sees nothing else of the truth.

use patchday_core::Random;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::{
    experiment::{
        error::ExperimentError,
        fit::{
            keys::FitKey,
            observations::{
                outputs::share_at,
                points::{FitPoint, Use},
            },
        },
        jobs::job::Job,
    },
    host::error::Failure,
    results::run_record::RunRecord,
};

const TRUTH_DRAWS: u32 = 0x5452_5554;
/// The word for a truth that is drawn from the prior.
const DRAW: &str = "draw";

/// The true values of the keys, in their order.
///
/// # Errors
/// Returns an error if the text is not a list of values of keys that vary.
pub(crate) fn truth(text: &str, keys: &[FitKey], seed: u64) -> Result<Vec<f64>, Failure> {
    let wrong = |fault: String| {
        let text = text.to_owned();
        Failure::from(ExperimentError::Synthetic { text, fault })
    };
    if text.trim() == DRAW {
        let unit = |place: usize| uniform(seed, place as u32, 0);
        let drawn = keys.iter().enumerate();
        return Ok(drawn
            .map(|(place, key)| key.prior.value(unit(place)))
            .collect());
    }
    let middle = |key: &FitKey| {
        let inside = |today: &f64| (key.prior.low..=key.prior.high).contains(today);
        let today = key.prior.base.filter(inside);
        today.unwrap_or_else(|| key.prior.value(0.5))
    };
    let mut values: Vec<f64> = keys.iter().map(middle).collect();
    let mut given = vec![false; keys.len()];
    for part in text.split(',') {
        let Some((name, value)) = part.split_once('=') else {
            return Err(wrong(format!(
                "`{part}` is not KEY=VALUE; `{DRAW}` draws all values from the priors"
            )));
        };
        let (name, value) = (name.trim(), value.trim());
        let is_named = |key: &FitKey| {
            let rest = key.prior.key.strip_suffix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let found: Vec<usize> = (0..keys.len())
            .filter(|place| is_named(&keys[*place]))
            .collect();
        let place = match found.as_slice() {
            [place] => *place,
            [] => return Err(wrong(format!("no key `{name}` varies"))),
            _ => return Err(wrong(format!("several keys that vary end with `{name}`"))),
        };
        if std::mem::replace(&mut given[place], true) {
            return Err(wrong(format!("`{name}` is given twice")));
        }
        let key = &keys[place];
        let number = key.range.number(value).filter(|number| number.is_finite());
        let inside = |number: &f64| (key.prior.low..=key.prior.high).contains(number);
        values[place] = number.filter(inside).ok_or_else(|| {
            wrong(format!(
                "`{value}` is not a value within {}",
                key.prior_text()
            ))
        })?;
    }
    Ok(values)
}

/// The run of the truth.
pub(crate) fn truth_job(values: &[f64], keys: &[FitKey], seed: u64) -> Job {
    let word = Random::new(seed).draw(0, 0, TRUTH_DRAWS, u32::MAX).word(0);
    Job {
        index: 0,
        replicate: 0,
        // Seeds of a scenario have 63 bits.
        seed: u64::from(word) << 24 | 0x00DA_7A00,
        set: keys
            .iter()
            .zip(values)
            .map(|(key, value)| key.set(*value))
            .collect(),
    }
}

/// Puts the values of the run of the truth in the place of the observations.
///
/// # Errors
/// Returns an error if that run failed.
pub(crate) fn observe(
    points: &mut [FitPoint],
    record: &RunRecord,
    seed: u64,
) -> Result<(), Failure> {
    for (place, point) in points.iter_mut().enumerate() {
        if !matches!(point.r#use, Use::Used | Use::HeldOut) {
            continue;
        }
        let has_window = point.within > 0 && !point.daily_peak;
        let Some(share) = share_at(record, place, has_window.then_some(point.time)) else {
            return Err(ExperimentError::NothingToFit("the run of the truth failed".into()).into());
        };
        let unit = uniform(seed, place as u32, 1).clamp(1e-9, 1.0 - 1e-9);
        let error = Normal::standard().inverse_cdf(unit) * point.error;
        // Every reading is one of the truth, so none excludes another.
        point.group = None;
        point.share = (share + error).max(0.0);
    }
    Ok(())
}

/// A number from 0 to 1.
fn uniform(seed: u64, place: u32, part: u32) -> f64 {
    let word = Random::new(seed).draw(place, part, TRUTH_DRAWS, 0).word(0);
    (f64::from(word) + 0.5) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use patchday_agents::scenario::Scenario;

    use super::*;

    fn keys() -> Vec<FitKey> {
        let vary = [
            "overlay.supernode.seats=450..900",
            "overlay.promotion.flaw_memory=6h..72h",
        ];
        let vary = vary.map(String::from);
        FitKey::all(&vary, &Scenario::default())
            .map_err(|failure| failure.to_string())
            .unwrap()
    }

    #[test]
    fn a_truth_is_named_by_the_ends_of_keys_or_drawn() {
        let keys = keys();
        let read = |text: &str| truth(text, &keys, 7).map_err(|failure| failure.to_string());
        let values = read("seats=700").unwrap();
        assert_eq!(values[0], 700.0);
        assert_eq!(
            read("overlay.promotion.flaw_memory=48h, seats=500").unwrap()[1],
            48.0
        );
        let drawn = read("draw").unwrap();
        assert!((450.0..=900.0).contains(&drawn[0]) && drawn == read("draw").unwrap());
        assert_ne!(truth("draw", &keys, 8).unwrap_or_default(), drawn);
        for (text, expected) in [
            ("seats", "is not KEY=VALUE"),
            ("rate=5", "no key `rate` varies"),
            ("seats=100", "is not a value within 450 to 900"),
            ("seats=many", "is not a value within"),
            ("seats=500,seats=600", "given twice"),
        ] {
            let fault = read(text).unwrap_err();
            assert!(fault.contains(expected), "{text}: {fault}");
        }
        let job = truth_job(&values, &keys, 7);
        assert_eq!(job.set[0], "overlay.supernode.seats=700");
        assert!(job.seed <= i64::MAX as u64);
    }
}
