//! What a descriptor says about its key: text, default, range, and which values are allowed.

use crate::scenario::parameter::{
    form::{Descriptor, Form, WhenAbsent},
    value::Value,
    value_error::ValueError,
};

impl Descriptor {
    /// Returns the doc comment as one line.
    pub fn text(&self) -> String {
        one_line(self.doc)
    }

    /// Returns the default, if the key has one.
    pub fn default_value(&self) -> Option<Value> {
        match self.when_absent {
            WhenAbsent::Default(value) => value(),
            WhenAbsent::Optional | WhenAbsent::Required => None,
        }
    }

    /// Returns whether the key must be set.
    pub fn is_required(&self) -> bool {
        matches!(self.when_absent, WhenAbsent::Required)
    }

    /// Returns whether this is a nested section or a list of sections.
    pub fn is_section(&self) -> bool {
        matches!(self.form, Form::Section { .. } | Form::Tables { .. })
    }

    /// Returns the range as a text with the unit, such as `from 1m to 7d` or `at least 1 leaves`.
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

    /// Checks a value: first its form, then its range.
    ///
    /// # Errors
    /// Returns an error if the key cannot have this value.
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

/// Joins the lines of a doc comment. Each line starts with the space after `///`.
pub fn one_line(doc: &[&str]) -> String {
    let words: Vec<&str> = doc
        .iter()
        .flat_map(|line| line.split_whitespace())
        .collect();
    words.join(" ")
}
