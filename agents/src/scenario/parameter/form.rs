//! What the value of a key can be, and what to say when it is something else.

use std::str::FromStr;

use crate::scenario::parameter::{value::Value, value_error::ValueError};
use crate::scenario::quantity::{
    decimal::decimal,
    instant::{Day, Instant},
    rate::Rate,
    share::Share,
    span::Span,
};

/// The form of a value: the part of a key's type that a reader needs to know.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// True or false.
    Switch,
    /// A whole number, not below zero.
    Count {
        /// The greatest number the type of the key can hold.
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
    /// A [`Day`].
    Day,
    /// One of a few names.
    Choice(&'static [Choice]),
    /// Any text.
    Text,
    /// Several values of one form.
    List {
        /// The form of each.
        item: &'static Form,
        /// How many there must be, if that is fixed.
        length: Option<usize>,
    },
    /// A nested section.
    Section {
        /// What can stand in it.
        keys: fn() -> &'static [Descriptor],
        /// The lines of its doc comment.
        about: fn() -> &'static [&'static str],
        /// Whether it may be absent, which is then different from all defaults.
        optional: bool,
    },
    /// A list of sections.
    Tables {
        /// What can stand in each.
        keys: fn() -> &'static [Descriptor],
        /// The lines of the doc comment of one.
        about: fn() -> &'static [&'static str],
    },
}

/// A name that a key can have as its value.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The name as written in a scenario.
    pub name: &'static str,
    /// The lines of its doc comment.
    pub doc: &'static [&'static str],
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
    pub when_absent: WhenAbsent,
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
pub enum WhenAbsent {
    /// A value; of sections, those of their own keys.
    Default(fn() -> Option<Value>),
    /// Nothing, which is a value: not set, or the empty list.
    Optional,
    /// Nothing, which is an error.
    Required,
}

impl Form {
    /// Whether a value has this form; the range of a key is not looked at.
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
            (Self::Day, Value::Text(text)) => Day::from_str(text).is_ok(),
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

    /// What a value of this form looks like, for error texts and documents.
    pub fn expected(&self) -> String {
        match self {
            Self::Switch => "true or false".into(),
            Self::Count { most } if *most >= i64::MAX as u64 => "a whole number from 0".into(),
            Self::Count { most } => format!("a whole number from 0 to {most}"),
            Self::Number => "a number such as 1.5".into(),
            Self::Share => "a share from 0 to 1".into(),
            Self::Span => r#"a length of time in whole seconds such as "90s" or "2h 30m""#.into(),
            Self::Rate => r#"a rate such as "500/s", "10000/m", "3/h" or "2/d""#.into(),
            Self::Instant => r#"an instant in UTC such as "2007-08-14T00:00:00Z""#.into(),
            Self::Day => r#"a date such as "2007-08-15""#.into(),
            Self::Choice(choices) => {
                let names: Vec<&str> = choices.iter().map(|choice| choice.name).collect();
                format!("one of {}", names.join(", "))
            }
            Self::Text => r#"a text such as "name""#.into(),
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

    /// The name of the form in a table of keys.
    pub fn name(&self) -> String {
        match self {
            Self::Switch => "switch".into(),
            Self::Count { .. } => "count".into(),
            Self::Number => "number".into(),
            Self::Share => "share".into(),
            Self::Span => "span".into(),
            Self::Rate => "rate".into(),
            Self::Instant => "instant".into(),
            Self::Day => "day".into(),
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

    /// The bounds that the form has by itself, as texts; empty where there are none.
    pub fn natural_range(&self) -> (&'static str, &'static str) {
        match self.element() {
            Self::Share => ("0", "1"),
            Self::Count { .. } => ("0", ""),
            _ => ("", ""),
        }
    }

    /// The form of the elements of a list (of lists); any other form itself.
    pub fn element(&self) -> &Form {
        match self {
            Self::List { item, .. } => item.element(),
            other => other,
        }
    }

    /// A value of this form as a number, to compare it with bounds; none for what
    /// has no order. Spans count in seconds, rates per second.
    pub fn magnitude(&self, value: &Value) -> Option<f64> {
        match (self, value) {
            (Self::Count { .. } | Self::Number | Self::Share, Value::Integer(number)) => {
                Some(*number as f64)
            }
            (Self::Number | Self::Share, Value::Number(number)) => Some(*number),
            (Self::Span, Value::Text(text)) => text
                .parse()
                .ok()
                .map(|span: Span| f64::from(span.seconds())),
            (Self::Rate, Value::Text(text)) => text.parse().ok().map(Rate::per_second),
            (Self::Instant, Value::Text(text)) => text
                .parse()
                .ok()
                .map(|instant: Instant| instant.seconds() as f64),
            (Self::Day, Value::Text(text)) => {
                text.parse().ok().map(|day: Day| f64::from(day.days()))
            }
            _ => None,
        }
    }

    /// A value of this form written without quotes, as on a command line; none if
    /// the text cannot be one. The form decides: `5` is a text where a text belongs.
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
            Self::Span | Self::Rate | Self::Instant | Self::Day | Self::Choice(_) | Self::Text => {
                Value::Text(text.to_owned())
            }
        };
        Some(value)
    }
}
