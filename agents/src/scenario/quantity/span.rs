//! Lengths of simulated time.
//!
//! Units: whole seconds.

use std::fmt;
use std::str::FromStr;

use crate::scenario::quantity::decimal::Unreadable;

/// The seconds in each unit of a span, longest first.
const UNITS: [(&str, u64); 5] = [
    ("w", 604_800),
    ("d", 86_400),
    ("h", 3_600),
    ("m", 60),
    ("s", 1),
];

/// A length of simulated time in whole seconds (at most 136 years).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u32);

impl Span {
    /// The span of zero.
    pub const ZERO: Self = Self(0);

    /// Creates a span of `seconds`.
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// Creates a span of `minutes`, at most [`u32::MAX`] seconds.
    pub const fn from_minutes(minutes: u32) -> Self {
        Self(minutes.saturating_mul(60))
    }

    /// Creates a span of `hours`, at most [`u32::MAX`] seconds.
    pub const fn from_hours(hours: u32) -> Self {
        Self(hours.saturating_mul(3_600))
    }

    /// Returns the span in seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// Returns the span in hours.
    pub fn hours(self) -> f64 {
        f64::from(self.0) / 3_600.0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = u64::from(self.0);
        let mut gap = "";
        // Weeks are read but not printed: "7d" is more common than "1w".
        for (unit, seconds) in &UNITS[1..] {
            let count = rest / seconds;
            rest %= seconds;
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

    /// Reads numbers with units, longest unit first: `90s`, `2h 30m`, `1.5h`.
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
            let seconds = UNITS
                .iter()
                .find(|known| known.0 == unit)
                .ok_or(Unreadable)?
                .1;
            if seconds >= shortest {
                return Err(Unreadable);
            }
            shortest = seconds;
            let part = whole_seconds(number, seconds).ok_or(Unreadable)?;
            total = total.checked_add(part).ok_or(Unreadable)?;
            rest = tail.trim_start();
        }
        u32::try_from(total).map(Self).map_err(|_| Unreadable)
    }
}

/// Returns `number * unit`, if that is a whole number of seconds: "1.5" hours is, "0.5" seconds
/// is not. Computed in integers, so that "0.1h" is 360 seconds and not 359.99.
fn whole_seconds(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || (fraction.is_empty() && number.contains('.')) || fraction.len() > 9 {
        return None;
    }
    let seconds = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    if fraction.is_empty() {
        return Some(seconds);
    }
    let ten = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    let share = fraction.parse::<u64>().ok()? * unit;
    share
        .is_multiple_of(ten)
        .then(|| seconds.checked_add(share / ten))
        .flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_are_read_and_printed() {
        for (text, seconds, canonical) in [
            ("90s", 90, "1m 30s"),
            ("2h 30m", 9_000, "2h 30m"),
            ("2h30m", 9_000, "2h 30m"),
            (" 7d ", 604_800, "7d"),
            ("2w", 1_209_600, "14d"),
            ("1.5h", 5_400, "1h 30m"),
            ("0.1h", 360, "6m"),
            ("0s", 0, "0s"),
            ("4294967295s", u32::MAX, "49710d 6h 28m 15s"),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(
                (span.seconds(), span.to_string().as_str()),
                (seconds, canonical),
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
            "0.5s",
            "30m 2h",
            "1h 1h",
            "5 s",
            "1.h",
            ".5h",
            "1ms",
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
        fn every_span_reads_back(seconds: u32) {
            let span = Span::from_seconds(seconds);
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = text.parse::<Span>();
        }
    }
}
