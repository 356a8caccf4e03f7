//! The expected course of sessions, as shares of the users who start a session that day.
//!
//! [`crate::population::activity`] derives the norm and the daily number of sessions from these curves.
//! Units: one value per minute; days are local days counted from 1970-01-01.

use crate::scenario::{
    quantity::{instant::Day, span::Span},
    root::Scenario,
};

/// Minutes of a day.
pub(crate) const MINUTES: usize = 24 * 60;

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

/// Returns the share of a day's sessions in progress, one value per minute after local midnight. Sessions
/// can last past the next midnight, so there are more values than minutes of a day.
pub(crate) fn in_session(scenario: &Scenario) -> Vec<f64> {
    let sessions = &scenario.population.sessions;
    let total: f64 = sessions.hourly.iter().sum();
    let long = sessions.long_share.get();
    let minutes = |span: Span| f64::from(span.seconds()) / 60.0;
    // The probability that a session is longer than `age` minutes.
    let lasts = |age: f64, low: f64, high: f64| {
        if age < low {
            1.0
        } else if age < high {
            (high - age) / (high - low)
        } else {
            0.0
        }
    };
    let longest = minutes(sessions.long_max).max(minutes(sessions.short_max));
    let alive: Vec<f64> = (0..longest.ceil() as usize + 1)
        .map(|age| {
            let age = age as f64;
            long * lasts(age, minutes(sessions.long_min), minutes(sessions.long_max))
                + (1.0 - long)
                    * lasts(
                        age,
                        minutes(sessions.short_min),
                        minutes(sessions.short_max),
                    )
        })
        .collect();
    sum_of_starts(&sessions.hourly.map(|weight| weight / total / 60.0), &alive)
}

/// Returns the share of a day's sessions in progress at each minute. `starts` is the share that starts
/// in each minute of an hour; `alive` is the probability that a session lasts at least so many minutes.
fn sum_of_starts(starts: &[f64; 24], alive: &[f64]) -> Vec<f64> {
    let mut share = vec![0.0; MINUTES + alive.len() + 1];
    for (hour, starts) in starts.iter().enumerate() {
        // Starts are uniform within a minute, so half of them count for the next minute.
        let halves: Vec<f64> = alive.iter().map(|alive| starts * alive / 2.0).collect();
        let [first, .., last] = halves.as_slice() else {
            continue;
        };
        for minute in hour * 60..(hour + 1) * 60 {
            let cells = &mut share[minute..=minute + halves.len()];
            // Each cell gets two terms: first that of the sessions one minute older, then that of
            // its own age. A loop over cells, unlike one over ages, is vectorised.
            cells[0] += first;
            let pairs = halves.iter().zip(&halves[1..]);
            for (cell, (older, own)) in cells[1..].iter_mut().zip(pairs) {
                *cell = *cell + older + own;
            }
            cells[halves.len()] += last;
        }
    }
    share
}

/// Returns the share of a day's sessions in progress on an ordinary weekday that follows ordinary
/// weekdays, over all regions, one value per minute of the UTC day.
pub(crate) fn ordinary_day(scenario: &Scenario) -> Vec<f64> {
    let once = in_session(scenario);
    let mut folded = vec![0.0; MINUTES];
    for (minute, share) in once.iter().enumerate() {
        folded[minute % MINUTES] += share;
    }
    (0..MINUTES)
        .map(|minute| {
            let regions = scenario.population.region.iter();
            regions
                .map(|region| {
                    let local =
                        (minute as i64 + region.utc_offset.minutes() as i64).rem_euclid(MINUTES as i64);
                    region.share.get() * folded[local as usize]
                })
                .sum()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest depends on every bit, so the order of floating-point additions is fixed.
    #[test]
    fn starts_are_summed_in_the_order_of_minutes_and_ages() {
        let starts: [f64; 24] = std::array::from_fn(|hour| 0.001 / (hour as f64 + 3.0));
        let alive: Vec<f64> = (0..700).map(|age| 1.0 / (1.0 + f64::from(age))).collect();
        let mut plain = vec![0.0; MINUTES + alive.len() + 1];
        for minute in 0..MINUTES {
            for (age, alive) in alive.iter().enumerate() {
                plain[minute + age] += starts[minute / 60] * alive / 2.0;
                plain[minute + age + 1] += starts[minute / 60] * alive / 2.0;
            }
        }
        let sums = sum_of_starts(&starts, &alive);
        let bits = |sums: &[f64]| -> Vec<u64> { sums.iter().map(|sum| sum.to_bits()).collect() };
        assert_eq!(bits(&sums), bits(&plain));
    }
}
