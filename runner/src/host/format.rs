//! Formats of numbers, instants and durations for people, and rounding for files.
//!
//! Instants are seconds since 1970, UTC, without leap seconds, or ticks since 1970 with the length of a
//! tick. Durations are in seconds, memory in bytes.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use patchday_agents::scenario::quantity::TickLength;
use serde::{Deserialize, Serialize, Serializer};

/// An instant as RFC 3339 in UTC: `2007-08-16T14:00:00Z`.
pub(crate) fn instant(seconds: i64) -> String {
    match Timestamp::from_second(seconds) {
        Ok(timestamp) => timestamp.to_string(),
        // Unreachable: scenarios lie within the years 1 to 9999.
        Err(_) => seconds.to_string(),
    }
}

/// An instant as a date and time in UTC.
pub(crate) fn civil(seconds: i64) -> Option<DateTime> {
    let timestamp = Timestamp::from_second(seconds).ok()?;
    Some(TimeZone::UTC.to_datetime(timestamp))
}

/// An instant in short: `Thu 16 Aug 14:00`.
pub(crate) fn moment(seconds: i64) -> String {
    civil(seconds).map_or_else(
        || seconds.to_string(),
        |time| time.strftime("%a %-d %b %H:%M").to_string(),
    )
}

/// An instant of a file, as RFC 3339, in short; what is none as it is.
pub(crate) fn moment_of(time: &str) -> String {
    let Ok(at) = time.parse::<Timestamp>() else {
        return time.to_owned();
    };
    // Only times of runs with ticks below a second have a fraction.
    if time.contains('.') {
        precise(TimeZone::UTC.to_datetime(at))
    } else {
        moment(at.as_second())
    }
}

/// An instant in ticks since 1970 as RFC 3339 in UTC, with milliseconds if a tick is shorter than a
/// second: `2007-08-16T14:00:00.250Z`.
pub(crate) fn instant_at(time: i64, tick: TickLength) -> String {
    if tick == TickLength::SECOND {
        return instant(time);
    }
    let millis = time.saturating_mul(tick.millis().into());
    Timestamp::from_millisecond(millis).map_or_else(|_| time.to_string(), |at| format!("{at:.3}"))
}

/// An instant in ticks since 1970 in short: `Thu 16 Aug 14:00`, with seconds and milliseconds if a tick
/// is shorter than a second: `Thu 16 Aug 14:00:00.250`.
pub(crate) fn moment_at(time: i64, tick: TickLength) -> String {
    match civil_at(time, tick) {
        Some(_) if tick == TickLength::SECOND => moment(time),
        Some(at) => precise(at),
        None => time.to_string(),
    }
}

/// A date and time in short, with seconds, and with milliseconds if there are some.
fn precise(at: DateTime) -> String {
    let text = at.strftime("%a %-d %b %H:%M:%S");
    match at.subsec_nanosecond() / 1_000_000 {
        0 => text.to_string(),
        millis => format!("{text}.{millis:03}"),
    }
}

/// An instant in ticks since 1970 as a date and time in UTC.
pub(crate) fn civil_at(time: i64, tick: TickLength) -> Option<DateTime> {
    let millis = time.checked_mul(tick.millis().into())?;
    let timestamp = Timestamp::from_millisecond(millis).ok()?;
    Some(TimeZone::UTC.to_datetime(timestamp))
}

/// A length in ticks in one or two units; with decimals if it is below ten seconds and a tick is shorter
/// than a second: `45 s`, `31 min`, `0.25 s`.
pub(crate) fn length(ticks: f64, tick: TickLength) -> String {
    let seconds = tick.as_seconds(ticks);
    if tick < TickLength::SECOND && seconds.abs() < 10.0 {
        return format!("{} s", rounded(seconds, 3));
    }
    duration(seconds)
}

/// A number of seconds, which files hold without a fraction if it is whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seconds(pub(crate) f64);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && (0.0..1e15).contains(&self.0) {
            serializer.serialize_u64(self.0 as u64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// A whole number with commas: `220,000,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with three significant digits and a unit prefix: `8.42 M`, `23.0 k`, `149`.
pub(crate) fn short(number: f64) -> String {
    let size = number.abs();
    // Thresholds lie where rounding to three digits would carry to the next prefix.
    let (value, unit) = match size {
        _ if size >= 999.5e9 => (number / 1e12, " T"),
        _ if size >= 999.5e6 => (number / 1e9, " G"),
        _ if size >= 999.5e3 => (number / 1e6, " M"),
        _ if size >= 999.5 => (number / 1e3, " k"),
        _ => return format!("{}", (number * 100.0).round() / 100.0),
    };
    let places = match value.abs() {
        value if value >= 99.95 => 0,
        value if value >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.places$}{unit}")
}

/// Percentages at which figures of an outage are defined.
const LEVELS: [f64; 2] = [50.0, 90.0];

/// A part of a whole in percent: `45 %`. A share below one of [`LEVELS`] is not rounded up to it:
/// `89.9 %`.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    let share = match whole {
        0 => 100.0,
        whole => 100.0 * part as f64 / whole as f64,
    };
    let carried = |level: &f64| share < *level && share.round() >= *level;
    if LEVELS.iter().any(carried) {
        format!("{:.1} %", (share * 10.0).floor() / 10.0)
    } else {
        format!("{share:.0} %")
    }
}

