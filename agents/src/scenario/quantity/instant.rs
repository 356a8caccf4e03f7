//! Instants and dates in UTC, on the Gregorian calendar.
//!
//! The calendar is that of the crate `jiff`. Invariant: all values are in the years 0001 to
//! 9999. There are no leap seconds: each day has 86,400 seconds, as in Unix time. Units: whole
//! milliseconds and days since 1970-01-01.

use std::fmt;
use std::str::FromStr;

use jiff::{
    SignedDuration, ToSpan,
    civil::{Date, DateTime, Time, Weekday, date},
};

use crate::scenario::quantity::{decimal::Unreadable, span::Span};

const SECONDS_PER_DAY: i64 = 86_400;
const MILLIS_PER_DAY: i64 = 1_000 * SECONDS_PER_DAY;
/// The first day.
const EPOCH: Date = date(1970, 1, 1);
/// Days from 1970-01-01 to 0001-01-01 and to 9999-12-31.
const FIRST_DAY: i64 = -719_162;
const LAST_DAY: i64 = 2_932_896;
/// The last instant, 9999-12-31T23:59:59Z.
const LAST_INSTANT: i64 = (LAST_DAY + 1) * MILLIS_PER_DAY - 1_000;

/// A date, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// An instant in UTC, as whole milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Day {
    /// Returns the day `days` days after 1970-01-01, if it is in the years 1 to 9999.
    pub fn from_days(days: i64) -> Option<Self> {
        if !(FIRST_DAY..=LAST_DAY).contains(&days) {
            return None;
        }
        i32::try_from(days).ok().map(Self)
    }

    /// Returns the day of a date, if it is in the years 1 to 9999.
    fn from_date(date: Date) -> Option<Self> {
        Self::from_days(EPOCH.duration_until(date).as_secs() / SECONDS_PER_DAY)
    }

    fn date(self) -> Date {
        EPOCH.saturating_add(self.0.days())
    }

    /// Returns the days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// Returns the instant at which the day begins in UTC.
    pub const fn midnight(self) -> Instant {
        Instant(self.0 as i64 * MILLIS_PER_DAY)
    }

    /// Returns the day of the week.
    pub fn weekday(self) -> Weekday {
        self.date().weekday()
    }
}

impl Instant {
    /// Returns the instant `seconds` seconds after 1970-01-01T00:00:00Z, if it is in the years
    /// 1 to 9999.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        Self::from_millis(seconds.checked_mul(1_000)?)
    }

    /// Returns the instant `millis` milliseconds after 1970-01-01T00:00:00Z, if it is in the years
    /// 1 to 9999.
    pub fn from_millis(millis: i64) -> Option<Self> {
        Day::from_days(millis.div_euclid(MILLIS_PER_DAY)).map(|_| Self(millis))
    }

    fn date_time(self) -> DateTime {
        let epoch = EPOCH.to_datetime(Time::midnight());
        epoch.saturating_add(SignedDuration::from_millis(self.0))
    }

    /// Returns the milliseconds since 1970-01-01T00:00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since 1970-01-01T00:00:00Z.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Returns the date in UTC.
    pub fn day(self) -> Day {
        // The invariant keeps the number of days within 32 bits.
        Day(self.0.div_euclid(MILLIS_PER_DAY) as i32)
    }

    /// Returns the instant `span` later, at most the last second of the year 9999.
    pub const fn after(self, span: Span) -> Self {
        let millis = self.0 + span.millis() as i64;
        Self(if millis < LAST_INSTANT {
            millis
        } else {
            LAST_INSTANT
        })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

impl fmt::Display for Instant {
    /// Prints RFC 3339, such as `2007-08-14T00:00:00Z`, with milliseconds only if there are some:
    /// `2007-08-14T00:00:00.250Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.rem_euclid(1_000) {
            0 => write!(f, "{}Z", self.date_time()),
            _ => write!(f, "{:.3}Z", self.date_time()),
        }
    }
}

impl FromStr for Day {
    type Err = Unreadable;

