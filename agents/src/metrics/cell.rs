//! Values of the series: integers only, so a row has the same bytes on every machine.
//!
//! A count is a plain integer. A quantity with a fraction is stored in thousandths of its
//! unit and printed with three decimals.

use std::fmt;

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A count.
    Count(u64),
    /// A quantity in thousandths of its unit.
    Thousandths(u64),
}

impl Cell {
    /// The value in its unit.
    pub fn value(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Thousandths(count) => count as f64 / 1000.0,
        }
    }

    /// The value in thousandths of its unit; `u64::MAX` if a count is too large for that.
    pub fn thousandths(self) -> u64 {
        match self {
            Self::Count(count) => count.saturating_mul(1_000),
            Self::Thousandths(thousandths) => thousandths,
        }
    }

    /// Parses the text that [`Display`](fmt::Display) prints: digits, optionally a point and
    /// three decimals. Returns `None` for any other text and for values above `u64::MAX`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |digits: &str| {
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u64>().ok()).flatten()
        };
        match text.split_once('.') {
            None => number(text).map(Self::Count),
            Some((whole, part)) if part.len() == 3 => {
                let whole = number(whole)?.checked_mul(1_000)?;
                whole.checked_add(number(part)?).map(Self::Thousandths)
            }
            Some(_) => None,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(formatter, "{count}"),
            Self::Thousandths(count) => write!(formatter, "{}.{:03}", count / 1000, count % 1000),
        }
    }
}
