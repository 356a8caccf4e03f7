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
/// The pilot is observed after each of these first ticks.
const FIRST_TICKS: u32 = 12;
/// Number of observations over the whole time.
const OBSERVATIONS: u32 = 400;

/// The cost of a user of the scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pilot {
    /// Envelopes handled over the whole run, per user.
    pub(crate) events_per_user: f64,
    /// The maximum of pending envelopes, per user.
    pub(crate) mail_per_user: f64,
    /// Real time of an event on one thread, in seconds.
    pub(crate) s_per_event: f64,
}

impl Pilot {
    /// Runs a pilot of a scenario.
    ///
    /// # Errors
    /// Returns an error if the engine cannot be created or halts.
    pub(crate) fn run(scenario: &Scenario) -> Result<Self, Failure> {
        let users = scenario.population.users as f64;
        let few = scenario.scaled((USERS / users).min(1.0));
        let few_users = few.population.users as f64;
        let mut simulation = Simulation::new(&few, few.run.seed, 1, 1, u64::MAX)?;
        let begun = Instant::now();
        let end = few.ticks();
        let mut most = 0;
        // Tick and events at each observation.
        let mut observations = vec![(0, 0)];
        // All actors start at once, so the maximum of pending envelopes may be in the first ticks.
        let first = (1..=FIRST_TICKS).map(u64::from);
        let later = (1..=OBSERVATIONS)
            .map(|number| u64::from(end) * u64::from(number) / u64::from(OBSERVATIONS));
        for until in first.chain(later).filter(|until| *until <= u64::from(end)) {
            simulation
                .run_until((until as u32).max(simulation.now()))
                .map_err(RunError::PilotHalted)?;
            most = most.max(simulation.in_flight());
            observations.push((simulation.now(), simulation.handled()));
            if begun.elapsed() > LONGEST {
                break;
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        let done = simulation.handled() as f64;
        Ok(Self {
            events_per_user: (done + rest(&observations, end)) / few_users,
            mail_per_user: most as f64 / few_users,
            s_per_event: seconds / done.max(1.0),
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
            (pilot.events_per_user / events - 1.0).abs() < 0.05,
            "{pilot:?} {events}"
        );
        assert!(
            pilot.mail_per_user > 0.1 && pilot.mail_per_user < 2.0,
            "{pilot:?}"
        );
    }
}
