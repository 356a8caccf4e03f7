//! The rhythm: when users come, and how many are online when nothing is wrong.
//!
//! A regular user has at most one session a local day: whether there is one,
//! when it starts and how long it lasts follow from (user, day) by addressed
//! draws, so nothing is stored. The same tables give the *norm*: the expected
//! number of users in a session at any minute, which is what a calm network has
//! online (less the seconds a sign-in takes). Units: ticks of one second; days
//! are local days counted from 1970-01-01.

use patchday_core::{Chance, Random, Tick, random::Draw};

use crate::{
    network::{distributions::between, draw_ids},
    population::traits::Traits,
    scenario::{quantity::instant::Day, root::Scenario},
};

const DAY: i64 = 86_400;
const HOUR: u32 = 3_600;
const MINUTES: usize = 24 * 60;
/// How many days ahead a next session is sought; then the user stays away.
const HORIZON_DAYS: i64 = 60;

/// A stretch of time in which a user wants to be online.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Ticks since the start of the run; negative before it.
    pub(crate) start: i64,
    /// The tick after its last.
    pub(crate) end: i64,
}

#[derive(Clone, Debug)]
struct Zone {
    share: f64,
    /// Local time minus UTC, in seconds.
    offset: i64,
    /// Chance of a session, for each local day from `Activity::first_day`.
    chances: Vec<Chance>,
    /// The same as a multiple of an ordinary weekday.
    factors: Vec<f64>,
}

/// The tables behind sessions and the norm.
#[derive(Clone, Debug)]
pub(crate) struct Activity {
    start_unix: i64,
    first_day: i64,
    zones: Vec<Zone>,
    /// Cumulated weights of the hours, in units of 2^-32.
    hours: [u32; 24],
    long: Chance,
    long_span: (Tick, Tick),
    short_span: (Tick, Tick),
    /// Days after that on which it begins into which a session can last.
    reach: u32,
    /// Share of a day's comers in session, for each minute after the midnight
    /// at which their day begins.
    in_session: Vec<f64>,
    participation: f64,
    /// Users that come and go, and users that are always there.
    comers: f64,
    always: f64,
}

