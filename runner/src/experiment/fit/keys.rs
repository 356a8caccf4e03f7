//! The keys of a fit: `--vary KEY=LOW..HIGH`, with `,log` or `,normal:MEAN,SD` after it.
//!
//! A key is a range of values as a scenario writes them, and a prior over the same numbers. Numbers are in
//! the unit of the range.

use patchday_agents::scenario::Scenario;

use crate::{
    experiment::{
        calibration::prior::{Distribution, Prior},
        design::{
            effects::check_names,
            factors::{Factor, Levels},
            range::Range,
        },
        error::ExperimentError,
    },
    host::error::Failure,
    scenario::load::value_at,
};

/// Sections that decide the norm, of which observed points are shares.
const NORM: [&str; 2] = ["population", "calendar"];
/// Sections that no run depends on.
const OUTSIDE: [&str; 3] = ["run", "observed", "expect"];

/// A key with its prior.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FitKey {
    pub(crate) range: Range,
    pub(crate) prior: Prior,
}

impl FitKey {
    /// Reads the keys of a fit of a scenario before it is scaled.
    ///
    /// # Errors
    /// Returns an error if a key, its range or its prior is invalid, or if no fit can vary it.
    pub(crate) fn all(vary: &[String], scenario: &Scenario) -> Result<Vec<Self>, Failure> {
        let read = vary.iter().map(|text| Self::parse(text, Some(scenario)));
        let keys: Vec<Self> = read.collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(ExperimentError::NoKeys.into());
        }
        let names: Vec<String> = keys.iter().map(|key| key.prior.key.clone()).collect();
        check_names(&names)?;
        for key in &names {
            let root = key.split('.').next().unwrap_or_default();
            let why = if NORM.contains(&root) {
                "it can change the norm, and observed points are shares of the norm"
            } else if OUTSIDE.contains(&root) {
                "no run depends on it as on a parameter of the model"
            } else {
                continue;
            };
            let (key, why) = (key.clone(), why.to_owned());
            return Err(ExperimentError::CannotVary { key, why }.into());
        }
        Ok(keys)
    }

    /// Reads one key; `scenario` says whether its values are whole numbers, and today's value.
    fn parse(text: &str, scenario: Option<&Scenario>) -> Result<Self, Failure> {
        let (range, form) = match text.split_once(',') {
            Some((range, form)) => (range, form.trim()),
            None => (text, ""),
        };
        let mut factor = Factor::parse(range)?;
        if let Levels::Values(_) = factor.levels {
            return Err(ExperimentError::NoRange(factor.key).into());
        }
        let today = scenario.and_then(|scenario| value_at(scenario, &factor.key));
        factor.fit(today.as_ref());
        let range = factor.range()?.clone();
        let wrong = |fault: String| {
            let text = text.to_owned();
            Failure::from(ExperimentError::Levels { text, fault })
        };
        let prior = Prior {
            key: factor.key.clone(),
            distribution: distribution(form, &range).map_err(wrong)?,
            low: range.low,
            high: range.high,
            step: range.step(),
            base: today.and_then(|value| range.number_of(&value)),
        };
        match prior.error() {
            Some(fault) => Err(wrong(fault)),
            None => Ok(Self { range, prior }),
        }
    }

    /// The key with a value, as an override.
    pub(crate) fn set(&self, value: f64) -> String {
        format!("{}={}", self.prior.key, self.range.text(value))
    }

    /// The value at which it is fixed if it moves no point: that of the file, within the range.
    pub(crate) fn fixed_value(&self) -> f64 {
        let prior = &self.prior;
        let base = prior.base.map(|base| base.clamp(prior.low, prior.high));
        base.unwrap_or_else(|| prior.value(0.5))
    }

    /// A value as people read it.
    pub(crate) fn text(&self, value: f64) -> String {
        self.range.text(value)
    }

    /// The prior in words.
    pub(crate) fn prior_text(&self) -> String {
        let text = |value| self.range.text(value);
        let (low, high) = (text(self.range.low), text(self.range.high));
        match self.prior.distribution {
            Distribution::Uniform => format!("{low} to {high}"),
            Distribution::Log => format!("{low} to {high}, logarithmic"),
            Distribution::Normal { mean, deviation } => format!(
                "normal {} \u{b1} {}, within {low} to {high}",
                text(mean),
                text(deviation)
            ),
        }
    }
}

/// The distribution that follows the range.
///
/// # Errors
/// Returns what is allowed.
fn distribution(form: &str, range: &Range) -> Result<Distribution, String> {
    match form {
        "" | "uniform" => return Ok(Distribution::Uniform),
        "log" => return Ok(Distribution::Log),
        _ => {}
    }
    let number = |text: &str| range.number(text.trim()).filter(|value| value.is_finite());
    let normal = form.strip_prefix("normal:").and_then(|rest| {
        let (mean, deviation) = rest.split_once(',')?;
        Some(Distribution::Normal {
            mean: number(mean)?,
            deviation: number(deviation)?,
        })
    });
    normal.ok_or_else(|| {
        format!(
            "`{form}`: after the range follows nothing, `log`, or `normal:MEAN,SD` with two values of \
             the key, such as normal:{},{}",
            range.text(range.at(0.5)),
            range.text((range.high - range.low) / 4.0)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<FitKey, String> {
        FitKey::parse(text, None).map_err(|failure| failure.to_string())
    }

    #[test]
    fn ranges_and_priors_are_read() {
        let even = key("a.b=100..300").unwrap();
        assert_eq!(even.prior.step, Some(1.0));
        assert_eq!(even.set(even.prior.value(0.25)), "a.b=150");
        assert_eq!(even.prior_text(), "100 to 300");
        let log = key("a.b=6h..24h,log").unwrap();
        assert_eq!(log.set(log.prior.value(0.5)), "a.b=12h");
        // Six figures of hours are whole seconds again when they are written.
        assert_eq!(log.set(log.prior.value(0.3)), "a.b=32739s");
        let normal = key("a.b=400/h..1000/h,normal:630/h,90/h").unwrap();
        assert_eq!(
            normal.prior_text(),
            "normal 630/h \u{b1} 90/h, within 400/h to 1000/h"
        );
        let share = key("a.b=0.1..0.9").unwrap();
        assert_eq!((share.prior.step, share.prior.base), (None, None));
    }

    #[test]
    fn a_prior_that_means_nothing_is_refused() {
        for (text, expected) in [
            ("a=0..1,log", "above 0"),
            ("a=1..2,cauchy", "after the range follows"),
            ("a=1..2,normal:1", "after the range follows"),
            ("a=1..2,normal:1,0", "standard deviation above 0"),
            ("a=1h..2h,normal:x,1h", "after the range follows"),
            ("a=1..2,normal:900,1", "a part in the range"),
            ("a=1,2", "needs a range"),
            ("a=3..2", "must be below"),
        ] {
            let fault = key(text).unwrap_err();
            assert!(fault.contains(expected), "{text}: {fault}");
        }
    }

    #[test]
    fn keys_of_the_norm_and_of_the_run_cannot_be_fitted() {
        let scenario = Scenario::default();
        let all = |key: &str| {
            let vary = [key.to_owned()];
            FitKey::all(&vary, &scenario).map_err(|failure| failure.to_string())
        };
        assert!(
            all("population.online_share=0.1..0.5")
                .unwrap_err()
                .contains("norm")
        );
        assert!(all("run.seed=1..5").is_err());
        assert!(FitKey::all(&[], &scenario).is_err());
        let keys = all("overlay.supernode.seats=450..900").unwrap();
        assert!(keys[0].prior.base.is_some());
    }
}
