//! Forms and descriptors: the type of a key, as data.
//!
//! A form says which values a key can have. A descriptor says all that is known about a key.
//! Both types are in one file, because the form of a section contains the descriptors of its
//! keys.

use std::str::FromStr;

use crate::scenario::parameter::{value::Value, value_error::ValueError};
use crate::scenario::quantity::{
    decimal::decimal,
    instant::{Day, Instant},
    moment::Moment,
    rate::Rate,
    share::Share,
    span::Span,
    utc_offset::UtcOffset,
};

/// The form of a value: the part of the type of a key that a reader needs.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// True or false.
    Switch,
    /// A whole number, not below zero.
    Count {
        /// The maximum of the type of the key.
        most: u64,
    },
    /// Any finite number.
    Number,
    /// A [`Share`].
    Share,
    /// A [`Span`].
    Span,
    /// A [`Rate`].
    Rate,
    /// An [`Instant`].
    Instant,
    /// A [`Moment`].
    Moment,
    /// A [`Day`].
    Day,
    /// A [`UtcOffset`], as a text or as a number of minutes.
    UtcOffset,
    /// One of several names.
    Choice(&'static [Choice]),
    /// Any text.
    Text,
    /// Several values of one form.
    List {
        /// The form of each.
        item: &'static Form,
        /// The number of values, if it is fixed.
        length: Option<usize>,
    },
    /// A nested section.
    Section {
        /// The descriptors of its keys.
        keys: fn() -> &'static [Descriptor],
        /// The lines of its doc comment.
        about: fn() -> &'static [&'static str],
        /// Whether the section can be absent, which is not the same as having all defaults.
        optional: bool,
    },
    /// A list of sections.
    Tables {
        /// The descriptors of the keys of each section.
        keys: fn() -> &'static [Descriptor],
        /// The lines of the doc comment of a section.
        about: fn() -> &'static [&'static str],
    },
}

/// A name that is a possible value of a key.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The name in a scenario.
    pub name: &'static str,
    /// The lines of its doc comment.
    pub doc: &'static [&'static str],
}

/// The description of a key, a nested section or a list of sections.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// The name of the key in a scenario.
    pub name: &'static str,
    /// The lines of its doc comment.
    pub doc: &'static [&'static str],
    /// The form of its value.
    pub form: Form,
    /// The value of the key if a scenario does not set it.
    pub when_absent: WhenAbsent,
    /// Minimum and maximum, as texts in the form of the key; an empty text is no bound. For a
    /// list, the bounds of each element.
    pub range: (&'static str, &'static str),
    /// The unit of a plain number; empty if the form has units or the number has none.
    pub unit: &'static str,
    /// The source of the default; empty only for sections.
    pub source: &'static str,
}

/// The value of a key that a scenario does not set.
#[derive(Clone, Copy, Debug)]
pub enum WhenAbsent {
    /// The default; `None` for a section, whose keys have their own defaults.
    Default(fn() -> Option<Value>),
    /// Not set, or the empty list.
    Optional,
    /// None: the key must be set.
    Required,
}

impl Form {
    /// Checks that a value has this form. It does not check the range of the key.
    ///
    /// # Errors
    /// Returns an error if the value does not have this form.
    pub fn check(&self, value: &Value) -> Result<(), ValueError> {
        let fits = match (self, value) {
            (Self::Switch, Value::Switch(_)) | (Self::Text, Value::Text(_)) => true,
            (Self::Count { most }, Value::Integer(number)) => {
                u64::try_from(*number).is_ok_and(|number| number <= *most)
            }
            (Self::Number, Value::Integer(_)) => true,
            (Self::Number, Value::Number(number)) => number.is_finite(),
            (Self::Share, Value::Integer(0 | 1)) => true,
            (Self::Share, Value::Number(number)) => Share::new(*number).is_some(),
            (Self::Span, Value::Text(text)) => Span::from_str(text).is_ok(),
            (Self::Rate, Value::Text(text)) => Rate::from_str(text).is_ok(),
            (Self::Instant, Value::Text(text)) => Instant::from_str(text).is_ok(),
            (Self::Moment, Value::Text(text)) => Moment::from_str(text).is_ok(),
            (Self::Day, Value::Text(text)) => Day::from_str(text).is_ok(),
            (Self::UtcOffset, value) => {
                return self.utc_offset(value).map(|_| ());
            }
            (Self::Choice(choices), Value::Text(text)) => choices.iter().any(|c| c.name == text),
            (Self::List { item, length }, Value::List(values)) => {
                if length.is_none_or(|length| length == values.len()) {
                    return values.iter().try_for_each(|value| item.check(value));
                }
                return Err(ValueError::new(value, self.expected()));
            }
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(ValueError::new(value, self.expected()))
        }
    }

    /// Returns a description of the values, for error texts and documents.
    pub fn expected(&self) -> String {
        match self {
            Self::Switch => "true or false".into(),
            Self::Count { most } if *most >= i64::MAX as u64 => "a whole number from 0".into(),
            Self::Count { most } => format!("a whole number from 0 to {most}"),
            Self::Number => "a number, such as 1.5".into(),
            Self::Share => "a share from 0 to 1".into(),
            Self::Span => {
                r#"a duration in whole milliseconds, such as "90s", "2h 30m" or "250ms""#.into()
            }
            Self::Rate => r#"a rate, such as "500/s", "10000/m", "3/h" or "2/d""#.into(),
            Self::Instant => r#"an instant in UTC, such as "2007-08-14T00:00:00Z""#.into(),
            Self::Moment => {
                r#"an instant in UTC, such as "2007-08-14T00:00:00Z", or a time after run.start, such as "2d 6h""#
                    .into()
            }
            Self::Day => r#"a date, such as "2007-08-15""#.into(),
            Self::UtcOffset => {
                r#"an offset such as "+1h" or "-5h 30m", from -12h to +14h in steps of 15 minutes"#
                    .into()
            }
            Self::Choice(choices) => {
                let names: Vec<&str> = choices.iter().map(|choice| choice.name).collect();
                format!("one of {}", names.join(", "))
            }
            Self::Text => r#"a text, such as "name""#.into(),
            Self::List { item, length: None } => format!("a list, each {}", item.expected()),
            Self::List {
                item,
                length: Some(length),
            } => {
                format!("a list of {length}, each {}", item.expected())
            }
            Self::Section { .. } => "a table of keys".into(),
            Self::Tables { .. } => "a list of tables".into(),
        }
    }

