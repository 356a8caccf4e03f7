//! Variants: named changes of a scenario, `NAME: KEY=VALUE; KEY=VALUE`.

use crate::experiment::error::ExperimentError;
use crate::host::error::Failure;

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
}

#[cfg(test)]
mod tests {
    use super::*;

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
