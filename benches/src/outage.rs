//! The outage of 2007 for benches: its scenario, its phases, and simulations that begin at a phase.
//!
//! The scenario has the release of the patch and the attempts of the operator to add supernodes, as
//! `configs/outage-2007.toml` has them. Units: ticks; hours after the start of the run.

use patchday_agents::{
    Network, ScenarioChange, Simulation, Snapshot,
    scenario::{
        ForceSupernodes, Scenario,
        quantity::{Instant, Rate, Span},
    },
};
use patchday_core::engine::snapshot::BlockSnapshot;

/// The phases of the outage, each with an hour in it: a Wednesday evening, the Thursday on which most
/// clients search, and the Friday on which they come back.
pub const PHASES: [(&str, u32); 3] = [("calm", 42), ("storm", 62), ("recovery", 88)];

/// Returns the scenario of the outage with a share of its users.
///
/// # Panics
/// Panics if a value is out of range.
pub fn outage(scale: f64) -> Scenario {
    let mut scenario = Scenario::default();
    let start: Instant = "2007-08-14T00:00:00Z".parse().expect("an instant");
    let at = |hours: u32| start.after(Span::from_hours(hours));
    scenario.run.start = start;
    scenario.run.end = at(5 * 24);
    scenario.trigger.patch_day.release = Some(at(17));
    let attempt = |hours, per_hour: f64, count, requests, sturdy| ForceSupernodes {
        name: String::new(),
        at: at(hours),
        rate: Rate::from_per_second(per_hour / 3_600.0).expect("a rate"),
        count,
        seats: 500,
        requests,
        sturdy,
        requests_spread: if sturdy { 0.0 } else { 0.5 },
    };
    scenario.operator.force_supernodes = vec![
        attempt(2 * 24 + 15, 600.0, 1_200, 1.6, false),
        attempt(3 * 24 + 2, 4_000.0, 4_500, 1.2, false),
        attempt(3 * 24 + 10, 960.0, 14_000, 50.0, true),
    ];
    scenario.scaled(scale)
}

fn simulation(scenario: &Scenario) -> Simulation {
    Simulation::new(scenario, scenario.run.seed, 1, 1, u64::MAX).expect("settings in range")
}

/// Runs a scenario to its end, with a row of the series each minute. Returns the digest.
///
/// # Panics
/// Panics if the simulation cannot be created.
pub fn run_to_end(scenario: &Scenario) -> u64 {
    let mut simulation = simulation(scenario);
    for now in (60..=scenario.ticks()).step_by(60) {
        simulation.run_until(now).expect("no limit on envelopes");
        simulation.sample();
    }
    simulation.digest()
}

/// The state of a simulation at the start of a phase.
pub struct PhaseStart {
    snapshot: Snapshot,
    blocks: Vec<BlockSnapshot<Network>>,
}

impl PhaseStart {
    /// Runs a scenario to an hour and takes the state. `run` is the run so far, if there is one.
    ///
    /// # Panics
    /// Panics if the simulation cannot be created.
    pub fn reach(scenario: &Scenario, run: &mut Option<Simulation>, hour: u32) -> Self {
        let run = run.get_or_insert_with(|| simulation(scenario));
        run.run_until(hour * 3_600).expect("no limit on envelopes");
        Self {
            snapshot: run.snapshot(),
            blocks: run.block_snapshots(),
        }
    }

    /// Creates a simulation in this state.
    ///
    /// # Panics
    /// Panics if `scenario` is not that of the state.
    pub fn restored(&self, scenario: &Scenario) -> Simulation {
        let mut blocks = self.blocks.iter().cloned();
        let next = |_| blocks.next().ok_or("no more blocks");
        let change = ScenarioChange {
            before: scenario,
            after: scenario,
        };
        let resumed = Simulation::resume(change, 1, 1, u64::MAX, self.snapshot.clone(), next);
        resumed.expect("a snapshot of this scenario")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restored_phase_goes_on_as_the_run_does() {
        let scenario = outage(0.0001);
        let mut run = None;
        let start = PhaseStart::reach(&scenario, &mut run, 2);
        let mut restored = start.restored(&scenario);
        let mut run = run.unwrap();
        for simulation in [&mut run, &mut restored] {
            simulation.run_until(3 * 3_600).unwrap();
        }
        assert_eq!(run.digest(), restored.digest());
    }
}