/// An amount of memory: `6.91 GiB`.
pub(crate) fn memory(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let places = match value {
        value if value >= 99.95 => 0,
        value if value >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.places$} {}", UNITS[unit])
}

/// A duration in one or two units: `45 s`, `31 min`, `46 h 15 min`, `3 d 16 h`. An outage of a day or two is
/// known in hours.
pub(crate) fn duration(seconds: f64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let exact = seconds.round().clamp(0.0, 1e15) as u64;
    let to = |unit: u64| (exact + unit / 2) / unit * unit;
    let two = |whole: u64, (unit, name): (u64, &str), (part, part_name): (u64, &str)| {
        let rest = whole % unit / part;
        match rest {
            0 => format!("{} {name}", whole / unit),
            rest => format!("{} {name} {rest} {part_name}", whole / unit),
        }
    };
    if exact < 2 * MINUTE {
        format!("{exact} s")
    } else if to(MINUTE) < HOUR {
        format!("{} min", to(MINUTE) / MINUTE)
    } else if to(MINUTE) < 2 * DAY {
        two(to(MINUTE), (HOUR, "h"), (MINUTE, "min"))
    } else {
        two(to(HOUR), (DAY, "d"), (HOUR, "h"))
    }
}

/// A number rounded to at most `places` decimals, for files.
pub(crate) fn rounded(number: f64, places: i32) -> f64 {
    let factor = 10_f64.powi(places);
    // Adding zero turns negative zero, which would print as "-0.0", into zero.
    (number * factor).round() / factor + 0.0
}

/// A number rounded to four significant digits, but never before the decimal point.
pub(crate) fn four_figures(number: f64) -> f64 {
    let places = match number.abs() {
        size if size > 0.0 => (3.0 - size.log10().floor()).clamp(0.0, 12.0) as i32,
        _ => 0,
    };
    rounded(number, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        let thursday = 1_187_272_800;
        assert_eq!(instant(thursday), "2007-08-16T14:00:00Z");
        assert_eq!(moment(thursday), "Thu 16 Aug 14:00");
        assert_eq!(moment_of("2007-08-16T14:00:00Z"), "Thu 16 Aug 14:00");
        assert_eq!(moment_of("soon"), "soon");
        assert_eq!(instant(-62_135_596_800), "0001-01-01T00:00:00Z");
    }

    #[test]
    fn numbers() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(220_000_000), "220,000,000");
        for (number, text) in [
            (0.0, "0"),
            (149.0, "149"),
            (999.4, "999.4"),
            (999.6, "1.00 k"),
            (149_608.0, "150 k"),
            (999_600.0, "1.00 M"),
            (8_420_000.0, "8.42 M"),
            (12_345_678.0, "12.3 M"),
            (-3_000_000.0, "-3.00 M"),
            (2.5e12, "2.50 T"),
        ] {
            assert_eq!(short(number), text);
        }
    }

    #[test]
    fn a_share_is_not_rounded_up_to_a_level() {
        for (part, text) in [
            (8_999, "89.9 %"),
            (8_950, "89.5 %"),
            (8_949, "89 %"),
            (9_000, "90 %"),
            (9_049, "90 %"),
            (4_999, "49.9 %"),
            (5_000, "50 %"),
            (9_999, "100 %"),
            (7, "0 %"),
        ] {
            assert_eq!(percent(part, 10_000), text);
        }
        assert_eq!(percent(0, 0), "100 %");
    }

    #[test]
    fn memory_and_durations() {
        assert_eq!(memory(1024), "1.00 KiB");
        assert_eq!(memory(7_419_000_000), "6.91 GiB");
        assert_eq!(memory((1 << 30) - 1), "1.00 GiB");
        for (seconds, text) in [
            (0.4, "0 s"),
            (119.0, "119 s"),
            (1_860.0, "31 min"),
            (3_599.0, "1 h"),
            (12_000.0, "3 h 20 min"),
            (86_399.0, "24 h"),
            (166_500.0, "46 h 15 min"),
            (172_799.0, "2 d"),
            (316_800.0, "3 d 16 h"),
            (864_000.0, "10 d"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn rounding_for_files() {
        assert_eq!(rounded(0.123_456, 4), 0.1235);
        assert_eq!(rounded(-0.000_001, 4).to_string(), "0");
        for (number, text) in [
            (0.513_238_311_703, "0.5132"),
            (423_187.4, "423187"),
            (-0.000_123_456, "-0.0001235"),
            (72.0, "72"),
            (0.0, "0"),
        ] {
            assert_eq!(four_figures(number).to_string(), text);
        }
    }
}
