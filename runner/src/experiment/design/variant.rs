//! Variants: named changes of a scenario, `NAME: KEY=VALUE; KEY=VALUE`.

use patchday_agents::scenario::Scenario;
use serde::{Deserialize, Serialize};

use crate::{experiment::error::ExperimentError, host::error::Failure, scenario::load::value_at};

/// A key that a variant changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeyChange {
    pub(crate) key: String,
    /// The value in the scenario as it is; null if it is not set, or not a single value.
    pub(crate) today: Option<String>,
    /// The value of the variant; null if the variant unsets it.
    pub(crate) value: Option<String>,
}

impl KeyChange {
    /// The value in the scenario as it is, as text.
    pub(crate) fn before(&self) -> &str {
        shown(self.today.as_deref())
    }

    /// The value of the variant, as text.
    pub(crate) fn after(&self) -> &str {
        shown(self.value.as_deref())
    }

    /// It in words: `retry.jitter: none -> full`.
    pub(crate) fn in_words(&self) -> String {
        format!("{}: {} -> {}", self.key, self.before(), self.after())
    }
}

/// A value of a key without quotes.
fn shown(value: Option<&str>) -> &str {
    value.unwrap_or("not set").trim_matches('"')
}

/// A named change of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variant {
    pub(crate) name: String,
    /// Overrides, `KEY=VALUE` each; empty if nothing is changed.
    pub(crate) set: Vec<String>,
}

impl Variant {
    /// Reads `NAME: KEY=VALUE; KEY=VALUE`, the assignments alone, or `none`.
    ///
    /// # Errors
    /// Returns an error if a part is not an assignment.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        // A name may contain colons, so it ends at the last colon before the first key.
        let keys = text.find('=').unwrap_or(text.len());
        let (name, assignments) = match text[..keys].rfind(':') {
            Some(end) => (text[..end].trim(), &text[end + 1..]),
            None => (text.trim(), text),
        };
        let set: Vec<String> = assignments
            .split(';')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty() && part != "none")
            .collect();
        if let Some(odd) = set.iter().find(|part| !part.contains('=')) {
            return Err(ExperimentError::Assignment {
                variant: text.to_owned(),
                part: odd.clone(),
            }
            .into());
        }
        Ok(Self {
            name: name.to_owned(),
            set,
        })
    }

    /// The keys that it sets.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let assigned = self.set.iter().filter_map(|part| part.split_once('='));
        assigned.map(|(key, _)| key.trim())
    }

    /// The keys that it changes, with their values before, in `base`, and after.
    pub(crate) fn changes(&self, base: &Scenario) -> Vec<KeyChange> {
        let today = |key: &str| value_at(base, key).map(|value| value.to_string());
        let assigned = self.set.iter().filter_map(|part| part.split_once('='));
        assigned
            .map(|(key, value)| KeyChange {
                key: key.trim().to_owned(),
                today: today(key.trim()),
                value: Some(value.trim().to_owned()).filter(|value| !value.is_empty()),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_from_the_value_of_the_scenario_to_that_of_the_variant() {
        let scenario = Scenario::default();
        let was = value_at(&scenario, "servers.login.rate").unwrap();
        let variant =
            Variant::parse("more: servers.login.rate=9/s; run.title=; x.y = \"z\"").unwrap();
        let changes = variant.changes(&scenario);
        let words: Vec<String> = changes.iter().map(KeyChange::in_words).collect();
        let was = was.to_string();
        let was = was.trim_matches('"');
        assert_eq!(words[0], format!("servers.login.rate: {was} -> 9/s"));
        assert!(words[1].ends_with("-> not set"), "{words:?}");
        assert_eq!(words[2], "x.y: not set -> z");
    }

    #[test]
    fn variants_have_names_and_assignments() {
        let variant = Variant::parse("full jitter: a.b=full; c=2m").unwrap();
        assert_eq!(variant.name, "full jitter");
        assert_eq!(variant.set, ["a.b=full", "c=2m"]);
        let plain = Variant::parse("a=2010-01-01T00:00:00Z").unwrap();
        assert_eq!(plain.set, ["a=2010-01-01T00:00:00Z"]);
        let timed = Variant::parse("22nd, 18:30: a=1").unwrap();
        assert_eq!((timed.name.as_str(), timed.set.len()), ("22nd, 18:30", 1));
        assert!(Variant::parse("none").unwrap().set.is_empty());
        assert!(Variant::parse("x: y").is_err());
    }
}