    /// Reads `2007-08-15`.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let text = text.trim();
        // jiff reads other notations, too; only the one that it prints is allowed.
        let date: Date = text.parse().map_err(|_| Unreadable)?;
        if date.to_string() != text {
            return Err(Unreadable);
        }
        Self::from_date(date).ok_or(Unreadable)
    }
}

impl FromStr for Instant {
    type Err = Unreadable;

    /// Reads RFC 3339 in UTC with whole milliseconds: `2007-08-14T00:00:00Z` or
    /// `2007-08-14T00:00:00.25Z`. The offset can also be `+00:00` or `-00:00`.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (date, time) = text.trim().split_once(['T', 't', ' ']).ok_or(Unreadable)?;
        let time = ["Z", "z", "+00:00", "-00:00"]
            .iter()
            .find_map(|utc| time.strip_suffix(utc))
            .ok_or(Unreadable)?;
        let (time, millis) = match time.split_once('.') {
            Some((time, fraction)) => (time, millis_of(fraction).ok_or(Unreadable)?),
            None => (time, 0),
        };
        let clock: Time = time.parse().map_err(|_| Unreadable)?;
        // As for dates: `12:00` and the leap second `23:59:60` are not allowed.
        if clock.to_string() != time {
            return Err(Unreadable);
        }
        let seconds = Time::midnight().duration_until(clock).as_secs();
        let midnight = date.parse::<Day>()?.midnight().0;
        Ok(Self(midnight + seconds * 1_000 + millis))
    }
}

