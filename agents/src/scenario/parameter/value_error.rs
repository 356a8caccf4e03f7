//! Why a value was not accepted, as one line of text.

use std::fmt;

use crate::scenario::parameter::value::Value;

/// Why a value was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// What was found, as a person wrote it.
    pub found: String,
    /// What is allowed instead.
    pub allowed: String,
}

impl ValueError {
    /// A value that is not among those allowed.
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
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`; {}", excerpt(&self.found), self.allowed)
    }
}

/// At most 60 characters of a text on one line, so that a message stays one.
fn excerpt(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(visible).collect();
    if text.chars().nth(60).is_some() {
        shown.push_str("...");
    }
    shown
}

fn visible(c: char) -> Vec<char> {
    if c.is_control() {
        c.escape_default().collect()
    } else {
        vec![c]
    }
}
