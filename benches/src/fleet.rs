//! A fleet of services for benches: clients that ask a gateway once a minute, which asks an auth service, which
//! asks a database.
//!
//! The servers have room for three times the load. Units: ticks of 50 ms.

use patchday_agents::{
    Simulation,
    scenario::{
        Operation, Scenario, ServiceCall, ServiceSection,
        quantity::{Instant, Share, Span},
    },
};

/// The fewest clients, for tests.
pub const FEW: u64 = 20_000;
/// The clients of a measurement.
pub const MANY: u64 = 1_000_000;

fn span(text: &str) -> Span {
    text.parse().expect("a time")
}

fn tier(name: &str, servers: u64, time: &str, calls: Option<&str>) -> ServiceSection {
    let call = |service: &str| ServiceCall {
        service: service.into(),
        timeout: span("3s"),
        ..ServiceCall::default()
    };
    ServiceSection {
        name: name.into(),
        servers: servers.max(1) as u32,
        concurrency: 100,
        queue: 200,
        time: span(time),
        calls: calls.map(call).into_iter().collect(),
        ..ServiceSection::default()
    }
}

/// Returns a day of such a fleet.
///
/// # Panics
/// Panics if a value is out of range.
pub fn fleet(clients: u64) -> Scenario {
    let mut scenario = Scenario::default();
    let start: Instant = "2026-03-02T12:00:00Z".parse().expect("an instant");
    scenario.run.start = start;
    scenario.run.end = start.after(span("23h"));
    scenario.run.tick = Some(span("50ms"));
    let share = |value| Share::new(value).expect("a share");
    scenario.population.users = clients;
    scenario.population.online_share = share(0.95);
    scenario.population.regular_share = share(1.0);
    scenario.population.always_on_share = share(0.9);
    scenario.overlay.enabled = false;
    scenario.client.operation = vec![Operation {
        name: "refresh".into(),
        service: "gateway".into(),
        every: Some(span("1m")),
        timeout: span("5s"),
        ..Operation::default()
    }];
    scenario.service = vec![
        tier("gateway", clients / 5_000, "10ms", Some("auth")),
        tier("auth", clients / 12_500, "20ms", Some("database")),
        tier("database", clients / 25_000, "50ms", None),
    ];
    scenario
}

/// Runs the fleet for a minute, so that every client has asked.
///
/// # Panics
/// Panics if the simulation cannot be created.
pub fn warmed_up(scenario: &Scenario, threads: usize) -> Simulation {
    let seed = scenario.run.seed;
    let created = Simulation::new(scenario, seed, threads, threads, u64::MAX);
    let mut simulation = created.expect("settings in range");
    let minute = scenario.tick().ticks(span("1m"));
    simulation.run_until(minute).expect("no limit on envelopes");
    simulation
}
