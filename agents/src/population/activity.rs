//! Daily activity: when each user wants to be online, and the expected number of users online.
//!
//! A regular user has at most one session per local day. Addressed draws for (user, day) determine whether
//! there is one, its start and its length, so no session is stored. The same tables give the *norm*: the
//! expected number of users in a session at a tick. Without an outage, the number of users online equals
//! the norm, minus the users whose login is in progress. Units: ticks of one second; days are local days
//! counted from 1970-01-01.

use patchday_core::{Chance, Random, Tick, random::Draw};

use crate::{
    network::{distributions::between, draw_ids},
    population::{
        session_profile::{MINUTES, day_factor, in_session, ordinary_day},
        traits::Traits,
    },
    scenario::root::Scenario,
};

const DAY: i64 = 86_400;
const HOUR: u32 = 3_600;
/// A user without a session in this many days has no further sessions.
const HORIZON_DAYS: i64 = 60;

/// A period in which a user wants to be online.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Ticks since the start of the run; negative before it.
    pub(crate) start: i64,
    /// The first tick after it.
    pub(crate) end: i64,
}

/// A region: its local time and the activity of its users on each day.
#[derive(Clone, Debug)]
struct Zone {
    /// Share of all users.
    share: f64,
    /// Local time minus UTC, in seconds.
    offset: i64,
    /// Probability that a user has a session, for each local day from `Activity::first_day`.
    chances: Vec<Chance>,
    /// Sessions as a multiple of an ordinary weekday, for the same days.
    factors: Vec<f64>,
}

/// The tables from which sessions and the norm are computed.
#[derive(Clone, Debug)]
pub(crate) struct Activity {
    start_unix: i64,
    /// The first local day of the tables.
    first_day: i64,
    zones: Vec<Zone>,
    /// Cumulative weights of the hours, in units of 2^-32.
    hours: [u32; 24],
    /// Probability that a session is a long one.
    long: Chance,
    /// Minimum and maximum length of a long session.
    long_span: (Tick, Tick),
    /// Minimum and maximum length of a short session.
    short_span: (Tick, Tick),
    /// The maximum number of midnights that a session started on a day can last past.
    reach: u32,
    /// Share of a day's sessions in progress, for each minute after the local midnight at the start of
    /// that day.
    in_session: Vec<f64>,
    /// Sessions of a regular user on an ordinary weekday.
    participation: f64,
    /// Regular users whose machine is switched off at times.
    part_time: f64,
    /// Regular users whose machine is never switched off.
    always: f64,
}

impl Activity {
    /// Creates the tables of a scenario.
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
                    offset: region.utc_offset.seconds(),
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
            part_time: regulars - always,
            always,
        }
    }

    /// Returns the sessions of a regular user on an ordinary weekday with which the peak of that day is
    /// `population.online_share`. If above 1, the scenario is impossible.
    pub(crate) fn participation_needed(scenario: &Scenario) -> f64 {
        let population = &scenario.population;
        let always = population.always_on_share.get();
        let peak = ordinary_day(scenario).into_iter().fold(0.0, f64::max);
        let regular = population.regular_share.get();
        let needed = population.online_share.get() / regular - always;
        (needed / ((1.0 - always) * peak)).max(0.0)
    }

    /// Returns the logins per second in the busiest hour of an ordinary weekday.
    pub(crate) fn peak_sign_ins(scenario: &Scenario) -> f64 {
        let population = &scenario.population;
        let total: f64 = population.sessions.hourly.iter().sum();
        let busiest = (0..24)
            .map(|hour| {
                population
                    .region
                    .iter()
                    .map(|region| {
                        let local = (f64::from(hour) + region.utc_offset.minutes() / 60.0).rem_euclid(24.0);
                        // `rem_euclid` can round up to 24.
                        let hour = (local as usize).min(23);
                        region.share.get() * population.sessions.hourly[hour] / total
                    })
                    .sum::<f64>()
            })
            .fold(0.0, f64::max);
        let part_time = population.users as f64
            * population.regular_share.get()
            * (1.0 - population.always_on_share.get());
        busiest * part_time * Self::participation_needed(scenario) / 3600.0
    }

    /// Returns the local time of a region at a tick, in seconds since 1970-01-01.
    pub(crate) fn local(&self, region: u8, tick: i64) -> i64 {
        self.start_unix + tick + self.zones[usize::from(region)].offset
    }

    /// Returns the session of a user that starts on local day `day`, if any.
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

    /// Returns the session of a user that is in progress at a tick, if any.
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

    /// Returns whether a user has a session in progress at a tick. Equals
    /// `session_at(..).is_some()`, with fewer draws.
    pub(crate) fn is_in_session(
        &self,
        random: Random,
        id: u32,
        traits: &Traits,
        tick: Tick,
    ) -> bool {
        let zone = &self.zones[usize::from(traits.region)];
        let local = self.local(traits.region, tick.into());
        let today = local.div_euclid(DAY);
        let second_of_today = local.rem_euclid(DAY) as u32;
        (0..=self.reach).any(|back| {
            let day = today - i64::from(back);
            let index = usize::try_from(day - self.first_day);
            let Some(chance) = index.ok().and_then(|index| zone.chances.get(index)) else {
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

    /// Maps a uniform word to the hour in which a session starts.
    fn hour(&self, word: u32) -> u32 {
        self.hours.iter().position(|sum| word <= *sum).unwrap_or(23) as u32
    }

    /// Returns the minimum and maximum length of the session with this first draw.
    fn span(&self, first: &Draw) -> (Tick, Tick) {
        if first.hits(3, self.long) {
            self.long_span
        } else {
            self.short_span
        }
    }

    /// Returns the first session of a user that starts after `tick` and in the next 60 days, if any.
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

    /// Returns the expected number of users in a session at `tick`.
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
                        // The probability of a session is at most 1.
                        let factor = factor.min(1.0 / self.participation.max(1e-9));
                        Some(factor * (at(whole) * (1.0 - rest) + at(whole + 1) * rest))
                    })
                    .sum();
                zone.share * part
            })
            .sum();
        self.always + self.part_time * self.participation * share
    }
}
