//! The sessions of a local day: how many a user has, when they start, and which share of them is in
//! progress.
//!
//! Everything is exact at the resolution of a tick: a session starts in a uniform tick of its hour and
//! lasts a uniform whole number of ticks. Units: ticks after the local midnight at the start of the day;
//! days are local days counted from 1970-01-01.

use patchday_core::Chance;

use crate::{
    population::section::Sessions,
    scenario::{
        quantity::{instant::Day, run_clock::TickLength},
        root::Scenario,
    },
};

/// Maximum number of sessions of a user on a local day.
pub(crate) const MAX_SESSIONS: u32 = 200;

/// Returns the number of sessions in a region on a local day, as a multiple of an ordinary weekday.
pub(crate) fn day_factor(scenario: &Scenario, region: &str, day: i64) -> f64 {
    let calendar = &scenario.calendar;
    // Days outside the range of the calendar have no sessions.
    let Some(day) = Day::from_days(day) else {
        return 0.0;
    };
    let weekday = calendar.weekdays[day.weekday().to_monday_zero_offset() as usize];
    calendar
        .holiday
        .iter()
        .filter(|holiday| holiday.day == day)
        .filter(|holiday| {
            holiday.regions.is_empty() || holiday.regions.iter().any(|name| name == region)
        })
        .fold(weekday, |factor, holiday| factor * holiday.factor)
}

/// The number of sessions of a user on a day: a whole number, and one more with a probability.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DaySessions {
    /// The sessions that take place in any case.
    pub(crate) whole: u32,
    /// The probability of one more.
    pub(crate) one_more: Chance,
    /// The same probability.
    rest: f64,
}

impl DaySessions {
    /// No sessions.
    pub(crate) const NONE: Self = Self {
        whole: 0,
        one_more: Chance::NEVER,
        rest: 0.0,
    };

    /// Creates a number with the given mean, at most [`MAX_SESSIONS`].
    pub(crate) fn new(mean: f64) -> Self {
        let mean = mean.clamp(0.0, MAX_SESSIONS.into());
        let rest = mean.fract();
        Self {
            whole: mean as u32,
            one_more: Chance::new(rest),
            rest,
        }
    }

    /// Returns the probability that none of the sessions is in progress, if each is with probability
    /// `share`.
    pub(crate) fn none(&self, share: f64) -> f64 {
        power(1.0 - share, self.whole) * (1.0 - self.rest * share)
    }

    /// Returns the expected number of sessions that have all others of the day not in progress, if each
    /// is in progress with probability `share`.
    pub(crate) fn alone(&self, share: f64) -> f64 {
        let Some(others) = self.whole.checked_sub(1) else {
            return self.rest;
        };
        let fewer = power(1.0 - share, others);
        f64::from(self.whole) * fewer * (1.0 - self.rest * share)
            + self.rest * fewer * (1.0 - share)
    }
}

/// Returns `base` to the power of `exponent`, by multiplications only, so that every platform gives the
/// same bits.
fn power(mut base: f64, mut exponent: u32) -> f64 {
    let mut product = 1.0;
    while exponent > 0 {
        if exponent % 2 == 1 {
            product *= base;
        }
        base *= base;
        exponent /= 2;
    }
    product
}

/// The distribution of start and length of a session.
#[derive(Clone, Debug)]
pub(crate) struct SessionProfile {
    /// The share of the sessions that start in each hour.
    hours: [f64; 24],
    /// Shortest and longest session of each kind, with the share of sessions of that kind.
    kinds: [(u32, u32, f64); 2],
    tick: TickLength,
}

impl SessionProfile {
    pub(crate) fn new(sessions: &Sessions, tick: TickLength) -> Self {
        let total: f64 = sessions.hourly.iter().sum();
        let long = sessions.long_share.get();
        Self {
            hours: sessions.hourly.map(|weight| weight / total),
            kinds: [
                (
                    tick.ticks(sessions.long_min),
                    tick.ticks(sessions.long_max),
                    long,
                ),
                (
                    tick.ticks(sessions.short_min),
                    tick.ticks(sessions.short_max),
                    1.0 - long,
                ),
            ],
            tick,
        }
    }

