//! Scenarios, overrides and studies: TOML that people write.

use std::fmt::Debug;

use patchday_agents::{
    Network,
    scenario::{
        Scenario,
        parameter::{Check, Section},
    },
};

use crate::{
    experiment::storage::study::Study,
    fuzzing::{
        assertions::{sentence, text},
        seeds::small::SMALL,
    },
    host::resources::Workers,
    run::estimate::plan::{Estimate, PlannedRun},
    scenario::{
        diagnostics::Findings,
        load::{Loaded, MOST_BYTES, glance, load},
        origin::{Origin, Override},
        print::{self, canonical, config_hash},
    },
};

/// The available memory in bytes; a run that needs more is refused.
const MEMORY: u64 = 256 << 20;

/// A scenario.
pub fn scenario(bytes: &[u8]) {
    if let Some(loaded) = text(bytes).and_then(|text| loads::<Scenario>(text, &[])) {
        may_run(&loaded.scenario);
    }
}

/// A study.
pub fn study(bytes: &[u8]) {
    if let Some(text) = text(bytes) {
        loads::<Study>(text, &[]);
    }
}

/// Overrides, one per line, of a valid scenario.
pub fn overrides(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let overrides: Vec<Override> = text.lines().take(8).map(Override::set).collect();
    if let Some(loaded) = loads::<Scenario>(SMALL, &overrides) {
        may_run(&loaded.scenario);
    }
}

/// Loads a text and checks the result, accepted or refused.
pub(crate) fn loads<S>(text: &str, overrides: &[Override]) -> Option<Loaded<S>>
where
    S: Section + Check + PartialEq + Debug,
{
    match load::<S>("x.toml", text, overrides) {
        Ok(loaded) => {
            // Only one of the two, because reading takes most of the time.
            let printed = if text.len().is_multiple_of(2) {
                print::print(&loaded, "x.toml")
            } else {
                canonical(&loaded.scenario)
            };
            // Larger files are refused before a run.
            if printed.len() <= MOST_BYTES {
                reads_back(&loaded.scenario, &printed);
            }
            Some(loaded)
        }
        Err(report) => {
            refused(&report, text, overrides);
            let _: S = glance(text, overrides);
            None
        }
    }
}

fn reads_back<S: Section + Check + PartialEq + Debug>(scenario: &S, printed: &str) {
    match load::<S>("y.toml", printed, &[]) {
        Ok(again) => {
            assert_eq!(&again.scenario, scenario);
            assert_eq!(config_hash(&again.scenario), config_hash(scenario));
        }
        Err(report) => panic!("{report}\n{printed}"),
    }
}

fn refused(report: &Findings, text: &str, overrides: &[Override]) {
    assert!(report.errors() > 0);
    let lines = text.matches('\n').count() + 1;
    for found in report.diagnostics() {
        assert!(!found.message.is_empty(), "{found:?}");
        match found.origin {
            Some(Origin::File { line, column }) => {
                assert!((1..=lines).contains(&line) && column > 0, "{found:?}");
            }
            Some(Origin::Override(index)) => assert!(index < overrides.len(), "{found:?}"),
            // A finding about a default value names its key instead of a line.
            Some(Origin::Default | Origin::Dependent(_)) => {
                assert!(!found.path.is_empty(), "{found:?}")
            }
            None => assert!(text.len() > MOST_BYTES, "{found:?}"),
        }
    }
    let shown = sentence(report).lines().count();
    let all = report.errors() + report.warnings();
    assert_eq!(shown, all.min(100) + usize::from(all > 100) + 1);
    assert_eq!(report.to_json()["errors"], report.errors());
}

/// The network of an accepted scenario can be created if it fits in memory.
fn may_run(scenario: &Scenario) {
    let workers = Workers {
        threads: 1,
        shards: 1,
    };
    let planned = PlannedRun {
        file: "x.toml",
        scenario,
        scale: 1.0,
        workers,
        available: Some(MEMORY),
    };
    let estimate = Estimate::new(planned, None);
    match estimate.check() {
        Ok(()) => drop(Network::new(scenario)),
        Err(failure) => drop(sentence(&failure)),
    }
}
