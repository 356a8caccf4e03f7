//! One source of truth for every key of a scenario.
//!
//! A section of a scenario is a struct declared with [`section!`](crate::section).
//! The declaration gives the struct, its defaults and a table of [`Descriptor`]s:
//! name, doc, form, unit, range, default, source. Reading a scenario, its error
//! texts, its schema, the table of keys and the printed `config.toml` all follow
//! from the descriptors; nothing is said twice. This room knows neither files nor
//! a file format: it trades in [`Value`]s.
//!
//! Invariants: a key is set only through [`Section::set`], which checks form and
//! range first, so whatever a loaded scenario holds is inside its range. Keys
//! without a default start out blank; the reader must not hand out a section
//! in which a required key was never set.

use crate::scenario::parameter::{
    form::{Form, ValueError},
    kinds::Parameter,
    value::Value,
};

/// A struct of keys, nested sections and lists of sections.
///
/// Declared with [`section!`](crate::section); never implemented by hand.
pub trait Section: 'static {
    /// The lines of the doc comment of the section.
    fn about() -> &'static [&'static str]
    where
        Self: Sized;

    /// What can stand in the section, in the order of declaration.
    fn describe() -> &'static [Descriptor]
    where
        Self: Sized;

    /// The section with every default; keys without one are blank.
    fn fresh() -> Self
    where
        Self: Sized;

    /// As [`Section::describe`], for a section whose type is not known.
    fn descriptors(&self) -> &'static [Descriptor];

    /// The value of a key; none for an optional key that is not set, for a nested
    /// section, and for a name that does not exist.
    fn get(&self, key: &str) -> Option<Value>;

    /// Gives a key a value, or says why not and leaves it as it was.
    fn set(&mut self, key: &str, value: &Value) -> Result<(), ValueError>;

    /// The sections under a name: one where it is nested, none or one where it is
    /// optional, any number where it is a list.
    fn sections(&self, name: &str) -> Vec<&dyn Section>;

    /// One of the sections under a name.
    fn section_mut(&mut self, name: &str, index: usize) -> Option<&mut dyn Section>;

    /// Adds a fresh section to a list, or brings an optional one into being (as it
    /// is, if it exists); none where neither is possible.
    fn add_section(&mut self, name: &str) -> Option<&mut dyn Section>;

    /// Empties a list of sections, or takes an optional one away.
    fn clear_sections(&mut self, name: &str);
}

/// What a loaded scenario has to say about itself beyond form and range.
///
/// Implemented for the root section of a scenario. Called only once every key
/// has been read without an error.
pub trait Check: Section {
    /// Remarks about keys that contradict one another or bode ill.
    fn check(&self) -> Vec<Remark> {
        Vec::new()
    }
}

/// Something to say about a value that is allowed by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The key or section: names and list indices joined by points, `region.0.share`.
    pub path: String,
    /// Whether the scenario may run.
    pub severity: Severity,
    /// The rest of the sentence that begins with the key and its value: "is 167/s,
    /// below the calm sign-in rate 210/s: the run starts overloaded".
    pub message: String,
}

impl Remark {
    /// A remark that lets the scenario run.
    pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            severity: Severity::Warning,
            message: message.into(),
        }
    }

    /// A remark that forbids the scenario to run.
    pub fn error(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            severity: Severity::Error,
            message: message.into(),
        }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot run.
    Error,
    /// The scenario can run, but perhaps not as meant.
    Warning,
}

/// Everything there is to know about a key, a nested section or a list of sections.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// The key as written in a scenario.
    pub name: &'static str,
    /// The lines of its doc comment.
    pub doc: &'static [&'static str],
    /// What its value can be.
    pub form: Form,
    /// What holds when the scenario does not say.
    pub presence: Presence,
    /// The least and the greatest value, as texts in the form of the key; an empty
    /// text is no bound. For a list, of each element.
    pub range: (&'static str, &'static str),
    /// The unit of a plain number; empty where the form has units or there is none.
    pub unit: &'static str,
    /// Where the default comes from; empty only for sections.
    pub source: &'static str,
}

/// What holds when the scenario does not mention a key.
#[derive(Clone, Copy, Debug)]
pub enum Presence {
    /// A value; of sections, those of their own keys.
    Default(fn() -> Option<Value>),
    /// Nothing, which is a value: not set, or the empty list.
    Optional,
    /// Nothing, which is an error.
    Required,
}

impl Descriptor {
    /// The doc comment as one line of text.
    pub fn text(&self) -> String {
        one_line(self.doc)
    }

    /// The default, if the key has one.
    pub fn default_value(&self) -> Option<Value> {
        match self.presence {
            Presence::Default(value) => value(),
            Presence::Optional | Presence::Required => None,
        }
    }

