//! A simulation that continues with another rate, against one whose servers change their speed at the
//! same tick.
//!
//! Both mean the same, so every row of the series is the same. The rates are powers of two, so the work
//! of a job is not rounded. Units: ticks.

use patchday_core::Tick;

use super::*;
use crate::{
    event::section::ServerTrouble,
    metrics::{cell::Cell, columns::COLUMNS},
    scenario::{
        quantity::{instant::Instant, rate::Rate, share::Share, span::Span},
        root::Scenario,
    },
    server::{kind::ServerKind, login::Order},
    simulation::Simulation,
};

/// The tick at which rates or speeds change.
const CHANGE: Tick = 2_400;
const END: Tick = 6_000;

/// A change of a scenario.
type Change = fn(&mut Scenario);

/// A sign-out of all clients before servers that are far too slow.
fn scenario(change: impl FnOnce(&mut Scenario)) -> Scenario {
    let mut scenario = Scenario::default().scaled(20_000.0 / 220e6);
    let start = scenario.run.start.seconds();
    scenario.run.end = Instant::from_seconds(start + i64::from(END)).unwrap();
    scenario.overlay.enabled = false;
    scenario.population.online_share = Share::new(0.5).unwrap();
    scenario.population.always_on_share = Share::ALL;
    scenario.trigger.patch_day.release = None;
    scenario.trigger.sign_out = vec![crate::event::section::SignOut {
        at: Instant::from_seconds(start + 1_800).unwrap(),
        within: Span::from_seconds(1),
        ..Default::default()
    }];
    let servers = &mut scenario.servers;
    servers.login.servers = 2;
    servers.login.rate = Rate::from_per_second(4.0).unwrap();
    servers.login.queue = Span::from_seconds(1_200);
    servers.presence.rate = Rate::from_per_second(2.0).unwrap();
    servers.chat.rate = Rate::from_per_second(1.0).unwrap();
    servers.offline_messages.on = true;
    servers.offline_messages.rate = Rate::from_per_second(4.0).unwrap();
    scenario.client.login_timeout = Span::from_seconds(1_200);
    change(&mut scenario);
    scenario
}

/// The rates of all servers with a queue.
fn rates(scenario: &mut Scenario) -> [&mut Rate; 4] {
    let servers = &mut scenario.servers;
    [
        &mut servers.login.rate,
        &mut servers.presence.rate,
        &mut servers.chat.rate,
        &mut servers.offline_messages.rate,
    ]
}

/// The rows of a run, one every ten ticks from `from` on.
fn rows(simulation: &mut Simulation, from: Tick) -> Vec<Vec<Cell>> {
    simulation.run_until(from).unwrap();
    let ticks = (from..=END).step_by(10);
    let rows = ticks.map(|tick| {
        simulation.run_until(tick).unwrap();
        simulation.sample()
    });
    rows.collect()
}

/// Continues a simulation under another scenario.
fn continued(first: &Simulation, before: &Scenario, after: &Scenario) -> Simulation {
    let mut blocks = first.block_snapshots().into_iter();
    let change = ScenarioChange { before, after };
    let next = |_| blocks.next().ok_or(());
    Simulation::resume(change, 1, 1, u64::MAX, first.snapshot(), next)
        .ok()
        .unwrap()
}

#[test]
fn another_rate_continues_like_another_speed() {
    let in_order = |_: &mut Scenario| {};
    let in_time = |scenario: &mut Scenario| {
        scenario.servers.login.wasted_work = false;
        scenario.client.login_timeout = Span::from_seconds(600);
    };
    let newest_first = |scenario: &mut Scenario| scenario.servers.login.order = Order::Lifo;
    let no_queue = |scenario: &mut Scenario| {
        scenario.servers.login.queue = Span::from_seconds(0);
        scenario.servers.login.rate = Rate::from_per_second(16.0).unwrap();
    };
    let disciplines: [(&str, Change); 4] = [
        ("in order", in_order),
        ("in time", in_time),
        ("newest first", newest_first),
        ("no queue", no_queue),
    ];
    for (name, discipline) in disciplines {
        let before = scenario(discipline);
        let mut first = Simulation::new(&before, 5, 1, 1, u64::MAX).unwrap();
        first.run_until(CHANGE).unwrap();
        let waiting = first.sample();
        if name != "no queue" {
            let queue = COLUMNS.iter().position(|it| it.name == "login_queue");
            let Cell::Count(queue) = waiting[queue.unwrap()] else {
                panic!("not a count");
            };
            assert!(queue > 500, "{name}: only {queue} wait");
        }
        for factor in [2.0, 0.5] {
            let mut other_rate = before.clone();
            for rate in rates(&mut other_rate) {
                *rate = Rate::from_per_second(rate.per_second() * factor).unwrap();
            }
            let mut other_speed = before.clone();
            let start = before.run.start.seconds();
            let kinds = [
                ServerKind::Login,
                ServerKind::Presence,
                ServerKind::Chat,
                ServerKind::OfflineMessages,
            ];
            other_speed.trigger.server = kinds
                .map(|server| ServerTrouble {
                    server,
                    at: Instant::from_seconds(start + i64::from(CHANGE)).unwrap(),
                    lasts: Span::from_seconds(86_400),
                    factor,
                })
                .to_vec();
            let by_rate = rows(&mut continued(&first, &before, &other_rate), CHANGE + 10);
            let by_speed = rows(&mut continued(&first, &before, &other_speed), CHANGE + 10);
            for (one, other) in by_rate.iter().zip(&by_speed) {
                let cells = one.iter().zip(other).zip(COLUMNS.iter());
                for ((one, other), column) in cells {
                    assert_eq!(one, other, "{name}, {factor}: {}", column.name);
                }
            }
        }
    }
}
