//! Scales from values to positions, and the marks and labels of axes.
//!
//! Times are ticks since 1970, UTC, with the length of a tick; positions are in units of the picture, y grows downwards.

use patchday_agents::scenario::quantity::TickLength;

use crate::host::format::{civil_at, rounded};

/// An hour and a day in seconds.
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Lengths of axes for which steps can be computed without overflow.
const STEPPED: std::ops::RangeInclusive<f64> = 1e-300..=1e300;

/// A linear scale from values to positions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// The values at the two ends.
    pub(crate) values: (f64, f64),
    /// The positions of the two ends.
    pub(crate) places: (f64, f64),
}

impl Scale {
    /// The position of a value.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let length = self.values.1 - self.values.0;
        let share = if length == 0.0 {
            0.0
        } else {
            (value - self.values.0) / length
        };
        self.places.0 + share * (self.places.1 - self.places.0)
    }
}

/// Values from zero to at least `most` in about `steps` round steps (1, 2, 2.5 or 5 times a power
/// of ten).
pub(crate) fn levels(most: f64, steps: usize) -> Vec<f64> {
    let most = if STEPPED.contains(&most) { most } else { 1.0 };
    let rough = most / steps.max(1) as f64;
    let ten = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * ten)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * ten);
    let count = (most / step - 1e-9).ceil().max(1.0) as usize;
    (0..=count).map(|index| index as f64 * step).collect()
}

/// About `steps` round values within `low` to `high`.
pub(crate) fn ticks(low: f64, high: f64, steps: usize) -> Vec<f64> {
    if !STEPPED.contains(&(high - low)) {
        return vec![low];
    }
    let step = levels(high - low, steps).get(1).copied().unwrap_or(1.0);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|index| index as f64 * step).collect()
}

/// The unit in which values up to `most` are written: its size and name.
pub(crate) fn unit(most: f64) -> (f64, &'static str) {
    match most {
        most if most >= 1e6 => (1e6, " M"),
        most if most >= 1e4 => (1e3, " k"),
        _ => (1.0, ""),
    }
}

/// The fewest decimals that write a round value exactly, so that no two levels of an axis have the
/// same label.
pub(crate) fn decimals(value: f64) -> i32 {
    const MOST: i32 = 9;
    let exact = |places: &i32| {
        let shown = value * 10_f64.powi(*places);
        (shown - shown.round()).abs() <= 1e-9 * shown.abs().max(1.0)
    };
    (0..MOST).find(exact).unwrap_or(MOST)
}

/// The label of a level in a unit of this size and name, with as many digits as it needs.
pub(crate) fn written(level: f64, (size, name): (f64, &str)) -> String {
    let value = level / size;
    match rounded(value, decimals(value)) {
        0.0 => "0".into(),
        value => format!("{value}{name}"),
    }
}

/// A mark on a time axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TimeMark {
    pub(crate) time: i64,
    /// Whether a day begins here.
    pub(crate) midnight: bool,
    /// The hour, if it fits.
    pub(crate) label: Option<String>,
}

/// The shown part of a day, with its name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DayName {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) name: String,
}

/// The marks from `start` to `end` for an axis of this width.
pub(crate) fn marks(start: i64, end: i64, width: f64, tick: TickLength) -> Vec<TimeMark> {
    // A label with seconds needs more space.
    let apart = if tick == TickLength::SECOND {
        46.0
    } else {
        64.0
    };
    let step = step(end - start, width, 13.0, tick);
    let labelled = self::step(end - start, width, apart, tick);
    let (second, day) = (i64::from(tick.per_second()), i64::from(tick.day()));
    let format = if labelled < 60 * second {
        "%H:%M:%S"
    } else {
        "%H:%M"
    };
    let first = start.div_euclid(step) * step;
    (0..)
        .map(|index| first + index * step)
        .skip_while(|time| *time < start)
        .take_while(|time| *time <= end)
        .map(|time| TimeMark {
            time,
            midnight: time.rem_euclid(day) == 0,
            label: (labelled < day && time.rem_euclid(labelled) == 0)
                .then(|| civil_at(time, tick))
                .flatten()
                .map(|at| at.strftime(format).to_string()),
        })
        .collect()
}

/// The shortest step, in ticks, whose marks are at least `apart` from each other on an axis of a length
/// in ticks; at least six hours if the axis is longer than two days.
fn step(length: i64, width: f64, apart: f64, tick: TickLength) -> i64 {
    let second = i64::from(tick.per_second());
    let length = length.max(1);
    let finest = match length {
        length if length > 2 * DAY * second => 6 * HOUR,
        _ if tick == TickLength::SECOND => 300,
        _ => 1,
    };
    [
        1,
        5,
        15,
        30,
        60,
        120,
        300,
        900,
        1_800,
        HOUR,
        3 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        7 * DAY,
    ]
    .into_iter()
    .filter(|step| *step >= finest)
    .map(|step| step * second)
    .find(|step| *step as f64 / length as f64 * width >= apart)
    .unwrap_or(28 * DAY * second)
}