    /// Whether the key must be given.
    pub fn is_required(&self) -> bool {
        matches!(self.presence, Presence::Required)
    }

    /// Whether the name stands for a nested section or a list of sections.
    pub fn is_section(&self) -> bool {
        matches!(self.form, Form::Section { .. } | Form::Tables { .. })
    }

    /// The range in words, with the unit: `from 1m to 7d`, `at least 1 leaves`.
    pub fn range_text(&self) -> Option<String> {
        let natural = self.form.natural_range();
        let low = if self.range.0.is_empty() {
            natural.0
        } else {
            self.range.0
        };
        let high = if self.range.1.is_empty() {
            natural.1
        } else {
            self.range.1
        };
        let words = match (low, high) {
            ("", "") => return None,
            (low, "") => format!("at least {low}"),
            ("", high) => format!("at most {high}"),
            (low, high) => format!("from {low} to {high}"),
        };
        Some(if self.unit.is_empty() {
            words
        } else {
            format!("{words} {}", self.unit)
        })
    }

    /// Whether the key may have this value: its form first, then its range.
    pub fn check(&self, value: &Value) -> Result<(), ValueError> {
        self.form.check(value)?;
        if self.within_range(&self.form, value) {
            return Ok(());
        }
        Err(ValueError::new(
            value,
            self.range_text().unwrap_or_else(|| self.form.expected()),
        ))
    }

    fn within_range(&self, form: &Form, value: &Value) -> bool {
        match (form, value) {
            (Form::List { item, .. }, Value::List(values)) => {
                values.iter().all(|value| self.within_range(item, value))
            }
            _ => {
                let bound = |text| {
                    form.read_bare(text)
                        .and_then(|value| form.magnitude(&value))
                };
                let Some(size) = form.magnitude(value) else {
                    return true;
                };
                bound(self.range.0).is_none_or(|low| low <= size)
                    && bound(self.range.1).is_none_or(|high| size <= high)
            }
        }
    }
}

/// Whether a section has a key and the key may have the value. Used by
/// [`section!`](crate::section).
pub fn examine(keys: &[Descriptor], name: &str, value: &Value) -> Result<(), ValueError> {
    match keys.iter().find(|key| key.name == name) {
        Some(key) => key.check(value),
        None => {
            let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
            let allowed = format!("keys here are {}", names.join(", "));
            Err(ValueError {
                found: name.to_owned(),
                allowed,
            })
        }
    }
}

/// A default in its type. Used by [`section!`](crate::section).
///
/// # Panics
///
/// If a declaration gives a default that its own type refuses, which no scenario
/// can cause and [`faults`] finds.
pub fn given<P: Parameter>(name: &str, value: Value) -> P {
    match P::read(&value) {
        Ok(value) => value,
        Err(refusal) => panic!("the default of the key `{name}` is {refusal}"),
    }
}

/// A default as it prints: in canonical text. Used by [`section!`](crate::section).
pub fn shown<P: Parameter>(value: Value) -> Option<Value> {
    given::<P>("", value).show()
}

/// Lines of a doc comment, each beginning with the space after `///`, as one line.
pub fn one_line(doc: &[&str]) -> String {
    let words: Vec<&str> = doc
        .iter()
        .flat_map(|line| line.split_whitespace())
        .collect();
    words.join(" ")
}

/// Checks the declarations below a root section; for tests. Returns what is wrong:
/// a default outside of its range, a bound that is not of its form, a name twice.
pub fn faults<S: Section>() -> Vec<String> {
    let mut faults = Vec::new();
    find_faults("", S::describe(), &mut faults);
    faults
}

fn find_faults(path: &str, descriptors: &[Descriptor], faults: &mut Vec<String>) {
    for (position, key) in descriptors.iter().enumerate() {
        let path = format!("{path}{}", key.name);
        if descriptors[..position]
            .iter()
            .any(|other| other.name == key.name)
        {
            faults.push(format!("{path}: declared twice"));
        }
        if key.text().is_empty() {
            faults.push(format!("{path}: has no doc comment"));
        }
        let scalar = key.form.element();
        for bound in [key.range.0, key.range.1] {
            let known = scalar
                .read_bare(bound)
                .is_some_and(|v| scalar.magnitude(&v).is_some());
            if !bound.is_empty() && !known {
                faults.push(format!(
                    "{path}: the bound {bound} is not {}",
                    scalar.expected()
                ));
            }
        }
        if let Some(Err(refusal)) = key.default_value().map(|value| key.check(&value)) {
            faults.push(format!("{path}: default {refusal}"));
        }
        if let Form::Section { keys, .. } | Form::Tables { keys, .. } = key.form {
            find_faults(&format!("{path}."), keys(), faults);
        }
    }
}

#[cfg(test)]
mod tests;
