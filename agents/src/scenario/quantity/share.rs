//! Shares: numbers from 0 to 1.

use std::fmt;
use std::str::FromStr;

use crate::scenario::quantity::decimal::{Unreadable, decimal};

/// A share of a whole, from 0 to 1 inclusive. It is never NaN or negative zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// The share of 0.
    pub const NONE: Self = Self(0.0);
    /// The share of 1.
    pub const ALL: Self = Self(1.0);

    /// Creates a share, if `value` is from 0 to 1.
    pub fn new(value: f64) -> Option<Self> {
        // The sum turns a negative zero, which would print as "-0.0", into zero.
        (0.0..=1.0).contains(&value).then_some(Self(value + 0.0))
    }

    /// Returns the share as a number from 0 to 1.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Returns 1 minus the share.
    pub fn rest(self) -> Self {
        Self(1.0 - self.0)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl FromStr for Share {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        decimal(text.trim()).and_then(Self::new).ok_or(Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_from_zero_to_one_are_shares() {
        for text in ["0", "1", "0.25", "1e-7"] {
            let share: Share = text.parse().unwrap();
            assert_eq!(share.to_string().parse(), Ok(share));
        }
        for text in ["-0.1", "1.0001", "nan", "inf", "", "25%", "."] {
            assert_eq!(text.parse::<Share>(), Err(Unreadable), "{text}");
        }
        assert_eq!(Share::new(-0.0).unwrap().to_string(), "0.0");
    }
}