/// Reads the fraction of a second, if it is a whole number of milliseconds.
fn millis_of(fraction: &str) -> Option<i64> {
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let (millis, rest) = fraction.split_at_checked(3).unwrap_or((fraction, ""));
    let whole = digits && rest.bytes().all(|byte| byte == b'0');
    whole.then(|| format!("{millis:0<3}").parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_dates_have_known_days() {
        for (text, days, weekday) in [
            ("1970-01-01", 0, Weekday::Thursday),
            ("2000-02-29", 11_016, Weekday::Tuesday),
            ("2007-08-14", 13_739, Weekday::Tuesday),
            ("2010-12-22", 14_965, Weekday::Wednesday),
            ("1969-12-31", -1, Weekday::Wednesday),
            ("0001-01-01", -719_162, Weekday::Monday),
            ("9999-12-31", 2_932_896, Weekday::Friday),
        ] {
            let day: Day = text.parse().unwrap();
            assert_eq!((day.days(), day.weekday()), (days, weekday), "{text}");
            assert_eq!(day.to_string(), text);
        }
    }

    /// Counts the days of all years, independently of `jiff`.
    #[test]
    fn every_day_has_its_date() {
        let (mut year, mut month, mut day) = (1, 1, 1);
        for days in FIRST_DAY..=LAST_DAY {
            let date = Day::from_days(days).unwrap();
            let civil = date.date();
            assert_eq!(
                (civil.year(), civil.month(), civil.day()),
                (year, month, day)
            );
            assert_eq!(Day::from_date(civil), Some(date));
            assert_eq!(
                i64::from(date.weekday().to_monday_zero_offset()),
                (days + 3).rem_euclid(7)
            );
            day += 1;
            if day > month_length(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }

    fn month_length(year: i16, month: i8) -> i8 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        match month {
            2 => 28 + i8::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// The grammar of a date, independently of `jiff`: four, two and two digits.
    fn is_date(text: &str) -> bool {
        let numbers = numbers(text, '-', [4, 2, 2]);
        numbers.is_some_and(|[year, month, day]| {
            let in_range = year > 0 && (1..=12).contains(&month) && day > 0;
            in_range && day <= i64::from(month_length(year as i16, month as i8))
        })
    }

    /// The grammar of an instant, independently of `jiff`.
    fn is_instant(text: &str) -> bool {
        let Some((date, time)) = text.split_once(['T', 't', ' ']) else {
            return false;
        };
        let offsets = ["Z", "z", "+00:00", "-00:00"];
        let Some(time) = offsets.iter().find_map(|utc| time.strip_suffix(utc)) else {
            return false;
        };
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
        let zeros = digits && fraction.bytes().skip(3).all(|b| b == b'0');
        let clock = numbers(time, ':', [2, 2, 2]);
        is_date(date) && zeros && clock.is_some_and(|[h, m, s]| h < 24 && m < 60 && s < 60)
    }

    fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[i64; 3]> {
        let parts: Vec<&str> = text.split(separator).collect();
        let parts: [&str; 3] = parts.try_into().ok()?;
        let fits = |(part, digits): (&&str, usize)| {
            part.len() == digits && part.bytes().all(|b| b.is_ascii_digit())
        };
        parts
            .iter()
            .zip(digits)
            .all(fits)
            .then(|| parts.map(|part| part.parse().unwrap()))
    }

    #[test]
    fn instants_are_read_and_printed() {
        for (text, seconds) in [
            ("2007-08-14T00:00:00Z", 1_187_049_600),
            ("2007-08-16 12:34:56+00:00", 1_187_267_696),
            ("1969-12-31T23:59:59.000Z", -1),
        ] {
            assert_eq!(
                text.parse::<Instant>().map(Instant::seconds),
                Ok(seconds),
                "{text}"
            );
        }
        let second = Instant::from_seconds(1_187_267_696).unwrap();
        assert_eq!(second.to_string(), "2007-08-16T12:34:56Z");
        for (text, millis, canonical) in [
            ("1970-01-01T00:00:00.25Z", 250, "1970-01-01T00:00:00.250Z"),
            (
                "1970-01-01T00:00:01.0070Z",
                1_007,
                "1970-01-01T00:00:01.007Z",
            ),
            ("1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z"),
        ] {
            let instant: Instant = text.parse().unwrap();
            assert_eq!(
                (instant.millis(), instant.to_string()),
                (millis, canonical.into())
            );
        }
    }

    #[test]
    fn other_notations_of_instants_and_days_are_rejected() {
        for text in [
            "",
            "2007-08-14",
            "2007-08-14T00:00:00",
            "2007-08-14T00:00:00+02:00",
            "2007-08-14T24:00:00Z",
            "2007-08-14T00:00:00.0005Z",
            "2007-08-14T00:00:00.Z",
            "2007-8-14T00:00:00Z",
            "2007-02-29T00:00:00Z",
            "2007-08-14T00:00Z",
            "2007-08-14T+1:00:00Z",
            "2007-08-14T23:59:60Z",
            "2007-08-14T00:00:00[UTC]Z",
            "20070814T000000Z",
        ] {
            assert_eq!(text.parse::<Instant>(), Err(Unreadable), "{text}");
        }
        for text in [
            "2007-02-29",
            "1900-02-29",
            "2007-13-01",
            "2007-00-01",
            "2007-01-00",
            "0000-01-01",
            "-002007-08-14",
            "+002007-08-14",
            "20070814",
            "2007-W33-2",
            "2007-08-14T00:00:00",
        ] {
            assert_eq!(text.parse::<Day>(), Err(Unreadable), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_instant_reads_back(millis in FIRST_DAY * MILLIS_PER_DAY..(LAST_DAY + 1) * MILLIS_PER_DAY) {
            let instant = Instant::from_millis(millis).unwrap();
            prop_assert_eq!(instant.to_string().parse(), Ok(instant));
        }

        /// Texts that are a date or an instant, or nearly one.
        #[test]
        fn the_same_texts_are_read_as_without_jiff(
            year in "[0-9]{3,5}", month in "-?-[01]?[0-9]", day in "-[0-3]?[0-9]",
            time in "[Tt _]?[0-2]?[0-9]:[0-6][0-9](:[0-6][0-9])?(\\.[01]{0,5})?(Z|z|[+-]00:?00|\\+01:00|)",
        ) {
            let date = format!("{year}{month}{day}");
            prop_assert_eq!(date.parse::<Day>().is_ok(), is_date(&date), "{}", date);
            let text = format!("{date}{time}");
            prop_assert_eq!(text.parse::<Day>().is_ok(), is_date(&text), "{}", text);
            prop_assert_eq!(text.parse::<Instant>().is_ok(), is_instant(&text), "{}", text);
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = (text.parse::<Instant>(), text.parse::<Day>());
        }
    }
}
