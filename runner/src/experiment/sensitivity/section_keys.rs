//! The keys of `--vary-section`: every number of a section, between two multiples of its value.
//!
//! Multiples are cut at the least and greatest value of the key. Numbers that are 0, and keys without
//! effect in the scenario, do not vary and are named.

use patchday_agents::scenario::{
    Scenario,
    effect::without_effect,
    parameter::{Descriptor, Form, Section, Value},
};

use crate::{
    experiment::{
        design::{
            factors::{Factor, Levels},
            range::Range,
        },
        error::ExperimentError,
    },
    host::error::Failure,
    scenario::origin::join,
};

/// The keys of a section that vary, and why others do not.
#[derive(Clone, Debug, Default)]
pub(crate) struct SectionKeys {
    pub(crate) keys: Vec<Factor>,
    /// A key with the reason, each.
    pub(crate) left_out: Vec<String>,
}

/// Reads `LOW..HIGH`, two multiples.
///
/// # Errors
/// Returns an error if it is not two numbers above 0, the first below the second.
pub(crate) fn multiples(text: &str) -> Result<(f64, f64), Failure> {
    let number = |text: &str| {
        let number = text.trim().parse::<f64>().ok();
        number.filter(|number| *number > 0.0 && *number <= 1e6)
    };
    let ends = text.split_once("..");
    let ends = ends.and_then(|(low, high)| Some((number(low)?, number(high)?)));
    ends.filter(|(low, high)| low < high).ok_or_else(|| {
        let what = format!("{text}: two multiples, such as 0.5..2");
        ExperimentError::Factors {
            option: "--by",
            what,
        }
        .into()
    })
}

impl SectionKeys {
    /// The numbers of the section `path` of a scenario.
    ///
    /// # Errors
    /// Returns an error if there is no such section, or if no number of it can vary.
    pub(crate) fn new(scenario: &Scenario, path: &str, by: (f64, f64)) -> Result<Self, Failure> {
        let wrong = |what: String| ExperimentError::Factors {
            option: "--vary-section",
            what,
        };
        let found = sections_at(scenario, "", path);
        if found.is_empty() {
            let what = format!(
                "{path}: there is no such section in this scenario; `patchday schema` lists all, and \
                 --vary varies a key"
            );
            return Err(wrong(what).into());
        }
        let mut all = Self::default();
        for (path, section) in found {
            all.add(section, &path, by);
        }
        let idle = without_effect(scenario);
        let left_out = &mut all.left_out;
        all.keys.retain(|key| {
            let reason = idle.iter().find(|one| one.covers(&key.key));
            if let Some(one) = reason {
                left_out.push(format!("{} ({})", key.key, one.reason));
            }
            reason.is_none()
        });
        if all.keys.is_empty() {
            let what = match all.left_out.as_slice() {
                [] => format!("{path}: it has no number"),
                left_out => format!("{path}: no number can vary: {}", left_out.join("; ")),
            };
            return Err(wrong(what).into());
        }
        Ok(all)
    }

    fn add(&mut self, section: &dyn Section, path: &str, by: (f64, f64)) {
        for key in section.descriptors() {
            let name = join(path, key.name);
            if key.is_section() {
                for (path, section) in elements(section, &name, key) {
                    self.add(section, &path, by);
                }
            } else if let Some(value) = section.get(key.name)
                && let Some(size) = size(key, &value)
            {
                match Range::of_multiples(&value, within(key, size, by)) {
                    Some(range) => self.keys.push(Factor {
                        key: name,
                        levels: Levels::Range(range),
                    }),
                    None => self.left_out.push(format!("{name} (it is {value})")),
                }
            }
        }
    }
}

/// The size of the value of a key, if it is a number that can be multiplied.
fn size(key: &Descriptor, value: &Value) -> Option<f64> {
    let is_number = matches!(
        key.form,
        Form::Count { .. } | Form::Number | Form::Share | Form::Span | Form::Rate
    );
    key.form.magnitude(value).filter(|_| is_number)
}

/// The multiples of a value of this size that the key can have.
fn within(key: &Descriptor, size: f64, by: (f64, f64)) -> (f64, f64) {
    let natural = key.form.natural_range();
    let bound = |own: &str, natural: &str| {
        let text = if own.is_empty() { natural } else { own };
        let value = key.form.read_bare(text)?;
        let multiple = key.form.magnitude(&value)? / size;
        multiple.is_finite().then_some(multiple)
    };
    let low = bound(key.range.0, natural.0).unwrap_or(0.0);
    let high = bound(key.range.1, natural.1).unwrap_or(f64::INFINITY);
    (by.0.max(low), by.1.min(high))
}

/// The sections with the name of a descriptor, with their paths.
fn elements<'a>(
    section: &'a dyn Section,
    name: &str,
    key: &Descriptor,
) -> Vec<(String, &'a dyn Section)> {
    let is_list = matches!(key.form, Form::Tables { .. });
    let path = |(index, element): (usize, &'a dyn Section)| {
        let path = match element.get("name") {
            _ if !is_list => name.to_owned(),
            Some(Value::Text(element)) => join(name, &element),
            _ => join(name, &index.to_string()),
        };
        (path, element)
    };
    let all = section.sections(key.name).into_iter();
    all.enumerate().map(path).collect()
}

/// The sections at a path below a section whose own path is `before`.
fn sections_at<'a>(
    section: &'a dyn Section,
    before: &str,
    path: &str,
) -> Vec<(String, &'a dyn Section)> {
    let mut found = Vec::new();
    for key in section.descriptors().iter().filter(|key| key.is_section()) {
        let name = join(before, key.name);
        for (at, element) in elements(section, &name, key) {
            if at == path || name == path {
                found.push((at, element));
            } else if path.starts_with(&format!("{at}.")) {
                found.extend(sections_at(element, &at, path));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_section_vary_within_their_bounds() {
        let scenario = Scenario::default();
        let found = SectionKeys::new(&scenario, "overlay.promotion", (0.5, 2.0)).unwrap();
        let levels = |key: &str| {
            let key = found.keys.iter().find(|one| one.key == key)?;
            let range = key.range().ok()?;
            Some((range.text(range.low), range.text(range.high)))
        };
        let pair = |low: &str, high: &str| Some((low.to_owned(), high.to_owned()));
        // A share is at most 1.
        let at = scenario.overlay.promotion.loaded_at;
        let (low, high) = levels("overlay.promotion.loaded_at").unwrap();
        assert!(low.parse::<f64>().unwrap() < high.parse::<f64>().unwrap());
        assert!(high.parse::<f64>().unwrap() <= 1.0, "{at:?} {high}");
        assert_eq!(levels("overlay.promotion.flaw"), None);
        assert_ne!(levels("overlay.promotion.flaw_memory"), pair("0s", "0s"));
        assert!(SectionKeys::new(&scenario, "overlay.nothing", (0.5, 2.0)).is_err());
        assert!(SectionKeys::new(&scenario, "overlay.promotion.flaw", (0.5, 2.0)).is_err());
        let all = SectionKeys::new(&scenario, "overlay", (0.5, 2.0)).unwrap();
        assert!(all.keys.len() > found.keys.len());
    }

    #[test]
    fn multiples_are_two_numbers() {
        assert_eq!(multiples("0.5..2").unwrap(), (0.5, 2.0));
        for wrong in [
            "", "2", "2..0.5", "0..2", "-1..2", "a..b", "1..nan", "0.5..inf",
        ] {
            assert!(multiples(wrong).is_err(), "{wrong}");
        }
    }
}
