//! Why a value was not accepted, as one line of text.

use std::fmt;

use crate::scenario::parameter::value::Value;

/// Why a value was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// The value, as written in the scenario.
    pub found: String,
    /// The allowed values.
    pub allowed: String,
}

impl ValueError {
    /// Creates the error for `found`.
    pub fn new(found: &Value, allowed: impl Into<String>) -> Self {
        let found = match found {
            Value::Text(text) => text.clone(),
            other => other.to_string(),
        };
        Self {
            found,
            allowed: allowed.into(),
        }
    }

    /// Returns the value in backticks, as the message shows it.
    pub fn shown(&self) -> String {
        format!("`{}`", excerpt(&self.found))
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}", self.shown(), self.allowed)
    }
}

/// Returns at most 60 characters of a text, without line breaks, for a message of one line.
fn excerpt(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(escape_control).collect();
    if text.chars().nth(60).is_some() {
        shown.push_str("...");
    }
    shown
}

fn escape_control(c: char) -> Vec<char> {
    if c.is_control() {
        c.escape_default().collect()
    } else {
        vec![c]
    }
}
