//! The estimate of what a run will need, before it runs.
//!
//! How many events a user costs, how many envelopes wait for it and how long an event takes
//! is measured by a pilot, a run of the scenario with few users; without one, they are as in
//! the outages, which is rough. A run is refused only when its memory would clearly not fit.
//! Memory is in bytes, time in seconds.

use patchday_agents::scenario::Scenario;
use serde::Serialize;

use crate::{
    host::{
        error::Failure,
        format::{grouped, instant, memory, rounded, short, wait},
        resources::{self, Workers},
    },
    run::estimate::{
        memory::{
            BYTES_PER_REGULAR_USER, BYTES_PER_SAMPLE, BYTES_PER_WAITING_ENVELOPE, actor_bytes,
            fixed_bytes, share_that_fits, usable,
        },
        pilot::Pilot,
    },
};

/// Events a day of every regular user, a storm of one and a half days in five
/// included; a calm day has a quarter.
const EVENTS_PER_REGULAR_USER_DAY: f64 = 24.0;
/// Events of a call, and real time to find somebody to call, on one thread, in seconds.
const EVENTS_PER_CALL: f64 = 5.0;
const S_PER_CALL: f64 = 2e-6;
/// Events a second of one thread.
const EVENTS_PER_S: f64 = 4.5e6;
/// How much of a thread each further one adds.
const FURTHER_THREAD: f64 = 0.7;
/// Real time of a tick, whatever happens in it, in seconds.
const S_PER_TICK: f64 = 5e-6;
/// Real time to create a user, on one thread, in seconds.
const S_PER_USER: f64 = 60e-9;
/// By which share an event takes longer with ten times the users.
const SLOWER_EACH_TENFOLD: f64 = 0.1;

/// What a run will need.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Estimate {
    /// The scenario file.
    pub(crate) scenario: String,
    /// Users of the scenario as it would run.
    pub(crate) users: u64,
    /// Ticks.
    pub(crate) ticks: u32,
    /// Threads it would run with.
    pub(crate) threads: usize,
    /// Peak memory.
    pub(crate) memory_bytes: u64,
    /// Memory that can be had now; null where that is not known.
    pub(crate) memory_available_bytes: Option<u64>,
    /// Envelopes handled.
    pub(crate) events: u64,
    /// Real time.
    pub(crate) wall_s: f64,
    /// Whether it fits.
    pub(crate) fits: bool,
    /// The largest scale that would fit; null where that is not known.
    pub(crate) scale_that_fits: Option<f64>,
}

impl Estimate {
    /// Estimates a run of a scenario, which was scaled before, on a machine with so
    /// much memory to be had.
    pub(crate) fn of(
        file: &str,
        scenario: &Scenario,
        scale: f64,
        workers: Workers,
        available: Option<u64>,
    ) -> Self {
        Self::with((file, scale), scenario, workers, available, None)
    }

    /// The same with what a pilot found.
    pub(crate) fn with(
        (file, scale): (&str, f64),
        scenario: &Scenario,
        workers: Workers,
        available: Option<u64>,
        pilot: Option<&Pilot>,
    ) -> Self {
        let users = scenario.population.users as f64;
        let regular = users * scenario.population.regular_share.get();
        let samples = f64::from(scenario.ticks() / scenario.run.sample.seconds().max(1));
        let fixed = fixed_bytes(workers) + samples * BYTES_PER_SAMPLE;
        let mail = pilot.map_or(regular * BYTES_PER_REGULAR_USER, |pilot| {
            users * pilot.mail_per_user * BYTES_PER_WAITING_ENVELOPE
        });
        let growing = actor_bytes(scenario) + mail;
        let (events, work) = match pilot {
            Some(pilot) => {
                let events = users * pilot.events_per_user;
                (events, events * pilot.s_per_event * growth(users))
            }
            None => {
                let days = f64::from(scenario.ticks()) / 86_400.0;
                let calls = calls(scenario);
                let events = regular * days * EVENTS_PER_REGULAR_USER_DAY + calls * EVENTS_PER_CALL;
                (events, events / EVENTS_PER_S + calls * S_PER_CALL)
            }
        };
        let threads = workers.threads.min(resources::threads()) as f64;
        let speed = 1.0 + (threads - 1.0) * FURTHER_THREAD;
        let wall = (work + users * S_PER_USER) / speed + f64::from(scenario.ticks()) * S_PER_TICK;
        let usable = available.map(|bytes| usable(bytes, scenario));
        let fits = usable.is_none_or(|usable| fixed + growing <= usable);
        Self {
            scenario: file.to_owned(),
            users: scenario.population.users,
            ticks: scenario.ticks(),
            threads: workers.threads,
            memory_bytes: (fixed + growing) as u64,
            memory_available_bytes: available,
            events: events as u64,
            wall_s: rounded(wall, 1),
            fits,
            scale_that_fits: available.and_then(|bytes| {
                let share = share_that_fits(bytes as f64, fixed, growing, users);
                two_figures_down(scale * share)
            }),
        }
    }

