//! Values without the type of a key: what a file format can contain.

use std::fmt;

use crate::scenario::quantity::{
    instant::{Day, Instant},
    moment::Moment,
    rate::Rate,
    share::Share,
    span::Span,
    utc_offset::UtcOffset,
};

/// A value that is written to or read from a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// True or false.
    Switch(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Number(f64),
    /// A text, also the text of a quantity with its unit.
    Text(String),
    /// Several values.
    List(Vec<Value>),
}

impl Value {
    /// Returns the kind of the value with its article, such as "a number".
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Switch(_) => "true or false",
            Self::Integer(_) | Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
        }
    }
}

impl fmt::Display for Value {
    /// Prints the value as TOML, which reads back to the same value, bit for bit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => write!(f, "{on}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Number(number) if number.is_nan() => f.write_str("nan"),
            // Debug, unlike Display, keeps ".0" and has exponents.
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Text(text) => quoted(f, text),
            Self::List(values) => {
                f.write_str("[")?;
                for (position, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if position == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04X}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

impl From<bool> for Value {
    fn from(on: bool) -> Self {
        Self::Switch(on)
    }
}

// Only one integer type has this conversion, so that a literal needs no suffix.
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<V: Into<Value>, const N: usize> From<[V; N]> for Value {
    fn from(values: [V; N]) -> Self {
        Self::List(values.into_iter().map(V::into).collect())
    }
}

impl From<Share> for Value {
    fn from(share: Share) -> Self {
        Self::Number(share.get())
    }
}

macro_rules! from_text {
    ($($quantity:ty),*) => {$(
        impl From<$quantity> for Value {
            fn from(quantity: $quantity) -> Self {
                Self::Text(quantity.to_string())
            }
        }
    )*};
}

from_text!(Span, Rate, Instant, Moment, Day, UtcOffset);
