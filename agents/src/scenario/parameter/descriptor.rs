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
    form::{Descriptor, Form, WhenAbsent},
    value::Value,
    value_error::ValueError,
};

impl Descriptor {
    /// The doc comment as one line of text.
    pub fn text(&self) -> String {
        one_line(self.doc)
    }

    /// The default, if the key has one.
    pub fn default_value(&self) -> Option<Value> {
        match self.when_absent {
            WhenAbsent::Default(value) => value(),
            WhenAbsent::Optional | WhenAbsent::Required => None,
        }
    }

    /// Whether the key must be given.
    pub fn is_required(&self) -> bool {
        matches!(self.when_absent, WhenAbsent::Required)
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

/// Lines of a doc comment, each beginning with the space after `///`, as one line.
pub fn one_line(doc: &[&str]) -> String {
    let words: Vec<&str> = doc
        .iter()
        .flat_map(|line| line.split_whitespace())
        .collect();
    words.join(" ")
}
