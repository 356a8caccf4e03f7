//! Which keys can vary in an experiment: none twice, none that the experiment sets itself, and none
//! without an effect in the scenario.
//!
//! The reasons come from [`patchday_agents::scenario::effect`]. A key has no effect in an experiment if
//! it has none at any point.

use patchday_agents::scenario::{Scenario, effect::without_effect};

use crate::{experiment::error::ExperimentError, host::error::Failure};

/// Checks the keys that one point sets.
///
/// # Errors
/// Returns an error if two of them set one value, or if one is set by the experiment.
pub(crate) fn check_names(keys: &[String]) -> Result<(), Failure> {
    for (place, key) in keys.iter().enumerate() {
        if key == "run.seed" {
            let why = "every replicate has a seed of its own; --seed sets the first one, --reps \
                       their number";
            let (key, why) = (key.clone(), why.to_owned());
            return Err(ExperimentError::CannotVary { key, why }.into());
        }
        let lies_in = |inner: &str, outer: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut others = keys[..place].iter();
        if let Some(other) = others.find(|other| lies_in(key, other) || lies_in(other, key)) {
            let (key, other) = (key.clone(), format!("`{other}`"));
            return Err(ExperimentError::GivenTwice { key, other }.into());
        }
    }
    Ok(())
}

/// Whether keys that vary have an effect at some point.
pub(crate) struct FactorEffects {
    /// The keys, with the reason why they had no effect at any point so far; `None` if one had.
    keys: Vec<(String, Option<String>)>,
    seen: bool,
}

impl FactorEffects {
    /// Keys that no point was seen of.
    pub(crate) fn new<'a>(keys: impl Iterator<Item = &'a str>) -> Self {
        Self {
            keys: keys
                .map(|key| (key.to_owned(), Some(String::new())))
                .collect(),
            seen: false,
        }
    }

    /// Adds the scenario at a point.
    pub(crate) fn see(&mut self, scenario: &Scenario) {
        let all = without_effect(scenario);
        self.seen = true;
        for (key, reason) in &mut self.keys {
            if reason.is_some() {
                let found = all.iter().find(|one| one.covers(key));
                *reason = found.map(|one| one.reason.clone());
            }
        }
    }

    /// The reasons, if none of the keys has an effect.
    pub(crate) fn all_without_effect(&self) -> Option<String> {
        let reasons: Option<Vec<String>> = self
            .keys
            .iter()
            .map(|(key, reason)| Some(format!("{key}: {}", reason.as_ref()?)))
            .collect();
        reasons
            .filter(|all| self.seen && !all.is_empty())
            .map(|all| all.join("; "))
    }

    /// # Errors
    /// Returns an error for the first key that had no effect at any point.
    pub(crate) fn check(self) -> Result<(), Failure> {
        let mut idle = self
            .keys
            .into_iter()
            .filter_map(|(key, why)| Some((key, why?)));
        match idle.next() {
            Some((key, why)) if self.seen => Err(ExperimentError::NoEffect { key, why }.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(keys: &[&str]) -> Result<(), String> {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        check_names(&keys).map_err(|failure| failure.to_string())
    }

    #[test]
    fn no_key_is_set_twice_and_none_that_the_experiment_sets() {
        assert_eq!(names(&["a.b", "a.c", "a.bc"]), Ok(()));
        for keys in [["a.b", "a.b"], ["a", "a.b"], ["a.b", "a"]] {
            assert!(
                names(&keys).unwrap_err().contains("given twice"),
                "{keys:?}"
            );
        }
        assert!(names(&["run.seed"]).unwrap_err().contains("--reps"));
    }

    #[test]
    fn a_key_has_an_effect_if_it_has_one_at_some_point() {
        let mut scenario = Scenario::default();
        let keys = ["client.retry.exponential.cap", "client.login_timeout"];
        let mut effects = FactorEffects::new(keys.into_iter());
        scenario.client.retry.fixed =
            Some(patchday_agents::scenario::quantity::Span::from_hours(1));
        effects.see(&scenario);
        assert_eq!(effects.all_without_effect(), None);
        let mut alone = FactorEffects::new(keys.into_iter().take(1));
        alone.see(&scenario);
        assert!(
            alone
                .all_without_effect()
                .unwrap()
                .contains("client.retry.fixed is set")
        );
        assert!(alone.check().is_err());
        scenario.client.retry.fixed = None;
        effects.see(&scenario);
        assert!(effects.check().is_ok());
    }
}