impl Activity {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let participation = Self::participation_needed(scenario);
        let population = &scenario.population;
        let start_unix = scenario.run.start.seconds();
        let first_day = start_unix.div_euclid(DAY) - 3;
        let days = i64::from(scenario.ticks()) / DAY + HORIZON_DAYS + 6;
        let zones = population
            .region
            .iter()
            .map(|region| {
                let factors: Vec<f64> = (0..days)
                    .map(|day| day_factor(scenario, &region.name, first_day + day))
                    .collect();
                Zone {
                    share: region.share.get(),
                    offset: (region.utc_offset * 60.0) as i64,
                    chances: factors
                        .iter()
                        .map(|f| Chance::new(f * participation))
                        .collect(),
                    factors,
                }
            })
            .collect();
        let sessions = &population.sessions;
        let total: f64 = sessions.hourly.iter().sum();
        let mut sum = 0.0;
        let hours = sessions.hourly.map(|weight| {
            sum += weight;
            (sum / total * 4_294_967_295.0).round() as u32
        });
        let regulars = population.users as f64 * population.regular_share.get();
        let always = regulars * population.always_on_share.get();
        Self {
            start_unix,
            first_day,
            zones,
            hours,
            long: Chance::new(sessions.long_share.get()),
            long_span: (sessions.long_min.seconds(), sessions.long_max.seconds()),
            short_span: (sessions.short_min.seconds(), sessions.short_max.seconds()),
            reach: {
                let longest = sessions
                    .long_max
                    .seconds()
                    .max(sessions.short_max.seconds());
                longest.div_ceil(DAY as u32)
            },
            in_session: in_session(scenario),
            participation,
            comers: regulars - always,
            always,
        }
    }

    /// Sessions a day of a regular user on an ordinary weekday, so that the
    /// peak of such a day is the scenario's.
    pub(crate) fn participation_needed(scenario: &Scenario) -> f64 {
        let population = &scenario.population;
        let always = population.always_on_share.get();
        let peak = ordinary_day(scenario).into_iter().fold(0.0, f64::max);
        let regular = population.regular_share.get();
        let needed = population.online_share.get() / regular - always;
        (needed / ((1.0 - always) * peak)).max(0.0)
    }

    /// Sign-ins a second in the busiest hour of an ordinary weekday.
    pub(crate) fn peak_sign_ins(scenario: &Scenario) -> f64 {
        let population = &scenario.population;
        let total: f64 = population.sessions.hourly.iter().sum();
        let busiest = (0..24)
            .map(|hour| {
                population
                    .region
                    .iter()
                    .map(|region| {
                        let local = (f64::from(hour) + region.utc_offset / 60.0).rem_euclid(24.0);
                        // Rounding can bring a local hour up to 24.
                        let hour = (local as usize).min(23);
                        region.share.get() * population.sessions.hourly[hour] / total
                    })
                    .sum::<f64>()
            })
            .fold(0.0, f64::max);
        let comers = population.users as f64
            * population.regular_share.get()
            * (1.0 - population.always_on_share.get());
        busiest * comers * Self::participation_needed(scenario) / 3600.0
    }

    /// Unix seconds of a tick, in local time of a region.
    pub(crate) fn local(&self, region: u8, tick: i64) -> i64 {
        self.start_unix + tick + self.zones[usize::from(region)].offset
    }

    /// The session of the user's local day `day` (days since 1970), if any.
    fn session(&self, random: Random, id: u32, traits: &Traits, day: i64) -> Option<Session> {
        let zone = &self.zones[usize::from(traits.region)];
        let chance = *zone
            .chances
            .get(usize::try_from(day - self.first_day).ok()?)?;
        let address = day as u32;
        let first = random.draw(id, address, draw_ids::SESSION, 0);
        if !first.hits(0, chance) {
            return None;
        }
        let hour = self.hour(first.word(1));
        let second = random.draw(id, address, draw_ids::SESSION, 1);
        let (low, high) = self.span(&first);
        let midnight = day * DAY - zone.offset - self.start_unix;
        let start = midnight + i64::from(hour * HOUR + first.below(2, HOUR));
        Some(Session {
            start,
            end: start + i64::from(between(second.word(0), low, high)),
        })
    }

    /// The session a user is in at a tick, if any.
    pub(crate) fn session_at(
        &self,
        random: Random,
        id: u32,
        traits: &Traits,
        tick: Tick,
    ) -> Option<Session> {
        let tick = i64::from(tick);
        let today = self.local(traits.region, tick).div_euclid(DAY);
        (today - 2..=today)
            .filter_map(|day| self.session(random, id, traits, day))
            .find(|session| session.start <= tick && session.end > tick)
    }

    /// Whether a user is in a session at a tick: the same as [`Self::session_at`], with
    /// fewer draws.
    pub(crate) fn is_about(&self, random: Random, id: u32, traits: &Traits, tick: Tick) -> bool {
        let zone = &self.zones[usize::from(traits.region)];
        let local = self.local(traits.region, tick.into());
        let today = local.div_euclid(DAY);
        let second_of_today = local.rem_euclid(DAY) as u32;
        (0..=self.reach).any(|back| {
            let day = today - i64::from(back);
            let place = usize::try_from(day - self.first_day);
            let Some(chance) = place.ok().and_then(|place| zone.chances.get(place)) else {
                return false;
            };
            let first = random.draw(id, day as u32, draw_ids::SESSION, 0);
            if !first.hits(0, *chance) {
                return false;
            }
            let start = self.hour(first.word(1)) * HOUR + first.below(2, HOUR);
            let (low, high) = self.span(&first);
            let Some(age) = (second_of_today + back * DAY as u32).checked_sub(start) else {
                return false;
            };
            age < low
                || age < high && {
                    let second = random.draw(id, day as u32, draw_ids::SESSION, 1);
                    age < between(second.word(0), low, high)
                }
        })
    }

    /// The hour of the day of a uniform word.
    fn hour(&self, word: u32) -> u32 {
        self.hours.iter().position(|sum| word <= *sum).unwrap_or(23) as u32
    }

    /// The least and the greatest length of the session of this draw.
    fn span(&self, first: &Draw) -> (Tick, Tick) {
        match first.hits(3, self.long) {
            true => self.long_span,
            false => self.short_span,
        }
    }

    /// The first session that starts after `tick`, if there is one within two months.
    pub(crate) fn next_session(
        &self,
        random: Random,
        id: u32,
        traits: &Traits,
        tick: Tick,
    ) -> Option<Session> {
        let tick = i64::from(tick);
        let today = self.local(traits.region, tick).div_euclid(DAY);
        (today..today + HORIZON_DAYS)
            .filter_map(|day| self.session(random, id, traits, day))
            .find(|session| session.start > tick)
    }

    /// Users expected to be in a session at `tick`.
    pub(crate) fn norm(&self, tick: Tick) -> f64 {
        let share: f64 = self
            .zones
            .iter()
            .map(|zone| {
                let local = self.start_unix + i64::from(tick) + zone.offset;
                let today = local.div_euclid(DAY);
                let minute = local.rem_euclid(DAY) as f64 / 60.0;
                let part: f64 = (0..3i64)
                    .filter_map(|back| {
                        let factor = zone
                            .factors
                            .get(usize::try_from(today - back - self.first_day).ok()?)?;
                        let after = minute + (back as f64) * MINUTES as f64;
                        let (whole, rest) = (after as usize, after.fract());
                        let at =
                            |minute: usize| self.in_session.get(minute).copied().unwrap_or(0.0);
                        // More than all cannot come.
                        let factor = factor.min(1.0 / self.participation.max(1e-9));
                        Some(factor * (at(whole) * (1.0 - rest) + at(whole + 1) * rest))
                    })
                    .sum();
                zone.share * part
            })
            .sum();
        self.always + self.comers * self.participation * share
    }
}

