//! Daily activity: when each user wants to be online, and the expected number of users online.
//!
//! A regular user whose machine is not always on has a number of sessions on each local day. Addressed
//! draws for (user, day, number of the session) determine start and length, so no session is stored.
//! Sessions may overlap: a user wants to be online in their union, and [`Session`] is one of its
//! intervals. The same parameters give the *norm*: the expected number of users online at a tick in a
//! network without an outage. Units: ticks; days are local days counted from 1970-01-01.

use patchday_core::{Chance, Random, Tick, random::Draw};

use crate::{
    network::{
        distributions::{between, selected},
        draw_ids,
    },
    population::{
        in_progress::InProgress,
        ordinary_day::{CalmClient, OrdinaryDay},
        session_profile::{DaySessions, SessionProfile, day_factor},
        traits::Traits,
    },
    scenario::root::{MAX_DAYS, Scenario},
};

/// A period in which a user wants to be online: sessions that overlap or follow at once are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Ticks since the start of the run; negative before it.
    pub(crate) start: i64,
    /// The first tick after it.
    pub(crate) end: i64,
}

/// The last tick that a message can carry: [`Tick::MAX`] is the end of a session that never ends.
const LAST_TICK: i64 = Tick::MAX as i64 - 1;

impl Session {
    /// Returns the tick at which it starts; one that does not fit is after the run.
    pub(crate) fn start_tick(self) -> Tick {
        self.start.clamp(0, LAST_TICK) as Tick
    }

    /// Returns the first tick after it; one that does not fit is after the run.
    pub(crate) fn end_tick(self) -> Tick {
        self.end.clamp(0, LAST_TICK) as Tick
    }
}

/// Returns the index of the draws for the session with this number on a local day.
#[inline]
fn session_index(day: i64, number: u32) -> u32 {
    (day as u32) << 8 | number
}

/// Returns the first draw of the session with this number on a local day, if there is one among the
/// sessions of that day.
#[inline]
fn first_draw(
    random: Random,
    id: u32,
    (day, number): (i64, u32),
    sessions: &DaySessions,
) -> Option<Draw> {
    let first = random.trait_draw(id, draw_ids::SESSION, session_index(day, number));
    (number < sessions.whole || first.hits(0, sessions.one_more)).then_some(first)
}

/// A region: its local time and the activity of its users on each day.
#[derive(Clone, Debug)]
struct Zone {
    /// Share of all users.
    share: f64,
    /// Local time minus UTC.
    offset: i64,
    /// The ticks from the start of the first day of the tables to the start of the run.
    before_start: u32,
    /// The number of sessions of a user, for each local day from `Activity::first_day`.
    days: Vec<DaySessions>,
}

/// The parameters from which sessions and the norm are computed.
#[derive(Debug)]
pub(crate) struct Activity {
    /// The start of the run, counted from 1970.
    start_unix: i64,
    /// The ticks of an hour and of a day.
    hour_length: u32,
    day_length: u32,
    /// The first local day of the tables. They end after the longest possible run, so the sessions do
    /// not depend on the end of the run.
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
    in_progress: InProgress,
    /// The maximum length of a session.
    longest: Tick,
    /// The maximum number of midnights that a session can last past.
    reach: u32,
    /// Regular users whose machine is switched off at times.
    part_time: f64,
    /// Expected number of always-on machines that are up and logged in.
    always_online: f64,
    /// The maximum number of logins per second on an ordinary weekday.
    pub(crate) sign_ins: f64,
}

