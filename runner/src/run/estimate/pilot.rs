//! The pilot: a run of the scenario with few users that predicts the cost of a run with all users.
//!
//! The number of envelopes that a user handles, and the number pending per user, hardly depend on
//! the number of users; the time per envelope is measured on this machine. A pilot that takes too
//! long is stopped, and the rest of its time is assumed to be like the last quarter of what it
//! simulated.

use std::time::{Duration, Instant};

use patchday_agents::{Simulation, scenario::Scenario};

use crate::{host::error::Failure, run::error::RunError};

/// Users of a pilot: enough for the outage to happen, few enough to take seconds.
const USERS: f64 = 300_000.0;
/// A pilot is stopped after this real time.
const LONGEST: Duration = Duration::from_secs(8);
/// The pilot is observed after each of these first ticks, in which all actors start at once.
const FIRST_TICKS: u32 = 12;
/// Number of observations over the whole time.
const OBSERVATIONS: u32 = 400;

/// The cost of a scenario with few users.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pilot {
    /// Its events and time; `None` if only the first ticks were simulated.
    pub(crate) pace: Option<PilotPace>,
    /// The memory of its simulation.
    pub(crate) memory: PilotMemory,
}

/// The events of a user of the scenario, and their time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PilotPace {
    /// Envelopes handled over the whole run, per user.
    pub(crate) events_per_user: f64,
    /// Real time of an event on one thread, in seconds.
    pub(crate) s_per_event: f64,
}

/// The memory that a simulation with few users has needed, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PilotMemory {
    /// Its users.
    pub(crate) users: f64,
    /// All envelopes when most are in flight.
    pub(crate) mail: f64,
    /// Chunks of the timing wheel beyond these envelopes: a slot has one that is partly filled.
    pub(crate) partial_chunks: f64,
    /// The buffers of a tick when most envelopes are due, and when most are sent.
    pub(crate) buffers: f64,
    /// Clusters, waiting lines, calls and pauses when they take most.
    pub(crate) blocks: f64,
    /// Lists of supernodes; `None` if the pilot did not simulate the whole time.
    pub(crate) lists: Option<f64>,
}

impl PilotMemory {
    /// Adds what a simulation has needed up to now.
    fn observe(&mut self, simulation: &Simulation, scenario: &Scenario) {
        let memory = simulation.memory();
        let envelope = memory.envelope as f64;
        let mail = memory.peaks.in_flight as f64 * envelope;
        let lists = simulation.directory_bytes() as f64;
        *self = Self {
            users: scenario.population.users as f64,
            mail,
            partial_chunks: (memory.chunks as f64 - mail).max(0.0),
            buffers: (memory.peaks.due + memory.peaks.sent) as f64 * envelope,
            blocks: self.blocks.max(simulation.block_bytes() as f64),
            lists: (simulation.now() == scenario.ticks()).then_some(lists),
        };
    }
}

/// The scenario with few users, and its simulation on one thread.
fn small(scenario: &Scenario) -> Result<(Scenario, Simulation), Failure> {
    let users = scenario.population.users as f64;
    let few = scenario.scaled((USERS / users).min(1.0));
    let simulation = Simulation::new(&few, few.run.seed, 1, 1, u64::MAX)?;
    Ok((few, simulation))
}

impl Pilot {
    /// Measures the first ticks of a scenario, in which all actors start at once. This takes a
    /// fraction of a second.
    ///
    /// # Errors
    /// Returns an error if the engine cannot be created or halts.
    pub(crate) fn at_start(scenario: &Scenario) -> Result<Self, Failure> {
        let (few, mut simulation) = small(scenario)?;
        let mut memory = PilotMemory::default();
        for until in 1..=FIRST_TICKS.min(few.ticks()) {
            simulation.run_until(until).map_err(RunError::PilotHalted)?;
            memory.observe(&simulation, &few);
        }
        Ok(Self { pace: None, memory })
    }

    /// Runs a pilot of a scenario.
    ///
    /// # Errors
    /// Returns an error if the engine cannot be created or halts.
    pub(crate) fn run(scenario: &Scenario) -> Result<Self, Failure> {
        let (few, mut simulation) = small(scenario)?;
        let begun = Instant::now();
        let end = few.ticks();
        let mut memory = PilotMemory::default();
        // Tick and events at each observation.
        let mut observations = vec![(0, 0)];
        let first = (1..=FIRST_TICKS).map(u64::from);
        let later = (1..=OBSERVATIONS)
            .map(|number| u64::from(end) * u64::from(number) / u64::from(OBSERVATIONS));
        for until in first.chain(later).filter(|until| *until <= u64::from(end)) {
            simulation
                .run_until((until as u32).max(simulation.now()))
                .map_err(RunError::PilotHalted)?;
            memory.observe(&simulation, &few);
            observations.push((simulation.now(), simulation.handled()));
            if begun.elapsed() > LONGEST {
                break;
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        let done = simulation.handled() as f64;
        Ok(Self {
            pace: Some(PilotPace {
                events_per_user: (done + rest(&observations, end)) / few.population.users as f64,
                s_per_event: seconds / done.max(1.0),
            }),
            memory,
        })
    }
}

/// Events of the remaining time, at the rate of the last quarter.
fn rest(observations: &[(u32, u64)], end: u32) -> f64 {
    let (Some(last), Some(before)) = (
        observations.last(),
        observations.get(observations.len() * 3 / 4),
    ) else {
        return 0.0;
    };
    let ticks = f64::from(last.0.saturating_sub(before.0));
    let events = last.1.saturating_sub(before.1) as f64;
    if ticks == 0.0 {
        0.0
    } else {
        events / ticks * f64::from(end.saturating_sub(last.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remaining_time_is_like_the_last_quarter() {
        assert_eq!(
            rest(&[(0, 0), (10, 5), (20, 10), (30, 30), (40, 70)], 60),
            80.0
        );
        assert_eq!(rest(&[(0, 0), (60, 10)], 60), 0.0);
        assert_eq!(rest(&[(0, 0)], 60), 0.0);
    }

    #[test]
    fn a_user_costs_as_much_in_a_pilot_as_in_a_run() {
        let mut scenario = Scenario::default().scaled(0.003);
        scenario.run.end = scenario
            .run
            .start
            .after(patchday_agents::scenario::quantity::Span::from_hours(20));
        let pilot = Pilot::run(&scenario).unwrap();
        let mut run = Simulation::new(&scenario, scenario.run.seed, 1, 1, u64::MAX).unwrap();
        run.run_until(scenario.ticks()).unwrap();
        let events = run.handled() as f64 / scenario.population.users as f64;
        assert!(
            (pilot.pace.unwrap().events_per_user / events - 1.0).abs() < 0.05,
            "{pilot:?} {events}"
        );
        let memory = pilot.memory;
        let mail_per_user = memory.mail / 12.0 / memory.users;
        assert!((0.1..2.0).contains(&mail_per_user), "{pilot:?}");
        let start = Pilot::at_start(&scenario).unwrap().memory;
        assert!(start.mail > 0.0 && start.mail <= memory.mail);
        assert!(start.buffers > 0.0 && start.buffers <= memory.buffers);
    }
}