    /// Refuses what does not fit, naming a scale that does.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let (false, Some(available)) = (self.fits, self.memory_available_bytes) else {
            return Ok(());
        };
        let way_out = self.scale_that_fits.map_or_else(
            || "at no scale would it fit".to_owned(),
            |scale| format!("--scale {scale} would fit"),
        );
        Err(Failure::out_of_memory(format!(
            "{} with {} users needs about {}, but only {} can be had; {way_out}",
            self.scenario,
            grouped(self.users),
            memory(self.memory_bytes),
            memory(available),
        )))
    }

    /// One line: memory and time.
    pub(crate) fn line(&self) -> String {
        let available = self
            .memory_available_bytes
            .map_or_else(String::new, |bytes| {
                format!(" of {} that can be had", memory(bytes))
            });
        format!(
            "about {}{available}, about {}",
            memory(self.memory_bytes),
            wait(self.wall_s)
        )
    }

    /// The estimate as lines for people.
    pub(crate) fn text(&self, scenario: &Scenario) -> String {
        let run = &scenario.run;
        let available = self
            .memory_available_bytes
            .map_or_else(|| "not known".to_owned(), memory);
        let fits = match (self.fits, self.scale_that_fits) {
            (true, _) => "yes".to_owned(),
            (false, Some(scale)) => format!("no; --scale {scale} would"),
            (false, None) => "no".to_owned(),
        };
        format!(
            "scenario   {} ({})\nusers      {}\ntime       {} to {}, {} ticks\n\
             memory     about {}, {available} can be had\nevents     about {}\n\
             real time  about {} with {}\nfits       {fits}\n",
            self.scenario,
            run.title,
            grouped(self.users),
            instant(run.start.seconds()),
            instant(run.end.seconds()),
            grouped(self.ticks.into()),
            memory(self.memory_bytes),
            short(self.events as f64),
            wait(self.wall_s),
            match self.threads {
                1 => "1 thread".to_owned(),
                threads => format!("{threads} threads"),
            },
        )
    }
}

/// How much longer an event takes with so many users than in a pilot: their memory is
/// further away.
fn growth(users: f64) -> f64 {
    1.0 + SLOWER_EACH_TENFOLD * (users / 3e5).log10().max(0.0)
}

/// Calls of a run, about: over a day three quarters of the users of the peak are online.
fn calls(scenario: &Scenario) -> f64 {
    let population = &scenario.population;
    let calls = &scenario.client.calls;
    let online = 0.75 * population.users as f64 * population.online_share.get();
    let length = f64::from(calls.length_mean.seconds());
    online * calls.busy_share.get() / 2.0 / length * f64::from(scenario.ticks())
}

/// A scale with two figures, rounded down; none if nothing is left of it.
fn two_figures_down(scale: f64) -> Option<f64> {
    if !(scale.is_finite() && scale > 1e-9) {
        return None;
    }
    let places = 1 - scale.log10().floor() as i32;
    let factor = 10_f64.powi(places);
    // Written and read, so that it is the number people would type.
    format!(
        "{:.*}",
        places.max(0) as usize,
        (scale * factor).floor() / factor
    )
    .parse()
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{host::error::Exit, run::estimate::memory::mail_limit};

    fn scenario(users: u64) -> Scenario {
        let mut scenario = Scenario::default();
        scenario.population.users = users;
        scenario.run.end = scenario
            .run
            .start
            .after(patchday_agents::scenario::quantity::Span::from_hours(48));
        scenario
    }

    fn estimate(users: u64, available: Option<u64>) -> Estimate {
        Estimate::of("x.toml", &scenario(users), 1.0, TWO, available)
    }

    const TWO: Workers = Workers {
        threads: 2,
        shards: 2,
    };

    #[test]
    fn what_does_not_fit_names_a_scale_that_does() {
        let estimate = estimate(220_000_000, Some(1 << 30));
        let refused = estimate.check().unwrap_err();
        assert_eq!(refused.exit(), Exit::OutOfMemory);
        assert!(refused.to_string().contains("--scale 0."), "{refused}");
        let scale = estimate.scale_that_fits.unwrap();
        let fits = |scale: f64| {
            let scaled = scenario(220_000_000).scaled(scale);
            Estimate::of("x.toml", &scaled, scale, TWO, Some(1 << 30)).fits
        };
        assert!(fits(scale));
        assert!(!fits(scale + 0.02));
    }

    #[test]
    fn unknown_memory_refuses_nothing() {
        let estimate = estimate(220_000_000, None);
        assert!(estimate.fits && estimate.check().is_ok());
        assert_eq!(mail_limit(&scenario(1_000), TWO, None), u64::MAX);
        // What the regular users have on the way.
        assert_eq!(mail_limit(&scenario(1_000), TWO, Some(0)), 283);
    }

    #[test]
    fn scales_are_rounded_down_to_two_figures() {
        assert_eq!(two_figures_down(0.1379), Some(0.13));
        assert_eq!(two_figures_down(0.00999), Some(0.0099));
        assert_eq!(two_figures_down(12.9), Some(12.0));
        assert_eq!(two_figures_down(-1.0), None);
        assert_eq!(two_figures_down(f64::NAN), None);
    }
}
