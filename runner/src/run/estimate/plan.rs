//! The estimate of the memory and time of a run before it starts.
//!
//! Memory per user, events per user and the time per event are measured by a pilot, a run of the
//! scenario with few users; a quick one simulates only its first ticks. Without a pilot they are
//! constants that fit the outages of 2007 and 2010 roughly. A run is rejected only if its
//! memory clearly does not fit. Memory is in bytes, time in seconds.

use patchday_agents::scenario::Scenario;
use serde::Serialize;

use crate::{
    host::{
        error::Failure,
        format::{duration, grouped, length, memory, rounded, short},
        resources::{self, Workers},
    },
    run::{
        error::RunError,
        estimate::{
            call_work::{LineWork, calls},
            calm_load::DerivedFigures,
            memory::{follower_bytes, needed_bytes, share_that_fits, usable},
            pilot::Pilot,
        },
    },
};

/// Events per day of every regular user, averaged over five days with an outage of one and a half
/// days; a day without an outage has a quarter.
const EVENTS_PER_REGULAR_USER_DAY: f64 = 24.0;
/// Events of a call, and real time to find a user to call, on one thread, in seconds.
const EVENTS_PER_CALL: f64 = 5.0;
const S_PER_CALL: f64 = 2e-6;
/// Real time to decide whether a call gets a line of a gateway, on one thread, in seconds.
const S_PER_CALL_ON_LINES: f64 = 1.2e-9;
/// Events per second of one thread.
const EVENTS_PER_S: f64 = 4.5e6;
/// The speed that each further thread adds, as a share of the first.
const FURTHER_THREAD: f64 = 0.7;
/// Real time of a tick without events, in seconds.
const S_PER_TICK: f64 = 5e-6;
/// Real time to create a user, on one thread, in seconds.
const S_PER_USER: f64 = 60e-9;
/// The share by which an event takes longer with ten times the users.
const SLOWER_EACH_TENFOLD: f64 = 0.1;

/// The memory and time that a run needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Estimate {
    /// The scenario file.
    pub(crate) scenario: String,
    /// Users of the scenario after scaling.
    pub(crate) users: u64,
    /// Ticks.
    pub(crate) ticks: u32,
    /// Threads of the run.
    pub(crate) threads: usize,
    /// Processes that share the run; the users are divided equally among them.
    pub(crate) processes: u32,
    /// Peak memory; of several processes, that of the first one.
    pub(crate) memory_bytes: u64,
    /// Peak memory of each of the other processes; null without them.
    pub(crate) memory_bytes_of_others: Option<u64>,
    /// Memory that is available now; null if unknown.
    pub(crate) memory_available_bytes: Option<u64>,
    /// Memory that must stay free during the run.
    #[serde(skip)]
    reserve_bytes: u64,
    /// Calm load, capacity and headroom of the scenario.
    #[serde(flatten)]
    pub(crate) derived: DerivedFigures,
    /// Envelopes handled.
    pub(crate) events: u64,
    /// Real time.
    pub(crate) wall_s: f64,
    /// The same, not rounded.
    #[serde(skip)]
    pub(crate) exact_s: f64,
    /// Whether the run fits in memory.
    pub(crate) fits: bool,
    /// The largest scale that would fit; null if unknown or if none fits.
    pub(crate) scale_that_fits: Option<f64>,
}

/// A run to estimate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedRun<'a> {
    /// The scenario file.
    pub(crate) file: &'a str,
    /// The scenario after scaling.
    pub(crate) scenario: &'a Scenario,
    /// The scale that was applied to it.
    pub(crate) scale: f64,
    /// Threads and shards.
    pub(crate) workers: Workers,
    /// The memory that is available, in bytes, if known.
    pub(crate) available: Option<u64>,
}

impl Estimate {
    /// Estimates a run in one process from the results of a pilot, or from constants without one.
    pub(crate) fn new(run: PlannedRun<'_>, pilot: Option<&Pilot>) -> Self {
        Self::divided(run, pilot, 1)
    }