/// The days from `start` to `end` whose names fit.
pub(crate) fn days(start: i64, end: i64, width: f64, tick: TickLength) -> Vec<DayName> {
    let day_length = i64::from(tick.day());
    let width_of = |from: i64, to: i64| (to - from) as f64 / (end - start).max(1) as f64 * width;
    // If a day is too narrow for its name, only every second, seventh, ... day is named.
    let every = [1, 2, 7, 14, 28]
        .into_iter()
        .find(|days| width_of(0, days * day_length) >= 78.0)
        .unwrap_or(28);
    let first = start.div_euclid(day_length);
    (first..)
        .map(|day| {
            (
                day,
                (day * day_length).max(start),
                ((day + 1) * day_length).min(end),
            )
        })
        .take_while(|(_, from, _)| *from < end || start == end && *from == start)
        .take(4_000)
        .filter(|(day, from, to)| {
            (day - first) % every == 0 && width_of(*from, *to) * every as f64 >= 60.0
        })
        .filter_map(|(_, from, to)| {
            let name = civil_at(from, tick)?.strftime("%a %-d %b").to_string();
            Some(DayName { from, to, name })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TUESDAY: i64 = 1_187_049_600;

    #[test]
    fn levels_are_round_and_reach_the_greatest_value() {
        assert_eq!(levels(8.5e6, 5), [0.0, 2e6, 4e6, 6e6, 8e6, 1e7]);
        assert_eq!(levels(100.0, 4), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(levels(0.0, 4), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(levels(f64::NAN, 2), [0.0, 0.5, 1.0]);
    }

    #[test]
    fn levels_have_as_many_digits_as_they_need() {
        let all = |most, steps| -> Vec<String> {
            let levels = levels(most, steps);
            let unit = unit(levels.last().copied().unwrap());
            levels.iter().map(|level| written(*level, unit)).collect()
        };
        assert_eq!(all(0.07, 3), ["0", "0.025", "0.05", "0.075"]);
        assert_eq!(all(0.000_7, 3), ["0", "0.00025", "0.0005", "0.00075"]);
        assert_eq!(all(8.5e6, 2), ["0", "5 M", "10 M"]);
        assert_eq!(all(29_000.0, 2), ["0", "20 k", "40 k"]);
        assert_eq!(written(0.1 + 0.2, (1.0, "")), "0.3");
        assert_eq!(decimals(f64::NAN), 9);
    }

    #[test]
    fn ticks_are_within_the_range() {
        assert_eq!(ticks(-0.3, 0.52, 4), [-0.25, 0.0, 0.25, 0.5]);
        assert_eq!(ticks(400.0, 800.0, 4), [400.0, 500.0, 600.0, 700.0, 800.0]);
        assert_eq!(ticks(2.0, 2.0, 4), [2.0]);
        assert_eq!(ticks(f64::NAN, 2.0, 4).len(), 1);
    }

    #[test]
    fn extreme_numbers_have_few_levels_and_ticks() {
        let ends = [
            5e-324,
            1e-301,
            1e-300,
            1e300,
            1e301,
            f64::MAX,
            f64::INFINITY,
        ];
        for most in ends {
            let levels = levels(most, 4);
            assert!(levels.len() < 8 && levels.iter().all(|level| level.is_finite()));
            for (low, high) in [(-most, most), (0.0, most), (most, 2.0 * most), (-most, 0.0)] {
                assert!(ticks(low, high, 4).len() < 12, "{low} to {high}");
            }
        }
    }

    #[test]
    fn five_days_have_marks_every_six_hours_and_names() {
        let marks = marks(TUESDAY, TUESDAY + 5 * DAY, 860.0, TickLength::SECOND);
        assert_eq!(marks.len(), 21);
        assert_eq!(
            (marks[1].label.as_deref(), marks[2].label.as_deref()),
            (None, Some("12:00"))
        );
        assert!(marks[4].midnight && !marks[5].midnight);
        let days = days(TUESDAY, TUESDAY + 5 * DAY, 860.0, TickLength::SECOND);
        let names: Vec<&str> = days.iter().map(|day| day.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Tue 14 Aug",
                "Wed 15 Aug",
                "Thu 16 Aug",
                "Fri 17 Aug",
                "Sat 18 Aug"
            ]
        );
    }

    #[test]
    fn short_and_long_axes_have_few_marks() {
        let short = marks(TUESDAY + 600, TUESDAY + 7_200, 860.0, TickLength::SECOND);
        assert_eq!(short[0].time, TUESDAY + 600);
        assert!(short.len() < 60);
        let long = marks(TUESDAY, TUESDAY + 60 * DAY, 860.0, TickLength::SECOND);
        assert!(long.iter().all(|mark| mark.label.is_none()), "{long:?}");
        assert!(days(TUESDAY, TUESDAY + 60 * DAY, 860.0, TickLength::SECOND).len() <= 11);
        assert_eq!(marks(TUESDAY, TUESDAY, 860.0, TickLength::SECOND).len(), 1);
        assert!(days(TUESDAY, TUESDAY, 860.0, TickLength::SECOND).len() <= 1);
    }
}
