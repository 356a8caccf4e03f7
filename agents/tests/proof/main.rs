//! The determinism guarantee, checked on randomly drawn scenarios: any number of threads and
//! shards, pauses and checkpoints give the same digest, the same rows of the series and the same
//! bytes of state.
//!
//! `cargo test -p patchday-agents --test proof` checks some dozens of cases. To check thousands
//! of cases, or one case again:
//!
//! ```sh
//! PATCHDAY_CASES=5000 cargo test -p patchday-agents --test proof -- --nocapture any
//! PATCHDAY_FROM=1234 PATCHDAY_CASES=1 cargo test -p patchday-agents --test proof any
//! ```
//!
//! Case N depends on seed N only; `PATCHDAY_FROM` (0 by default) is the first. If a case
//! violates the guarantee, the test fails with the number of the case, the plan of its run, and
//! the first tick and actor at which that run differs from a serial one. [`injected_faults`]
//! tests the search for that difference. Fewer cases are run over several ranks, too ([`ranks`]).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod any_fleet;
mod any_scenario;
mod client_mix;
#[path = "../common/mod.rs"]
mod common;
mod coverage;
mod first_difference;
mod injected_faults;
mod narrow_ranges;
mod plan;
mod random_choices;
mod ranks;
mod snapshot;

use any_scenario::{another_future, any_scenario};
use common::{attempt, small_network};
use coverage::Coverage;
use first_difference::first_difference;
use patchday_agents::Network;
use patchday_core::{Tick, reference};
use plan::{Case, Execution, Plan, RunResult};
use random_choices::RandomChoices;
use snapshot::FullSnapshot;

/// The number of cases of an ordinary test run, enough for full coverage.
const CASES: u64 = 240;
/// A case ends early after this number of messages.
const MOST_EVENTS: u64 = 400_000;

/// Draws the case of a number. Also returns the generator, to draw the plan.
fn any_case(number: u64) -> (Case, RandomChoices) {
    let mut choices = RandomChoices::new(number);
    let scenario = any_scenario(&mut choices);
    let end = scenario.ticks();
    let fork = choices.chance(0.3).then(|| {
        let at = choices.below(end);
        (at, another_future(&scenario, &mut choices))
    });
    let case = Case {
        scenario,
        seed: number ^ 0xFACE,
        fork,
        end,
        sample: choices.between(end / 200 + 1, end / 6),
    };
    (case, choices)
}

/// Checks one case, and returns a description of the first violation.
fn violation(number: u64, coverage: &mut Coverage) -> Option<String> {
    let (case, mut choices) = any_case(number);
    let (case, rows) = case.limited(MOST_EVENTS);
    let plain = Plan::plain();
    let expected = case.run(&plain, case.end);
    coverage.add(&case, &expected.simulation);
    let gauges = expected.simulation.gauges();
    if gauges != expected.simulation.recounted_gauges() {
        return Some(format!("case {number}: the gauges differ from a recount"));
    }
    if case.fork.is_none() && choices.chance(0.3) {
        let (network, world) = Network::new(&case.scenario);
        let actors = network.actors();
        let reference = reference::digest_at(&network, world, actors, case.seed, case.end);
        coverage.references += 1;
        if reference != expected.simulation.digest() {
            return Some(format!(
                "case {number}: the reference interpreter has another digest"
            ));
        }
    }
    let plan = Plan::any(&mut choices, case.end);
    let planned = case.run(&plan, case.end);
    let equal = planned.simulation.digest() == expected.simulation.digest()
        && planned.rows == rows.rows
        && rows.simulation.digest() == expected.simulation.digest();
    let snapshots = || {
        FullSnapshot::capture(&planned.simulation).to_bytes()
            == FullSnapshot::capture(&rows.simulation).to_bytes()
    };
    if equal && snapshots() {
        return None;
    }
    let with_rows = Plan {
        rows: true,
        ..plain
    };
    let [serial, planned] = [&with_rows, &plan].map(|plan| Execution { case: &case, plan });
    let difference = first_difference(serial, planned, case.end);
    Some(format!(
        "case {number} violates the determinism guarantee with {plan}: {difference}"
    ))
}

/// Prints the command that repeats a case if the test panics within it.
struct RepeatOnPanic(u64);

impl Drop for RepeatOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!(
                "to repeat: PATCHDAY_FROM={} PATCHDAY_CASES=1 cargo test -p patchday-agents --test proof any",
                self.0
            );
        }
    }
}

/// A number from the environment.
fn variable(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => default,
    }
}

#[test]
fn the_determinism_guarantee_holds_for_any_scenario() {
    let (from, cases) = (
        variable("PATCHDAY_FROM", 0),
        variable("PATCHDAY_CASES", CASES),
    );
    let mut coverage = Coverage::default();
    for number in from..from + cases {
        let _repeat = RepeatOnPanic(number);
        if let Some(violation) = violation(number, &mut coverage) {
            panic!("{violation}");
        }
    }
    println!("{cases} cases from {from}: {coverage}");
    if cases >= CASES {
        assert_eq!(coverage.missing(), [""; 0], "not covered by the cases");
    }
}

/// A network of some hours in which the operator adds supernodes from `at` hours on, and a fork at a tick
/// that cancels this; with its serial run.
fn cancelled_attempt(hours: u32, at: f64, fork: Tick) -> (Case, RunResult) {
    let mut before = small_network(hours);
    before.operator.force_supernodes = vec![attempt(at, 60.0, 30)];
    let mut after = before.clone();
    after.operator.force_supernodes.clear();
    let case = Case {
        end: before.ticks(),
        scenario: before,
        seed: 1,
        fork: Some((fork, after)),
        sample: 600,
    };
    let (case, serial) = case.limited(u64::MAX);
    assert!(case.fork.is_some());
    (case, serial)
}

/// Regression: machines reserved for an attempt that the fork cancels were reported as a damaged
/// snapshot.
#[test]
fn a_fork_may_cancel_an_attempt_that_has_machines_reserved() {
    let (case, _) = cancelled_attempt(2, 1.5, 3_600);
    let serial = case.run(&Plan::plain(), case.end).simulation.digest();
    let plan = Plan::any(&mut RandomChoices::new(1), case.end);
    assert_eq!(case.run(&plan, case.end).simulation.digest(), serial);
}