    /// Estimates a run that some processes share, each on a machine with the available memory. The real
    /// time is that of one process.
    pub(crate) fn divided(run: PlannedRun<'_>, pilot: Option<&Pilot>, processes: u32) -> Self {
        let PlannedRun {
            file,
            scenario,
            scale,
            workers,
            available,
        } = run;
        let users = scenario.population.users as f64;
        let regular = scenario.population.regulars() as f64;
        let measured = pilot.map(|pilot| pilot.memory);
        let (fixed, growing) = needed_bytes(scenario, workers, measured, processes);
        let others = follower_bytes(scenario, workers, measured, processes);
        let (events, work) = match pilot.and_then(|pilot| pilot.pace) {
            Some(pace) => {
                let events = users * pace.events_per_user;
                (events, events * pace.s_per_event * growth(users))
            }
            None => {
                let days = f64::from(scenario.ticks()) / f64::from(scenario.tick().day());
                let calls = calls(scenario);
                let events = regular * days * EVENTS_PER_REGULAR_USER_DAY + calls * EVENTS_PER_CALL;
                let work = events / EVENTS_PER_S + calls * S_PER_CALL;
                let lines = LineWork::new(scenario);
                let work = work + lines.events / EVENTS_PER_S + lines.calls * S_PER_CALL_ON_LINES;
                (events + lines.events, work)
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
            processes,
            memory_bytes: (fixed + growing) as u64,
            memory_bytes_of_others: (processes > 1).then_some((others.0 + others.1) as u64),
            memory_available_bytes: available,
            reserve_bytes: available
                .zip(usable)
                .map_or(0, |(available, usable)| available - usable as u64),
            derived: DerivedFigures::new(scenario),
            events: events as u64,
            wall_s: rounded(wall, 1),
            exact_s: wall,
            fits,
            scale_that_fits: available.and_then(|bytes| {
                let share = share_that_fits(bytes as f64, fixed, growing, users);
                two_digits_down(scale * share)
            }),
        }
    }

    /// Checks that the run fits in memory.
    ///
    /// # Errors
    /// Returns an error with a scale that fits if the run does not.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let (false, Some(available)) = (self.fits, self.memory_available_bytes) else {
            return Ok(());
        };
        let way_out = self.scale_that_fits.map_or_else(
            || "it does not fit at any scale".to_owned(),
            |scale| format!("--scale {scale} would fit"),
        );
        Err(RunError::TooLarge {
            scenario: self.scenario.clone(),
            users: self.users,
            bytes: self.memory_bytes,
            reserve: self.reserve_bytes,
            available,
            way_out,
        }
        .into())
    }

    /// One line: memory and time.
    pub(crate) fn line(&self) -> String {
        let available = self
            .memory_available_bytes
            .map_or_else(String::new, |bytes| {
                format!(" of {} available", memory(bytes))
            });
        format!(
            "about {}{available}, {}",
            memory(self.memory_bytes),
            about(self.wall_s)
        )
    }

    /// The line about memory; with several processes, one about each kind of them.
    fn memory_text(&self, available: &str) -> String {
        match self.memory_bytes_of_others {
            None => format!(
                "memory     about {}, available: {available}\n",
                memory(self.memory_bytes)
            ),
            Some(others) => {
                let (first, others) = (memory(self.memory_bytes), memory(others));
                let each = if first == others {
                    format!("{first} in each of {} processes", self.processes)
                } else {
                    format!(
                        "{first} in the first of {} processes, {others} in others",
                        self.processes
                    )
                };
                format!(
                    "memory     about {each};\n{:11}available here: {available}\n",
                    ""
                )
            }
        }
    }

    /// The estimate as lines for people.
    pub(crate) fn text(&self, scenario: &Scenario) -> String {
        let run = &scenario.run;
        let available = self
            .memory_available_bytes
            .map_or_else(|| "unknown".to_owned(), memory);
        let fits = match (self.fits, self.scale_that_fits) {
            (true, _) => "yes".to_owned(),
            (false, Some(scale)) => format!("no; --scale {scale} would"),
            (false, None) => "no".to_owned(),
        };
        format!(
            "scenario   {}\ntitle      {}\nusers      {}\ntime       {} to {}, {}\n{}\
             {}events     about {}\nreal time  {}{} with {}\nfits       {fits}\n",
            self.scenario,
            run.title,
            grouped(self.users),
            run.start,
            run.end,
            length(self.ticks.into(), run.clock().tick),
            self.derived.text(scenario),
            self.memory_text(&available),
            short(self.events as f64),
            about(self.wall_s),
            if self.processes > 1 {
                " in one process"
            } else {
                ""
            },
            match self.threads {
                1 => "1 thread".to_owned(),
                threads => format!("{threads} threads"),
            },
        )
    }
}

