//! The law, proved on any scenario: whatever happens, no number of threads or shards,
//! no pause and no checkpoint changes a digest, a row of the series or a byte of state.
//!
//! `cargo test -p patchday-agents --test proof` tries some dozens of cases. For
//! thousands, and for one again:
//!
//! ```sh
//! PATCHDAY_CASES=5000 cargo test -p patchday-agents --test proof -- --nocapture any
//! PATCHDAY_FROM=1234 PATCHDAY_CASES=1 cargo test -p patchday-agents --test proof any
//! ```
//!
//! Case N is made from seed N and from nothing else; `PATCHDAY_FROM` (0 by default) is the
//! first. A case that breaks the law ends the test with its number, the plan by which it
//! was run, and the first tick and actor at which that parts from a plain run. Room [`alarm`] shows
//! that it would.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod any_scenario;
#[path = "../common/mod.rs"]
mod common;
mod coverage;
mod first_difference;
mod injected_faults;
mod plan;
mod random_choices;
mod snapshot;

use any_scenario::{another_future, any_scenario};
use common::{attempt, small_network};
use coverage::Coverage;
use first_difference::first_difference;
use patchday_agents::Network;
use patchday_core::reference;
use plan::{Case, Plan};
use random_choices::RandomChoices;
use snapshot::FullSnapshot;

/// Cases of an ordinary test run: as many as are needed for everything to happen.
const CASES: u64 = 150;
/// A case ends early when so many envelopes were handled.
const MOST_EVENTS: u64 = 400_000;

/// The case of a number, as it is drawn, and the choices for its plans.
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

/// Tries one case; what is wrong with it.
fn broken(number: u64, coverage: &mut Coverage) -> Option<String> {
    let (case, mut choices) = any_case(number);
    let (case, rows) = case.limited(MOST_EVENTS);
    let plain = Plan::plain();
    let expected = case.run(&plain, case.end);
    coverage.add(&case, &expected.simulation);
    let gauges = expected.simulation.gauges();
    if gauges != expected.simulation.recounted_gauges() {
        return Some(format!(
            "case {number}: the gauges are not what a census counts"
        ));
    }
    if case.fork.is_none() && choices.chance(0.3) {
        let (network, world) = Network::new(&case.scenario);
        let actors = network.actors();
        let reference = reference::digest_at(&network, world, actors, case.seed, case.end);
        coverage.references += 1;
        if reference != expected.simulation.digest() {
            return Some(format!("case {number}: the reference sees it otherwise"));
        }
    }
    let plan = Plan::any(&mut choices, case.end);
    let ran = case.run(&plan, case.end);
    let alike = ran.simulation.digest() == expected.simulation.digest()
        && ran.rows == rows.rows
        && rows.simulation.digest() == expected.simulation.digest();
    let snapshots = || {
        FullSnapshot::capture(&ran.simulation).to_bytes()
            == FullSnapshot::capture(&rows.simulation).to_bytes()
    };
    if alike && snapshots() {
        return None;
    }
    let with_rows = Plan {
        rows: true,
        ..plain
    };
    let difference = first_difference((&case, &with_rows), (&case, &plan), case.end);
    Some(format!(
        "case {number} breaks the law, run by {plan}: {difference}"
    ))
}

/// Says how to try a case again if the test ends in the middle of it.
struct Trying(u64);

impl Drop for Trying {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!(
                "again: PATCHDAY_FROM={} PATCHDAY_CASES=1 cargo test -p patchday-agents --test proof any",
                self.0
            );
        }
    }
}

/// A number from the environment.
fn asked_for(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number")),
        Err(_) => default,
    }
}

#[test]
fn the_law_holds_for_any_scenario() {
    let (from, cases) = (
        asked_for("PATCHDAY_FROM", 0),
        asked_for("PATCHDAY_CASES", CASES),
    );
    let mut coverage = Coverage::default();
    for number in from..from + cases {
        let _trying = Trying(number);
        if let Some(what) = broken(number, &mut coverage) {
            panic!("{what}");
        }
    }
    println!("{cases} cases from {from}: {coverage}");
    if cases >= CASES {
        assert_eq!(coverage.missing(), [""; 0], "the cases do not show it");
    }
}

/// Machines that will not be needed after all were once taken for a damaged snapshot.
#[test]
fn a_fork_may_do_without_machines_to_come() {
    let mut before = small_network(2);
    before.operator.force_supernodes = vec![attempt(1.5, 60.0, 30)];
    let mut after = before.clone();
    after.operator.force_supernodes.clear();
    let case = Case {
        end: before.ticks(),
        scenario: before,
        seed: 1,
        fork: Some((3_600, after)),
        sample: 600,
    };
    let (case, _) = case.limited(u64::MAX);
    assert!(case.fork.is_some());
    let alone = case.run(&Plan::plain(), case.end).simulation.digest();
    let plan = Plan::any(&mut RandomChoices::new(1), case.end);
    assert_eq!(case.run(&plan, case.end).simulation.digest(), alone);
}
