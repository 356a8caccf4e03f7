//! Small networks and runs of them, for the tests.
//!
//! Units: instants are in hours after [`TUESDAY`], rates of attempts in supernodes an hour.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

pub(crate) mod balances;
pub(crate) mod fluid;
pub(crate) mod pending_tasks;
pub(crate) mod scenarios;

use patchday_agents::{
    Simulation,
    metrics::columns::COLUMNS,
    scenario::{
        Action, ActionKind, ForceSupernodes, Gauge, Scenario, SignOut,
        quantity::{Instant, Rate, Share, Span, UtcOffset},
    },
};

/// Tuesday, 14 August 2007, 00:00 UTC.
pub(crate) const TUESDAY: i64 = 1_187_049_600;

pub(crate) fn instant(hours: f64) -> Instant {
    Instant::from_seconds(TUESDAY + (hours * 3600.0) as i64).unwrap()
}

pub(crate) fn share(value: f64) -> Share {
    Share::new(value).unwrap()
}

/// The default network (2007) scaled down to `users`, for some hours from [`TUESDAY`] on.
pub(crate) fn cut_down(users: u64, hours: u32) -> Scenario {
    let mut scenario = Scenario::default().scaled(users as f64 / 220e6);
    scenario.run.start = instant(0.0);
    scenario.run.end = instant(f64::from(hours));
    scenario
}

/// The default network without accounts that are never used, with a tenth of the leaves for
/// each supernode: a small population with many supernodes. All `users` are regular.
pub(crate) fn dense(users: u64, hours: u32) -> Scenario {
    // The population of which `users` are regular.
    let mut scenario = cut_down((users as f64 / 0.227) as u64, hours);
    let population = &mut scenario.population;
    population.users = users;
    population.regular_share = Share::ALL;
    population.online_share = share(0.03864 / 0.227);
    population.always_on_share = share(0.1);
    population.office_host_share = Share::NONE;
    let overlay = &mut scenario.overlay;
    overlay.core.supernodes = users / 170;
    overlay.supernode.seats = 60;
    overlay.supernode.requests = 0.15;
    scenario
}

/// A network of 1,000 accounts that are all used: half of the machines are always on, all are
/// eligible as supernodes and 20 serve as such, there is one region (UTC) and no calls.
pub(crate) fn small_network(hours: u32) -> Scenario {
    let mut scenario = cut_down(1_000, hours);
    let population = &mut scenario.population;
    population.regular_share = Share::ALL;
    population.online_share = share(0.7);
    population.always_on_share = share(0.5);
    population.eligible_share = Share::ALL;
    population.office_host_share = Share::NONE;
    population.always_on_uptime = Span::from_hours(20 * 24);
    population.region.truncate(1);
    population.region[0].share = Share::ALL;
    population.region[0].utc_offset = UtcOffset::default();
    scenario.client.calls.busy_share = Share::NONE;
    scenario.overlay.core.supernodes = 20;
    // No supernode is overloaded unless a test lowers these limits.
    scenario.overlay.supernode.seats = 2_000;
    scenario.overlay.supernode.requests = 100.0;
    scenario.servers.login.rate = Rate::from_per_second(100.0).unwrap();
    scenario.servers.presence.rate = Rate::from_per_second(100.0).unwrap();
    scenario.servers.chat.rate = Rate::from_per_second(100.0).unwrap();
    scenario
}

/// A small network that logs in at one login server, without an overlay; all sessions are
/// lost at two o'clock.
pub(crate) fn without_overlay(hours: u32) -> Scenario {
    let mut scenario = small_network(hours);
    scenario.overlay.enabled = false;
    scenario.client.login_timeout = "20s".parse().unwrap();
    scenario.client.retry.fixed = Some("10s".parse().unwrap());
    scenario.servers.login.servers = 1;
    scenario.trigger.sign_out = vec![SignOut {
        at: instant(2.0),
        share: share(1.0),
        within: "1s".parse().unwrap(),
        regions: Vec::new(),
    }];
    scenario
}

/// An attempt of the operator to force supernodes.
pub(crate) fn attempt(at: f64, per_hour: f64, count: u64) -> ForceSupernodes {
    ForceSupernodes {
        name: "test".into(),
        at: instant(at),
        rate: Rate::from_per_second(per_hour / 3600.0).unwrap(),
        count,
        seats: 100,
        requests: 100.0,
        sturdy: true,
        requests_spread: 0.0,
    }
}

/// An entry of the playbook that changes nothing until a test sets its fields.
pub(crate) fn blank_action() -> Action {
    Action {
        name: "test".into(),
        deed: ActionKind::Retune,
        when: Gauge::Always,
        level: 0.5,
        not_before: None,
        lag: Span::from_hours(0),
        after: Span::from_hours(0),
        factor: 1.0,
        count: 0,
        rate: Rate::ZERO,
        seats: 100,
        requests: 100.0,
        sturdy: true,
    }
}

pub(crate) fn simulation(scenario: &Scenario, seed: u64) -> Simulation {
    Simulation::new(scenario, seed, 1, 1, u64::MAX).unwrap()
}

/// The value of a column in a new sample.
pub(crate) fn value(simulation: &mut Simulation, column: &str) -> f64 {
    let index = COLUMNS.iter().position(|one| one.name == column).unwrap();
    simulation.sample()[index].value()
}