impl Activity {
    /// Creates the tables of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let ordinary = OrdinaryDay::new(scenario);
        let participation = ordinary.sessions();
        let population = &scenario.population;
        let tick = scenario.tick();
        let profile = SessionProfile::new(&population.sessions, tick);
        let start_unix = tick.since_1970(scenario.run.start);
        let day_length = i64::from(tick.day());
        let reach = profile.reach();
        let before = i64::from(reach) + 2;
        let first_day = start_unix.div_euclid(day_length) - before;
        let zones = population.region.iter().map(|region| {
            let days = (0..before + MAX_DAYS + 2).map(|day| {
                let factor = day_factor(scenario, &region.name, first_day + day);
                DaySessions::new(factor * participation)
            });
            let offset = region.utc_offset.seconds() * i64::from(tick.per_second());
            Zone {
                share: region.share.get(),
                offset,
                before_start: (start_unix + offset - first_day * day_length) as u32,
                days: days.collect(),
            }
        });
        let zones = zones.collect();
        let sessions = &population.sessions;
        let total: f64 = sessions.hourly.iter().sum();
        let mut sum = 0.0;
        let hours = sessions.hourly.map(|weight| {
            sum += weight;
            (sum / total * 4_294_967_295.0).round() as u32
        });
        let calm = CalmClient::new(scenario);
        let regulars = population.regulars() as f64;
        let always = regulars * population.always_on_share.get();
        Self {
            start_unix,
            hour_length: tick.hour(),
            day_length: tick.day(),
            first_day,
            zones,
            hours,
            long: Chance::new(sessions.long_share.get()),
            long_span: (tick.ticks(sessions.long_min), tick.ticks(sessions.long_max)),
            short_span: (
                tick.ticks(sessions.short_min),
                tick.ticks(sessions.short_max),
            ),
            longest: profile.longest(),
            in_progress: InProgress::new(profile, calm.login, tick),
            reach,
            part_time: regulars - always,
            always_online: always * calm.up,
            sign_ins: ordinary.peak_sign_ins(participation) * population.users as f64,
        }
    }

    /// Returns the number of a tick's day, and the ticks since the midnight at which it begins.
    fn day_of(&self, local: i64) -> (i64, i64) {
        let day = i64::from(self.day_length);
        (local.div_euclid(day), local.rem_euclid(day))
    }

    /// Returns the tick of the midnight at which a local day of a zone begins.
    fn midnight(&self, day: i64, zone: &Zone) -> i64 {
        day * i64::from(self.day_length) - zone.offset - self.start_unix
    }

    /// Returns the local time of a region at a tick, in ticks since 1970-01-01.
    pub(crate) fn local(&self, region: u8, tick: i64) -> i64 {
        self.start_unix + tick + self.zones[usize::from(region)].offset
    }

    /// Returns the numbers of sessions of a user of a zone on a local day.
    fn sessions_on(&self, zone: &Zone, day: i64) -> DaySessions {
        let index = usize::try_from(day - self.first_day).ok();
        let found = index.and_then(|index| zone.days.get(index));
        found.copied().unwrap_or(DaySessions::NONE)
    }

    /// Calls `visit` with the tick after local midnight at which each session of a user on local day
    /// `day` starts, its number, and its first draw, until `visit` returns true. Returns whether it did.
    fn visit_day(
        &self,
        random: Random,
        id: u32,
        (zone, day): (&Zone, i64),
        mut visit: impl FnMut(u32, u32, &Draw) -> bool,
    ) -> bool {
        let sessions = self.sessions_on(zone, day);
        (0..=sessions.whole).any(|number| {
            first_draw(random, id, (day, number), &sessions)
                .is_some_and(|first| visit(self.start_of(&first), number, &first))
        })
    }

    /// Returns the tick after local midnight at which the session with this first draw starts.
    fn start_of(&self, first: &Draw) -> u32 {
        self.hour(first.word(1)) * self.hour_length + first.below(2, self.hour_length)
    }

    /// Returns the length of the session with this number and first draw.
    fn length(&self, random: Random, id: u32, day: i64, number: u32, first: &Draw) -> Tick {
        let index = session_index(day, number);
        let second = random.trait_draw(id, draw_ids::SESSION_LENGTH, index);
        let (low, high) = self.span(first);
        between(second.word(0), low, high)
    }

    /// Extends a session by the sessions of the user that overlap it or start at its end.
    fn extended(&self, random: Random, id: u32, zone: &Zone, mut session: Session) -> Session {
        let day_of = |tick: i64| self.day_of(self.start_unix + tick + zone.offset).0;
        let (first, mut last) = (day_of(session.start), day_of(session.end));
        // On its own day a user with one session has no other one.
        let others = self.sessions_on(zone, first).whole > 0;
        let mut day = if others { first } else { first + 1 };
        while day <= last {
            let midnight = self.midnight(day, zone);
            let mut end = session.end;
            self.visit_day(random, id, (zone, day), |after, number, draw| {
                let start = midnight + i64::from(after);
                if start <= session.end && start >= session.start {
                    let length = self.length(random, id, day, number, draw);
                    end = end.max(start + i64::from(length));
                }
                false
            });
            if end > session.end {
                // Other sessions of the same day may start before the new end.
                session.end = end;
                last = day_of(end);
            } else {
                day += 1;
            }
        }
        session
    }

    /// Returns the session of a user that is in progress at a tick, if any, but not longer ago than the
    /// longest session. It ends at `at_least` or later.
    pub(crate) fn session_at(
        &self,
        random: Random,
        id: u32,
        traits: &Traits,
        tick: Tick,
        at_least: Tick,
    ) -> Option<Session> {
        let zone = &self.zones[usize::from(traits.region)];
        let tick = i64::from(tick);
        let (today, _) = self.day_of(self.local(traits.region, tick));
        let mut found: Option<Session> = None;
        for day in today - i64::from(self.reach)..=today {
            let midnight = self.midnight(day, zone);
            self.visit_day(random, id, (zone, day), |after, number, draw| {
                let start = midnight + i64::from(after);
                if start <= tick {
                    let end = start + i64::from(self.length(random, id, day, number, draw));
                    if end > tick {
                        let so_far = found.get_or_insert(Session { start, end });
                        so_far.start = so_far.start.min(start);
                        so_far.end = so_far.end.max(end);
                    }
                }
                false
            });
        }
        let mut session = found?;
        session.end = session.end.max(i64::from(at_least));
        Some(self.extended(random, id, zone, session))
    }

    /// Returns whether a user has a session in progress at a tick. Equals
    /// `session_at(..).is_some()`, at a fraction of the cost: the search for a callee asks for many.
    #[inline]
    pub(crate) fn is_in_session(&self, random: Random, id: u32, region: u8, tick: Tick) -> bool {
        let zone = &self.zones[usize::from(region)];
        let local = zone.before_start + tick;
        let (today, since_midnight) = (local / self.day_length, local % self.day_length);
        // A session that starts at the end of a day is over `longest` ticks later.
        let reach = if since_midnight < self.longest {
            self.reach
        } else {
            0
        };
        (0..reach + 1).any(|back| {
            let since = since_midnight + back * self.day_length;
            self.is_in_progress(random, id, (zone, today - back), since)
        })
    }

    /// Returns whether a session that a user starts on a local day is in progress some ticks after
    /// the midnight at which the day begins. Days count from `first_day`.
    #[inline]
    fn is_in_progress(
        &self,
        random: Random,
        id: u32,
        (zone, day): (&Zone, u32),
        since_midnight: u32,
    ) -> bool {
        let Some(sessions) = zone.days.get(day as usize) else {
            return false;
        };
        let day = self.first_day + i64::from(day);
        (0..sessions.whole + 1).any(|number| {
            let Some(first) = first_draw(random, id, (day, number), sessions) else {
                return false;
            };
            let Some(age) = since_midnight.checked_sub(self.start_of(&first)) else {
                return false;
            };
            let (low, high) = self.span(&first);
            age < low || age < high && age < self.length(random, id, day, number, &first)
        })
    }

    /// Maps a uniform word to the hour in which a session starts.
    fn hour(&self, word: u32) -> u32 {
        selected(&self.hours, word)
    }

    /// Returns the minimum and maximum length of the session with this first draw.
    fn span(&self, first: &Draw) -> (Tick, Tick) {
        if first.hits(3, self.long) {
            self.long_span
        } else {
            self.short_span
        }
    }

    /// Returns the first session of a user that starts after `tick`, if any. No session that started
    /// before may last past `tick`.
    pub(crate) fn next_session(
        &self,
        random: Random,
        id: u32,
        traits: &Traits,
        tick: Tick,
    ) -> Option<Session> {
        let zone = &self.zones[usize::from(traits.region)];
        let tick = i64::from(tick);
        let (today, _) = self.day_of(self.local(traits.region, tick));
        let session = (today..self.first_day + zone.days.len() as i64).find_map(|day| {
            let midnight = self.midnight(day, zone);
            let mut next: Option<Session> = None;
            self.visit_day(random, id, (zone, day), |after, number, draw| {
                let start = midnight + i64::from(after);
                if start > tick && next.is_none_or(|next| start < next.start) {
                    let length = self.length(random, id, day, number, draw);
                    let end = start + i64::from(length);
                    next = Some(Session { start, end });
                }
                false
            });
            next
        })?;
        Some(self.extended(random, id, zone, session))
    }

    /// Returns the expected number of users online before `tick`, after all earlier ticks, in a network
    /// without an outage.
    pub(crate) fn norm(&self, tick: Tick) -> f64 {
        let now = self.start_unix + i64::from(tick) - 1;
        let zones = self.zones.iter().map(|zone| {
            let local = now + zone.offset;
            let (today, since_midnight) = self.day_of(local);
            let absent: f64 = (0..=i64::from(self.reach))
                .map(|back| {
                    let share = self.in_progress.share(since_midnight, back);
                    self.sessions_on(zone, today - back).none(share)
                })
                .product();
            zone.share * (1.0 - absent)
        });
        self.always_online + self.part_time * zones.sum::<f64>()
    }
}

#[cfg(test)]
mod tests;
