//! Offsets of local time from UTC.
//!
//! Invariant: an offset is from -12 h to +14 h and a multiple of 15 minutes, as all offsets in use
//! are. A number that is not, such as -6, is refused, because it probably means hours. Units: minutes.

use std::fmt;
use std::str::FromStr;

use crate::scenario::quantity::decimal::Unreadable;

/// All offsets are multiples of this.
const STEP: i64 = 15;
/// Smallest and largest offset.
const RANGE: std::ops::RangeInclusive<i64> = -720..=840;

/// Local time minus UTC, in whole minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UtcOffset(i16);

impl UtcOffset {
    /// Creates an offset in minutes, if it is a multiple of 15 minutes from -12 h to +14 h.
    pub fn from_minutes(minutes: f64) -> Option<Self> {
        let whole = minutes as i64;
        let fits = whole as f64 == minutes && whole % STEP == 0 && RANGE.contains(&whole);
        fits.then_some(Self(whole as i16))
    }

    /// Returns the offset in minutes.
    pub fn minutes(self) -> f64 {
        f64::from(self.0)
    }

    /// Returns the offset in seconds.
    pub fn seconds(self) -> i64 {
        i64::from(self.0) * 60
    }

    /// Returns the offset that a number probably means if it is not an offset in minutes: the same
    /// number of hours.
    pub fn from_hours(hours: f64) -> Option<Self> {
        Self::from_minutes(hours * 60.0)
    }
}

impl fmt::Display for UtcOffset {
    /// Prints hours and minutes with a sign: `+1h`, `-5h 30m`, `+0h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let (hours, minutes) = (self.0.abs() / 60, self.0.abs() % 60);
        match minutes {
            0 => write!(f, "{sign}{hours}h"),
            _ => write!(f, "{sign}{hours}h {minutes}m"),
        }
    }
}

impl FromStr for UtcOffset {
    type Err = Unreadable;

    /// Reads `+1h`, `-5h 30m`, `+45m`, `+05:30` and `0h`. A sign is needed unless the offset is 0.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let text = text.trim();
        let (sign, rest) = match text.as_bytes().first() {
            Some(b'-') => (-1, &text[1..]),
            Some(b'+') => (1, &text[1..]),
            _ => (0, text),
        };
        let number = |text: &str| {
            let digits = !text.is_empty() && text.len() <= 4;
            let digits = digits && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<i64>().ok()).flatten()
        };
        let minutes = if let Some((hours, minutes)) = rest.split_once(':') {
            let two = (1..=2).contains(&hours.len()) && minutes.len() == 2;
            let minutes = number(minutes).filter(|minutes| two && *minutes < 60);
            Some((hours, minutes)).and_then(|(hours, minutes)| Some(number(hours)? * 60 + minutes?))
        } else {
            let (hours, rest) = match rest.split_once('h') {
                Some((hours, rest)) => (number(hours.trim()), rest.trim()),
                None => (Some(0), rest.trim()),
            };
            let minutes = match rest.strip_suffix('m') {
                Some(minutes) => number(minutes.trim()),
                None if rest.is_empty() && text.contains('h') => Some(0),
                None => None,
            };
            hours
                .zip(minutes)
                .map(|(hours, minutes)| hours * 60 + minutes)
        };
        let minutes = minutes.ok_or(Unreadable)?;
        if sign == 0 && minutes != 0 {
            return Err(Unreadable);
        }
        Self::from_minutes((sign * minutes) as f64).ok_or(Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_and_printed() {
        for (text, canonical) in [
            ("+1h", "+1h"),
            ("-6h", "-6h"),
            ("-5h 30m", "-5h 30m"),
            ("+05:30", "+5h 30m"),
            ("-3:30", "-3h 30m"),
            ("+45m", "+0h 45m"),
            ("+330m", "+5h 30m"),
            ("0h", "+0h"),
            ("-0h", "+0h"),
            ("+14h", "+14h"),
            ("-12h", "-12h"),
        ] {
            let offset = text.parse::<UtcOffset>();
            assert_eq!(
                offset.map(|offset| offset.to_string()),
                Ok(canonical.to_owned()),
                "{text}"
            );
            assert_eq!(canonical.parse(), offset, "{text}");
        }
    }

    #[test]
    fn other_offsets_are_refused() {
        for text in [
            "", "+", "1", "-6", "+8", "1h", "5h 30m", "+15h", "-12h 15m", "+1h 10m", "+1:5",
            "+1:60", "+h", "+1d", "++1h", "+-1h", "+1h30", "+123:00",
        ] {
            assert_eq!(text.parse::<UtcOffset>(), Err(Unreadable), "{text}");
        }
        for minutes in [
            -6.0,
            1.0,
            8.0,
            5.5,
            100.0,
            855.0,
            -735.0,
            f64::NAN,
            0.5,
            1e300,
        ] {
            assert_eq!(UtcOffset::from_minutes(minutes), None, "{minutes}");
        }
        assert_eq!(UtcOffset::from_minutes(-0.0), UtcOffset::from_minutes(0.0));
    }

    #[test]
    fn every_offset_in_use_reads_back() {
        for minutes in (-720..=840).step_by(15) {
            let offset = UtcOffset::from_minutes(f64::from(minutes)).unwrap();
            assert_eq!(offset.to_string().parse(), Ok(offset));
            assert_eq!(offset.seconds(), i64::from(minutes) * 60);
        }
    }
}