    /// Returns the name of the form in a table of keys.
    pub fn name(&self) -> String {
        match self {
            Self::Switch => "switch".into(),
            Self::Count { .. } => "count".into(),
            Self::Number => "number".into(),
            Self::Share => "share".into(),
            Self::Span => "span".into(),
            Self::Rate => "rate".into(),
            Self::Instant => "instant".into(),
            Self::Moment => "instant or span".into(),
            Self::Day => "day".into(),
            Self::UtcOffset => "offset".into(),
            Self::Choice(_) => "choice".into(),
            Self::Text => "text".into(),
            Self::List { item, length: None } => format!("list of {}", item.name()),
            Self::List {
                item,
                length: Some(length),
            } => format!("{length} of {}", item.name()),
            Self::Section { .. } => "section".into(),
            Self::Tables { .. } => "tables".into(),
        }
    }

    /// Returns the bounds of the form itself, as texts; a text is empty if there is no bound.
    pub fn natural_range(&self) -> (&'static str, &'static str) {
        match self.element() {
            Self::Share => ("0", "1"),
            Self::Count { .. } => ("0", ""),
            _ => ("", ""),
        }
    }

    /// Returns the form of the elements of a list (of lists), or the form itself otherwise.
    pub fn element(&self) -> &Form {
        match self {
            Self::List { item, .. } => item.element(),
            other => other,
        }
    }

    /// Returns a value of this form as a number, to compare it with bounds; `None` if the form
    /// has no order. Spans are in seconds, rates in events per second.
    pub fn magnitude(&self, value: &Value) -> Option<f64> {
        match (self, value) {
            (Self::Count { .. } | Self::Number | Self::Share, Value::Integer(number)) => {
                Some(*number as f64)
            }
            (Self::Number | Self::Share, Value::Number(number)) => Some(*number),
            (Self::Span, Value::Text(text)) => text.parse().ok().map(Span::as_seconds),
            (Self::Rate, Value::Text(text)) => text.parse().ok().map(Rate::per_second),
            (Self::Instant, Value::Text(text)) => text
                .parse()
                .ok()
                .map(|instant: Instant| instant.millis() as f64 / 1_000.0),
            (Self::Day, Value::Text(text)) => {
                text.parse().ok().map(|day: Day| f64::from(day.days()))
            }
            (Self::UtcOffset, value) => self.utc_offset(value).ok().map(UtcOffset::minutes),
            _ => None,
        }
    }

    /// Reads an offset: a text, or a number of minutes.
    ///
    /// # Errors
    /// Returns an error if it is neither; if the number probably means hours, the error says so.
    pub(crate) fn utc_offset(&self, value: &Value) -> Result<UtcOffset, ValueError> {
        let number = match value {
            Value::Text(text) => {
                if let Ok(offset) = text.parse() {
                    return Ok(offset);
                }
                decimal(text.trim().trim_start_matches('+'))
            }
            Value::Integer(minutes) => Some(*minutes as f64),
            Value::Number(minutes) => Some(*minutes),
            Value::Switch(_) | Value::List(_) => None,
        };
        let read = number.filter(|_| !matches!(value, Value::Text(_)));
        if let Some(offset) = read.and_then(UtcOffset::from_minutes) {
            return Ok(offset);
        }
        let mut allowed = self.expected();
        if let Some(hours) = number.and_then(UtcOffset::from_hours) {
            allowed += &format!("; did you mean \"{hours}\"?");
        }
        Err(ValueError::new(value, allowed))
    }

    /// Reads a value of this form without quotes, as on a command line; `None` if the text is
    /// not such a value. The form determines the type: `5` is a text if the key is a text.
    pub fn read_bare(&self, text: &str) -> Option<Value> {
        let text = text.trim();
        let value = match self {
            Self::Switch => Value::Switch(text.parse().ok()?),
            Self::Count { .. } | Self::Number | Self::Share => {
                let number = text.replace('_', "");
                match number.parse() {
                    Ok(integer) => Value::Integer(integer),
                    Err(_) => Value::Number(decimal(&number)?),
                }
            }
            // A number of minutes, or a text.
            Self::UtcOffset => match decimal(text) {
                Some(number) => Value::Number(number),
                None => Value::Text(text.to_owned()),
            },
            Self::List { item, .. } => {
                let inner = text
                    .strip_prefix('[')
                    .and_then(|text| text.strip_suffix(']'));
                let parts = inner
                    .unwrap_or(text)
                    .split(',')
                    .filter(|part| !part.trim().is_empty());
                Value::List(
                    parts
                        .map(|part| item.read_bare(part))
                        .collect::<Option<_>>()?,
                )
            }
            Self::Section { .. } | Self::Tables { .. } => return None,
            Self::Span
            | Self::Rate
            | Self::Instant
            | Self::Moment
            | Self::Day
            | Self::Choice(_)
            | Self::Text => Value::Text(text.to_owned()),
        };
        Some(value)
    }
}
