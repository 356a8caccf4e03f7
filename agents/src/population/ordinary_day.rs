//! An ordinary weekday that follows ordinary weekdays: the number of sessions that gives the peak of
//! `population.online_share`, and the peak rate of logins.
//!
//! A user is online in the union of the sessions in progress, so sessions that overlap count once. The
//! curves have one value per minute. Units: shares of all users unless stated otherwise, ticks.

use crate::{
    population::session_profile::{DaySessions, MAX_SESSIONS, SessionProfile},
    scenario::root::Scenario,
};

const MINUTES: usize = 24 * 60;
/// A login that takes longer than these seconds is not part of a calm network.
const LONGEST_LOGIN: u32 = 30;
/// Halvings of the interval in which the number of sessions is searched.
const STEPS: usize = 60;

/// The delays of a network without an outage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CalmClient {
    /// The ticks from the start of a session, or of a machine, until the login is done, if no request
    /// waits for another.
    pub(crate) login: u32,
    /// The share of the time for which an always-on machine is up and logged in.
    pub(crate) up: f64,
    /// Restarts of an always-on machine per tick.
    restarts: f64,
}

impl CalmClient {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let population = &scenario.population;
        let servers = &scenario.servers.login;
        let tick = scenario.tick();
        let work = f64::from(servers.servers) / tick.per_tick(servers.rate);
        let work = work.ceil().clamp(1.0, tick.seconds(LONGEST_LOGIN).into()) as u32;
        // A tick for the message to the login server; with an overlay, one more to a supernode and one
        // back.
        let login = work + if scenario.overlay.enabled { 3 } else { 1 };
        let uptime = tick.mean(population.always_on_uptime);
        let down =
            tick.mean(population.restart_min) / 2.0 + tick.mean(population.restart_max) / 2.0;
        // Restarts are a Poisson process that stops while the machine is down.
        Self {
            login,
            up: (uptime - f64::from(login)).max(0.0) / (uptime + down),
            restarts: 1.0 / (uptime + down),
        }
    }
}

/// The curves of an ordinary weekday.
#[derive(Clone, Debug)]
pub(crate) struct OrdinaryDay {
    /// For each minute of the local day and each number of days back: the share of the sessions of that
    /// day whose login is done and that are in progress.
    online: Vec<Vec<f64>>,
    /// The same for all sessions in progress.
    in_progress: Vec<Vec<f64>>,
    /// For each minute of the local day, the share of its sessions that start in a tick.
    starts: Vec<f64>,
    /// Share and offset, in minutes, of each region.
    zones: Vec<(f64, usize)>,
    /// The users who are online at the peak.
    target: f64,
    /// The users on machines that are always on who are online at any time.
    pub(crate) always_online: f64,
    /// The other regular users.
    part_time: f64,
    /// Logins per tick of all always-on machines, as a share of all users.
    restarts: f64,
    /// The ticks of a second.
    per_second: f64,
}

impl OrdinaryDay {
    /// Computes the curves of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let population = &scenario.population;
        let tick = scenario.tick();
        let (minute_length, day) = (i64::from(tick.seconds(60)), i64::from(tick.day()));
        let profile = SessionProfile::new(&population.sessions, tick);
        let calm = CalmClient::new(scenario);
        let curve = |settled| -> Vec<Vec<f64>> {
            let share = |minute: usize, back| {
                profile.in_progress(
                    minute as i64 * minute_length + i64::from(back) * day,
                    settled,
                )
            };
            let days = |minute| (0..=profile.reach()).map(move |back| share(minute, back));
            (0..MINUTES).map(|minute| days(minute).collect()).collect()
        };
        let regular = population.regular_share.get();
        let always = regular * population.always_on_share.get();
        Self {
            online: curve(calm.login),
            in_progress: curve(0),
            starts: (0..MINUTES)
                .map(|minute| profile.starts(minute as i64 * minute_length))
                .collect(),
            zones: population
                .region
                .iter()
                .map(|region| {
                    let minutes = (region.utc_offset.minutes() as i64).rem_euclid(MINUTES as i64);
                    (region.share.get(), minutes as usize)
                })
                .collect(),
            target: population.online_share.get(),
            always_online: always * calm.up,
            part_time: regular - always,
            restarts: always * calm.restarts,
            per_second: tick.per_second().into(),
        }
    }

    /// Returns the maximum, over the minutes of the UTC day, of a curve of the local day.
    fn peak(&self, local: impl Fn(usize) -> f64) -> f64 {
        let local: Vec<f64> = (0..MINUTES).map(local).collect();
        (0..MINUTES)
            .map(|minute| {
                let zones = self.zones.iter();
                zones
                    .map(|(share, offset)| share * local[(minute + offset) % MINUTES])
                    .sum::<f64>()
            })
            .fold(0.0, f64::max)
    }

    /// Returns the users online at the peak if each user who is not always on has a mean of `sessions`.
    fn online_at_peak(&self, sessions: f64) -> f64 {
        let number = DaySessions::new(sessions);
        let absent = |minute: usize| -> f64 {
            self.online[minute]
                .iter()
                .map(|s| number.none(*s))
                .product()
        };
        self.always_online + self.part_time * self.peak(|minute| 1.0 - absent(minute))
    }

    /// Returns the maximum number of users that can be online at the peak.
    pub(crate) fn most_online(&self) -> f64 {
        self.online_at_peak(MAX_SESSIONS.into())
    }

    /// Returns the mean number of sessions of a regular user who is not always on, with which the peak
    /// is `population.online_share`: 0 if the always-on machines suffice, [`MAX_SESSIONS`] if no number
    /// suffices.
    pub(crate) fn sessions(&self) -> f64 {
        if self.target <= self.always_online || self.part_time <= 0.0 {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, f64::from(MAX_SESSIONS));
        for _ in 0..STEPS {
            let middle = f64::midpoint(low, high);
            if self.online_at_peak(middle) < self.target {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// Returns the maximum number of logins per second of a scenario.
    pub(crate) fn sign_ins(scenario: &Scenario) -> f64 {
        let ordinary = Self::new(scenario);
        ordinary.peak_sign_ins(ordinary.sessions()) * scenario.population.users as f64
    }

    /// Returns the maximum number of logins per second, as a share of all users, if each user who is not
    /// always on has a mean of `sessions`: users who begin a session while no other is in progress, and
    /// always-on machines that have restarted.
    pub(crate) fn peak_sign_ins(&self, sessions: f64) -> f64 {
        let number = DaySessions::new(sessions);
        let begins = |minute: usize| {
            let (today, before) = match self.in_progress[minute].split_first() {
                Some((today, before)) => (*today, before),
                None => (0.0, [].as_slice()),
            };
            let none_before: f64 = before.iter().map(|s| number.none(*s)).product();
            self.starts[minute] * number.alone(today) * none_before
        };
        (self.restarts + self.part_time * self.peak(begins)) * self.per_second
    }
}