/// An estimated real time in words.
fn about(seconds: f64) -> String {
    if seconds < 1.0 {
        "under 1 s".into()
    } else {
        format!("about {}", duration(seconds))
    }
}

/// How much longer an event takes with `users` than in a pilot, because fewer of them are in the
/// caches.
fn growth(users: f64) -> f64 {
    1.0 + SLOWER_EACH_TENFOLD * (users / 3e5).log10().max(0.0)
}

/// A scale with two digits, rounded down; `None` if it is 0.
fn two_digits_down(scale: f64) -> Option<f64> {
    if !(scale.is_finite() && scale > 1e-9) {
        return None;
    }
    let places = 1 - scale.log10().floor() as i32;
    let factor = 10_f64.powi(places);
    // Formatting and parsing gives the shortest number, as a person would type it.
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
        let scenario = scenario(users);
        Estimate::new(planned(&scenario, 1.0, available), None)
    }

    fn planned(scenario: &Scenario, scale: f64, available: Option<u64>) -> PlannedRun<'_> {
        PlannedRun {
            file: "x.toml",
            scenario,
            scale,
            workers: TWO,
            available,
        }
    }

    const TWO: Workers = Workers {
        threads: 2,
        shards: 2,
    };

    #[test]
    fn calls_on_lines_take_time() {
        let mut scenario = scenario(1_000);
        let seconds =
            |scenario: &Scenario| Estimate::new(planned(scenario, 1.0, None), None).wall_s;
        let quiet = seconds(&scenario);
        scenario.servers.manager.on = true;
        scenario.servers.manager.requests = "10000000/s".parse().unwrap();
        // 1.3e12 requests in two days; a million a second was measured to take about 90 s a day.
        assert!(seconds(&scenario) > quiet + 600.0);
    }

    #[test]
    fn a_run_that_does_not_fit_names_a_scale_that_does() {
        let estimate = estimate(220_000_000, Some(1 << 30));
        let refused = estimate.check().unwrap_err();
        assert_eq!(refused.exit(), Exit::OutOfMemory);
        assert!(refused.to_string().contains("--scale 0."), "{refused}");
        let scale = estimate.scale_that_fits.unwrap();
        let fits = |scale: f64| {
            let scaled = scenario(220_000_000).scaled(scale);
            Estimate::new(planned(&scaled, scale, Some(1 << 30)), None).fits
        };
        assert!(fits(scale));
        assert!(!fits(scale + 0.02));
    }

    #[test]
    fn processes_that_share_a_run_need_their_share_each() {
        let scenario = scenario(220_000_000);
        let divided = |processes| {
            let run = planned(&scenario, 1.0, None);
            let estimate = Estimate::divided(run, None, processes);
            (estimate.memory_bytes, estimate.memory_bytes_of_others)
        };
        let (alone, none) = divided(1);
        assert_eq!(none, None);
        // Measured with 2 processes: 0.52 of one process for each.
        let (first, others) = divided(2);
        let others = others.unwrap();
        assert!(others <= first, "{others} {first}");
        let share = first as f64 / alone as f64;
        assert!((0.5..0.56).contains(&share), "{share}");
        let many = divided(16);
        assert!(many.0 < alone / 8 && many.1.unwrap() <= many.0);
    }

    #[test]
    fn unknown_memory_rejects_nothing() {
        let estimate = estimate(220_000_000, None);
        assert!(estimate.fits && estimate.check().is_ok());
        assert_eq!(mail_limit(&scenario(1_000), TWO, None), u64::MAX);
        // The pending envelopes of the regular users.
        assert_eq!(mail_limit(&scenario(1_000), TWO, Some(0)), 283);
    }

    #[test]
    fn scales_are_rounded_down_to_two_digits() {
        assert_eq!(two_digits_down(0.1379), Some(0.13));
        assert_eq!(two_digits_down(0.00999), Some(0.0099));
        assert_eq!(two_digits_down(12.9), Some(12.0));
        assert_eq!(two_digits_down(-1.0), None);
        assert_eq!(two_digits_down(f64::NAN), None);
    }
}
