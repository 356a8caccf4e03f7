//! A small scenario, and what is derived from it.

use std::sync::OnceLock;

use patchday_agents::{Simulation, scenario::Scenario};

use crate::{
    host::resources::Workers,
    scenario::{
        load::load,
        prepare::{Prepared, ScenarioSettings},
        print::{canonical, config_hash},
    },
    store::{command_line::CommandLine, manifest::Manifest},
};

/// A scenario of few users and short events. Sessions are short because the cost of a run grows with
/// their length.
pub(crate) const SMALL: &str = r#"
[run]
title = "some people"
start = "2007-08-14T00:00:00Z"
end = "2007-08-15T00:00:00Z"
sample = "10m"

[population]
users = 1000
online_share = 0.004

[population.sessions]
long_min = "20m"
long_max = "30m"
short_min = "5m"
short_max = "10m"

[overlay.core]
supernodes = 4

[servers.login]
servers = 2

[[trigger.server]]
at = "2007-08-14T01:00:00Z"
server = "login"
lasts = "1h"
factor = 0.5

[[trigger.sign_out]]
at = "2007-08-14T00:30:00Z"
share = 0.5

[[observed]]
time = "2007-08-14T01:00:00Z"
what = "a guess"
users = 5
source = "nobody"
confidence = "C"

[[expect]]
name = "few are lost"
that = "user_hours_lost < 100"
"#;

/// The small scenario.
///
/// # Panics
/// If it does not load.
pub(crate) fn small() -> &'static Scenario {
    static SCENARIO: OnceLock<Scenario> = OnceLock::new();
    SCENARIO.get_or_init(|| match load::<Scenario>("small.toml", SMALL, &[]) {
        Ok(loaded) => loaded.scenario,
        Err(report) => panic!("{report}"),
    })
}

/// The small scenario without triggers, for runs that continue under another scenario.
pub(crate) fn other() -> &'static Scenario {
    static OTHER: OnceLock<Scenario> = OnceLock::new();
    OTHER.get_or_init(|| {
        let mut scenario = small().clone();
        scenario.trigger.server.clear();
        scenario.trigger.sign_out.clear();
        scenario
    })
}

/// A simulation of the small scenario with this number of users, at a tick.
pub(crate) fn simulation_at(users: u64, tick: u32) -> Simulation {
    let mut scenario = small().clone();
    scenario.population.users = users;
    match Simulation::new(&scenario, 7, 1, 1, u64::MAX) {
        Ok(mut simulation) => {
            assert!(simulation.run_until(tick).is_ok());
            simulation
        }
        Err(refusal) => panic!("{refusal}"),
    }
}

/// The manifest of a run of the small scenario.
pub(crate) fn manifest() -> Manifest {
    static MANIFEST: OnceLock<Manifest> = OnceLock::new();
    MANIFEST.get_or_init(new_manifest).clone()
}

fn new_manifest() -> Manifest {
    let scenario = small();
    let prepared = Prepared {
        settings: ScenarioSettings {
            file: "small.toml".into(),
            overrides: Vec::new(),
            scale: 1.0,
            seed: None,
            until: None,
        },
        file: "small.toml".into(),
        scale: 1.0,
        config: canonical(scenario),
        config_hash: config_hash(scenario),
        warnings: String::new(),
        coarse: Vec::new(),
        changed: Vec::new(),
        scenario: scenario.clone(),
        unscaled: scenario.clone(),
    };
    let workers = Workers {
        threads: 1,
        shards: 1,
    };
    let manifest = Manifest::new(&prepared, workers);
    Manifest {
        // Otherwise it would be the command of the test.
        command: "patchday run small.toml --force".into(),
        command_words: CommandLine::new(["run", "small.toml", "--force"]),
        ..manifest
    }
}
