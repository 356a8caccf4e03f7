//! A pilot: the scenario with few people, from its start to its end, to see what a run of all
//! of them will cost.
//!
//! How many envelopes a user handles, and how many wait for each at once, hardly depend on
//! how many users there are; how long one takes is measured on this machine. A pilot that
//! takes too long is stopped, and what is left of the time is taken to be like the last
//! quarter of what it did.

use std::time::{Duration, Instant};

use patchday_agents::{Simulation, scenario::Scenario};

use crate::host::error::Failure;

/// So many users are enough for an outage to be one, and few enough to take seconds.
const USERS: f64 = 300_000.0;
/// A pilot is stopped after this.
const LONGEST: Duration = Duration::from_secs(8);
/// These ticks are looked at one by one.
const FIRST_TICKS: u32 = 12;
/// It is looked at so often over its time.
const LOOKS: u32 = 400;

/// What a user of the scenario costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pilot {
    /// Envelopes handled over the whole run, for each user.
    pub(crate) events_per_user: f64,
    /// The most envelopes that wait at a time, for each user.
    pub(crate) mail_per_user: f64,
    /// Real time of an event on one thread, in seconds.
    pub(crate) s_per_event: f64,
}

impl Pilot {
    /// Flies one.
    ///
    /// # Errors
    /// That it could not be begun, or halted.
    pub(crate) fn fly(scenario: &Scenario) -> Result<Self, Failure> {
        let users = scenario.population.users as f64;
        let few = scenario.scaled((USERS / users).min(1.0));
        let few_users = few.population.users as f64;
        let mut simulation = Simulation::new(&few, few.run.seed, 1, 1, u64::MAX)?;
        let begun = Instant::now();
        let end = few.ticks();
        let mut most = 0;
        // Ticks and events at each look.
        let mut looks = vec![(0, 0)];
        // Everybody begins at once, so most mail may wait in the first ticks.
        let first = (1..=FIRST_TICKS).map(u64::from);
        let later = (1..=LOOKS).map(|look| u64::from(end) * u64::from(look) / u64::from(LOOKS));
        for until in first.chain(later).filter(|until| *until <= u64::from(end)) {
            simulation
                .run_until((until as u32).max(simulation.now()))
                .map_err(|halt| Failure::failed(format!("the pilot halted: {halt}")))?;
            most = most.max(simulation.in_flight());
            looks.push((simulation.now(), simulation.handled()));
            if begun.elapsed() > LONGEST {
                break;
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        let done = simulation.handled() as f64;
        Ok(Self {
            events_per_user: (done + rest(&looks, end)) / few_users,
            mail_per_user: most as f64 / few_users,
            s_per_event: seconds / done.max(1.0),
        })
    }
}

/// Events of the time that is left, at the rate of the last quarter.
fn rest(looks: &[(u32, u64)], end: u32) -> f64 {
    let (Some(last), Some(before)) = (looks.last(), looks.get(looks.len() * 3 / 4)) else {
        return 0.0;
    };
    let ticks = f64::from(last.0.saturating_sub(before.0));
    let events = last.1.saturating_sub(before.1) as f64;
    match ticks {
        0.0 => 0.0,
        ticks => events / ticks * f64::from(end.saturating_sub(last.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_goes_on_like_the_last_quarter() {
        assert_eq!(
            rest(&[(0, 0), (10, 5), (20, 10), (30, 30), (40, 70)], 60),
            80.0
        );
        assert_eq!(rest(&[(0, 0), (60, 10)], 60), 0.0);
        assert_eq!(rest(&[(0, 0)], 60), 0.0);
    }

    #[test]
    fn a_pilot_costs_a_user_as_much_as_a_run_does() {
        let mut scenario = Scenario::default().scaled(0.003);
        scenario.run.end = scenario
            .run
            .start
            .after(patchday_agents::scenario::quantity::Span::from_hours(20));
        let pilot = Pilot::fly(&scenario).unwrap();
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