/// Sessions on a day, as a multiple of an ordinary weekday.
fn day_factor(scenario: &Scenario, region: &str, day: i64) -> f64 {
    let calendar = &scenario.calendar;
    // Days no calendar can name have no sessions.
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

/// Share of a day's comers in session, a value a minute from their midnight on.
fn in_session(scenario: &Scenario) -> Vec<f64> {
    let sessions = &scenario.population.sessions;
    let total: f64 = sessions.hourly.iter().sum();
    let long = sessions.long_share.get();
    let minutes = |span: crate::scenario::quantity::span::Span| f64::from(span.seconds()) / 60.0;
    // Chance that a session lasts longer than `age` minutes.
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

/// Shares of a day's comers in session, given the share that starts in a minute of each hour,
/// and the chance to be alive at each age.
fn sum_of_starts(starts: &[f64; 24], alive: &[f64]) -> Vec<f64> {
    let mut share = vec![0.0; MINUTES + alive.len() + 1];
    for (hour, starts) in starts.iter().enumerate() {
        // Starts are spread over the minute: half of them before its middle.
        let halves: Vec<f64> = alive.iter().map(|alive| starts * alive / 2.0).collect();
        let [first, .., last] = halves.as_slice() else {
            continue;
        };
        for minute in hour * 60..(hour + 1) * 60 {
            let cells = &mut share[minute..=minute + halves.len()];
            // Each cell has two halves, of those a minute older and of those of its age, in
            // that order; going by cells, several are added at a time.
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

/// Share of comers in session over an ordinary weekday after others, all
/// regions together, a value a minute of the UTC day.
fn ordinary_day(scenario: &Scenario) -> Vec<f64> {
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
                        (minute as i64 + region.utc_offset as i64).rem_euclid(MINUTES as i64);
                    region.share.get() * folded[local as usize]
                })
                .sum()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run may not change by one bit, so neither may the order of a sum.
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
