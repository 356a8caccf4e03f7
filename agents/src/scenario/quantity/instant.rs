//! Instants and civil dates in UTC, on the Gregorian calendar.
//!
//! Years 0001 to 9999. No leap seconds: a day has 86,400 of them, as in Unix time.

use std::fmt;
use std::str::FromStr;

use crate::scenario::quantity::{decimal::Unreadable, span::Span};

const SECONDS_PER_DAY: i64 = 86_400;
/// Days of a Gregorian cycle of 400 years, which also is a whole number of weeks.
const DAYS_PER_CYCLE: i64 = 146_097;
/// 0001-01-01 and 9999-12-31 as days since 1970-01-01.
const FIRST_DAY: i64 = -719_162;
const LAST_DAY: i64 = 2_932_896;

/// A civil date, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// An instant in UTC, as whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// A day of the week; Monday is 0, as in ISO 8601 less one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    /// The day so many days after 1970-01-01, if its year is 1 to 9999.
    pub fn from_days(days: i64) -> Option<Self> {
        let known = (FIRST_DAY..=LAST_DAY).contains(&days);
        if known {
            i32::try_from(days).ok().map(Self)
        } else {
            None
        }
    }

    /// The date of a year (1 to 9999), month (1 to 12) and day of the month (from 1).
    pub fn from_civil(year: i64, month: i64, day: i64) -> Option<Self> {
        if !(1..=9_999).contains(&year) || !(1..=12).contains(&month) || day < 1 {
            return None;
        }
        // Years that begin in March put the leap day last, so that the length of
        // the months before one is a straight line: 30.6 days each.
        let shifted = if month <= 2 { year - 1 } else { year };
        let months = (month + 9) % 12;
        let cycle = shifted.div_euclid(400);
        let year_of_cycle = shifted.rem_euclid(400);
        let day_of_year = (153 * months + 2) / 5 + day - 1;
        let day_of_cycle =
            year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
        let date = Self::from_days(cycle * DAYS_PER_CYCLE + day_of_cycle - 719_468)?;
        // A day past the end of its month has become one of the next month.
        (date.civil() == (year, month, day)).then_some(date)
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// Year, month (1 to 12) and day of the month (from 1).
    pub fn civil(self) -> (i64, i64, i64) {
        let days = i64::from(self.0) + 719_468;
        let cycle = days.div_euclid(DAYS_PER_CYCLE);
        let day_of_cycle = days.rem_euclid(DAYS_PER_CYCLE);
        let leaps = day_of_cycle / 1_460 - day_of_cycle / 36_524 + day_of_cycle / 146_096;
        let year_of_cycle = (day_of_cycle - leaps) / 365;
        let day_of_year =
            day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let months = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * months + 2) / 5 + 1;
        let month = if months < 10 { months + 3 } else { months - 9 };
        let year = cycle * 400 + year_of_cycle + i64::from(month <= 2);
        (year, month, day)
    }

    /// The instant at which the day begins in UTC.
    pub const fn midnight(self) -> Instant {
        Instant(self.0 as i64 * SECONDS_PER_DAY)
    }

    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        match (i64::from(self.0) + 3).rem_euclid(7) {
            0 => Weekday::Monday,
            1 => Weekday::Tuesday,
            2 => Weekday::Wednesday,
            3 => Weekday::Thursday,
            4 => Weekday::Friday,
            5 => Weekday::Saturday,
            _ => Weekday::Sunday,
        }
    }
}

impl Instant {
    /// The instant so many seconds after 1970-01-01T00:00:00Z, if its year is 1 to 9999.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        Day::from_days(seconds.div_euclid(SECONDS_PER_DAY)).map(|_| Self(seconds))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The civil date in UTC.
    pub fn day(self) -> Day {
        let days = self.0.div_euclid(SECONDS_PER_DAY);
        // Out of reach only when spans were added past the year 9999.
        Day(i32::try_from(days).unwrap_or(i32::MAX))
    }

    /// Seconds since midnight in UTC, 0 to 86,399.
    pub fn second_of_day(self) -> u32 {
        self.0.rem_euclid(SECONDS_PER_DAY) as u32
    }

    /// The instant a span later.
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.seconds() as i64))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.second_of_day();
        let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}Z", self.day())
    }
}

impl FromStr for Day {
    type Err = Unreadable;

    /// Reads `2007-08-15`.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let [year, month, day] = numbers(text.trim(), '-', [4, 2, 2]).ok_or(Unreadable)?;
        Self::from_civil(year, month, day).ok_or(Unreadable)
    }
}

impl FromStr for Instant {
    type Err = Unreadable;

    /// Reads RFC 3339 in UTC: `2007-08-14T00:00:00Z`, whole seconds; `+00:00` is
    /// another way to write `Z`.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (date, time) = text.trim().split_once(['T', 't', ' ']).ok_or(Unreadable)?;
        let time = ["Z", "z", "+00:00", "-00:00"]
            .iter()
            .find_map(|utc| time.strip_suffix(utc))
            .ok_or(Unreadable)?;
        let time = match time.split_once('.') {
            Some((time, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => time,
            Some(_) => return Err(Unreadable),
            None => time,
        };
        let [hour, minute, second] = numbers(time, ':', [2, 2, 2]).ok_or(Unreadable)?;
        if hour > 23 || minute > 59 || second > 59 {
            return Err(Unreadable);
        }
        let seconds = hour * 3_600 + minute * 60 + second;
        Ok(Self(date.parse::<Day>()?.midnight().0 + seconds))
    }
}

/// Three numbers of exactly so many digits, between separators.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next()?;
        if part.len() != digits || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_that_are_known() {
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

    #[test]
    fn every_day_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1, 1, 1);
        for days in FIRST_DAY..=LAST_DAY {
            let date = Day::from_days(days).unwrap();
            assert_eq!(date.civil(), (year, month, day));
            assert_eq!(Day::from_civil(year, month, day), Some(date));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + i64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }

    #[test]
    fn instants_as_people_write_them() {
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
        assert_eq!(Instant(1_187_267_696).to_string(), "2007-08-16T12:34:56Z");
    }

    #[test]
    fn what_is_not_an_instant_or_a_day() {
        for text in [
            "",
            "2007-08-14",
            "2007-08-14T00:00:00",
            "2007-08-14T00:00:00+02:00",
            "2007-08-14T24:00:00Z",
            "2007-08-14T00:00:00.5Z",
            "2007-8-14T00:00:00Z",
            "2007-02-29T00:00:00Z",
            "2007-08-14T00:00Z",
            "2007-08-14T+1:00:00Z",
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
        ] {
            assert_eq!(text.parse::<Day>(), Err(Unreadable), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_instant_reads_back(seconds in FIRST_DAY * 86_400..(LAST_DAY + 1) * 86_400) {
            let instant = Instant::from_seconds(seconds).unwrap();
            prop_assert_eq!(instant.to_string().parse(), Ok(instant));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = (text.parse::<Instant>(), text.parse::<Day>());
        }
    }
}
