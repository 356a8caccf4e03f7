//! Lengths of simulated time.
//!
//! Invariant: a span is at most [`u32::MAX`] seconds. Units: whole milliseconds.

use std::fmt;
use std::str::FromStr;

use crate::scenario::quantity::decimal::Unreadable;

/// The milliseconds in each unit of a span, longest first.
const UNITS: [(&str, u64); 6] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The longest span.
const MOST: u64 = u32::MAX as u64 * 1_000;

/// A length of simulated time in whole milliseconds (at most 136 years).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Span {
    /// The span of zero.
    pub const ZERO: Self = Self(0);

    /// Creates a span of `millis` milliseconds, at most [`u32::MAX`] seconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(if millis < MOST { millis } else { MOST })
    }

    /// Creates a span of `seconds`.
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(seconds as u64 * 1_000)
    }

    /// Creates a span of `minutes`, at most [`u32::MAX`] seconds.
    pub const fn from_minutes(minutes: u32) -> Self {
        Self::from_seconds(minutes.saturating_mul(60))
    }

    /// Creates a span of `hours`, at most [`u32::MAX`] seconds.
    pub const fn from_hours(hours: u32) -> Self {
        Self::from_seconds(hours.saturating_mul(3_600))
    }

    /// Returns the sum of two spans, at most [`u32::MAX`] seconds.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self::from_millis(self.0 + other.0)
    }

    /// Returns the span in milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Returns the span in seconds.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// Returns the whole seconds of the span.
    pub const fn whole_seconds(self) -> u32 {
        (self.0 / 1_000) as u32
    }

    /// Returns the span in hours.
    pub fn hours(self) -> f64 {
        self.as_seconds() / 3_600.0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        let mut gap = "";
        // Weeks are read but not printed: "7d" is more common than "1w".
        for (unit, millis) in &UNITS[1..] {
            let count = rest / millis;
            rest %= millis;
            if count > 0 {
                write!(f, "{gap}{count}{unit}")?;
                gap = " ";
            }
        }
        Ok(())
    }
}

impl FromStr for Span {
    type Err = Unreadable;

    /// Reads numbers with units, longest unit first: `90s`, `2h 30m`, `1.5h`, `250ms`.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut rest = text.trim();
        let mut total = 0_u64;
        let mut shortest = u64::MAX;
        if rest.is_empty() {
            return Err(Unreadable);
        }
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .ok_or(Unreadable)?;
            let (number, tail) = rest.split_at(digits);
            let letters = tail
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            let millis = UNITS
                .iter()
                .find(|known| known.0 == unit)
                .ok_or(Unreadable)?
                .1;
            if millis >= shortest {
                return Err(Unreadable);
            }
            shortest = millis;
            let part = whole_millis(number, millis).ok_or(Unreadable)?;
            total = total.checked_add(part).ok_or(Unreadable)?;
            rest = tail.trim_start();
        }
        (total <= MOST).then_some(Self(total)).ok_or(Unreadable)
    }
}

/// Returns `number * unit`, if that is a whole number of milliseconds: "1.5" hours is, "0.5"
/// milliseconds is not. Computed in integers, so that "0.1h" is 360 seconds and not 359.99.
fn whole_millis(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || (fraction.is_empty() && number.contains('.')) || fraction.len() > 9 {
        return None;
    }
    let millis = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    if fraction.is_empty() {
        return Some(millis);
    }
    let ten = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    let share = fraction.parse::<u64>().ok()? * unit;
    share
        .is_multiple_of(ten)
        .then(|| millis.checked_add(share / ten))
        .flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_are_read_and_printed() {
        for (text, millis, canonical) in [
            ("90s", 90_000, "1m 30s"),
            ("2h 30m", 9_000_000, "2h 30m"),
            ("2h30m", 9_000_000, "2h 30m"),
            (" 7d ", 604_800_000, "7d"),
            ("2w", 1_209_600_000, "14d"),
            ("1.5h", 5_400_000, "1h 30m"),
            ("0.1h", 360_000, "6m"),
            ("0s", 0, "0s"),
            ("250ms", 250, "250ms"),
            ("0.25s", 250, "250ms"),
            ("1m 1.5s", 61_500, "1m 1s 500ms"),
            ("90s 5ms", 90_005, "1m 30s 5ms"),
            (
                "4294967295s",
                u64::from(u32::MAX) * 1_000,
                "49710d 6h 28m 15s",
            ),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(
                (span.millis(), span.to_string().as_str()),
                (millis, canonical),
                "{text}"
            );
        }
    }

    #[test]
    fn other_notations_of_spans_are_rejected() {
        for text in [
            "",
            "90",
            "s",
            "-5s",
            "0.0005s",
            "0.5ms",
            "5ms 1s",
            "30m 2h",
            "1h 1h",
            "5 s",
            "1.h",
            ".5h",
            "1us",
            "1y",
            "4294967296s",
            "99999999999999999999d",
            "1h, 2m",
            "٣s",
            "1.0000000001d",
        ] {
            assert_eq!(text.parse::<Span>(), Err(Unreadable), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_span_reads_back(millis in 0..=MOST) {
            let span = Span::from_millis(millis);
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = text.parse::<Span>();
        }
    }
}