    /// Returns the length of the longest session.
    pub(crate) fn longest(&self) -> u32 {
        self.kinds.iter().map(|kind| kind.1).fold(0, u32::max)
    }

    /// Returns the maximum number of midnights that a session can last past.
    pub(crate) fn reach(&self) -> u32 {
        self.longest().div_ceil(self.tick.day())
    }

    /// Returns the probability that a session of the day starts in the given tick.
    pub(crate) fn starts(&self, tick: i64) -> f64 {
        let length = self.tick.hour();
        let hour = usize::try_from(tick.div_euclid(length.into())).ok();
        hour.and_then(|hour| self.hours.get(hour)).unwrap_or(&0.0) / f64::from(length)
    }

    /// Returns the probability that a session of the day is in progress at `tick`, and that it began at
    /// least `settled` ticks before.
    pub(crate) fn in_progress(&self, tick: i64, settled: u32) -> f64 {
        let (longest, length) = (i64::from(self.longest()), i64::from(self.tick.hour()));
        let mut share = 0.0;
        for (hour, weight) in self.hours.iter().enumerate() {
            // The ages of the sessions that started in this hour.
            let oldest = tick - hour as i64 * length;
            let youngest = (oldest - length + 1).max(settled.into());
            if oldest < youngest || youngest > longest || *weight == 0.0 {
                continue;
            }
            let ticks: f64 = self
                .kinds
                .iter()
                .map(|(low, high, part)| {
                    part * (survival(oldest + 1, *low, *high) - survival(youngest, *low, *high))
                })
                .sum();
            share += weight * ticks / length as f64;
        }
        share
    }
}

/// Returns the sum, over the ages from 0 up to `before` (exclusive), of the probability that a session
/// of `low..=high` ticks is longer than the age.
fn survival(before: i64, low: u32, high: u32) -> f64 {
    let (low, high) = (i64::from(low), i64::from(high));
    if before <= low {
        return before as f64;
    }
    // Longer than age a with probability (high - a) / (high - low + 1) from `low` on.
    let before = before.min(high + 1);
    let terms = (before - low) as f64;
    let first_and_last = (2 * high - low - before + 1) as f64;
    low as f64 + terms * first_and_last / 2.0 / (high - low + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closed_form_is_the_sum_over_all_starts_and_lengths() {
        let mut sessions = Sessions {
            hourly: std::array::from_fn(|hour| (hour % 5) as f64),
            ..Sessions::default()
        };
        let span = |text: &str| text.parse().unwrap();
        sessions.long_share = crate::scenario::quantity::share::Share::new(0.3).unwrap();
        (sessions.long_min, sessions.long_max) = (span("16h"), span("16h"));
        (sessions.short_min, sessions.short_max) = (span("60s"), span("95s"));
        let profile = SessionProfile::new(&sessions, TickLength::SECOND);
        let longer = |age: i64| {
            let short = (0..36).filter(|more| 60 + more > age).count();
            0.3 * f64::from(u8::from(age < 57_600)) + 0.7 * short as f64 / 36.0
        };
        for (second, settled) in [
            (0, 0),
            (3_600, 0),
            (3_630, 2),
            (50_001, 5),
            (86_399, 2),
            (86_460, 0),
            (140_000, 2),
        ] {
            let plain: f64 = (0..86_400)
                .filter(|start| second - start >= i64::from(settled))
                .map(|start| profile.starts(start) * longer(second - start))
                .sum();
            let exact = profile.in_progress(second, settled);
            assert!((exact - plain).abs() < 1e-9, "{second}: {exact} {plain}");
        }
    }

    #[test]
    fn the_number_of_sessions_has_its_mean() {
        for mean in [0.0, 0.3, 1.0, 2.75, 200.0] {
            let number = DaySessions::new(mean);
            let exact = f64::from(number.whole) + number.rest;
            assert!((exact - mean).abs() < 1e-12);
            // Without a session in progress, every session has no other one beside it.
            assert!((number.alone(0.0) - mean).abs() < 1e-12);
            let plain = 0.9_f64.powi(number.whole as i32) * (1.0 - 0.1 * number.rest);
            assert!((number.none(0.1) - plain).abs() < 1e-12);
        }
    }
}
