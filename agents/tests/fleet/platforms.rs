//! Platforms: retry policies of parts of the clients, operations of their own, and roll-outs.

use patchday_agents::{
    Simulation,
    scenario::{
        FaultEffect, Operation, Platform, Retry, Scenario, ServiceLoad,
        quantity::{Share, Span},
    },
};

use crate::{
    clients::{all_at, at_sign_in, clients, fault, online, operation},
    common::instant,
    stations::{simulation, span},
};

/// A policy with a pause that is always the same.
fn pause(seconds: u32) -> Retry {
    Retry {
        fixed: Some(span(seconds)),
        ..Retry::default()
    }
}

fn platform(name: &str, of_all: f64, retry: Option<Retry>) -> Platform {
    Platform {
        name: name.into(),
        share: Share::new(of_all).unwrap(),
        retry,
        ..Platform::default()
    }
}

/// The time-out of a sign-in.
const TIMEOUT: u32 = 20;
/// The servers are dead and all clients signed out from here on, in ticks.
const DEAD_FROM: u32 = 3_600;

/// Clients that sign in again and again at servers that are dead from the first hour on.
fn dead_servers(platforms: Vec<Platform>) -> Scenario {
    let mut scenario = clients(vec![at_sign_in("login", 1)]);
    scenario.client.platform = platforms;
    scenario.trigger.service = vec![fault(FaultEffect::Dead, DEAD_FROM, 80_000, 1.0)];
    scenario.trigger.sign_out = vec![all_at(f64::from(DEAD_FROM) / 3_600.0)];
    scenario
}

/// The attempts of clients with a fixed pause, per tick.
fn rate(pause: u32) -> f64 {
    1.0 / f64::from(TIMEOUT + pause)
}

/// The attempts from tick `from` until `until`, per tick.
fn attempts(run: &mut Simulation, from: u32, until: u32) -> f64 {
    run.run_until(from).unwrap();
    let before = run.fleet_stats().senders[0].sent;
    run.run_until(until).unwrap();
    (run.fleet_stats().senders[0].sent - before) as f64 / f64::from(until - from)
}

#[test]
fn half_of_the_clients_follow_each_of_two_policies() {
    let halves = vec![
        platform("web", 0.5, Some(pause(10))),
        platform("app", 0.5, Some(pause(60))),
    ];
    let mut run = simulation(&dead_servers(halves), 2);
    run.run_until(DEAD_FROM).unwrap();
    let users = online(&run) as f64;
    let measured = attempts(&mut run, DEAD_FROM + 400, DEAD_FROM + 10_000);
    let expected = users * (rate(10) + rate(60)) / 2.0;
    assert!(
        (measured / expected - 1.0).abs() < 0.03,
        "{measured} {expected}"
    );
}

#[test]
fn clients_of_no_platform_and_of_one_without_a_policy_follow_that_of_all_clients() {
    let poll = Operation {
        every: Some(span(1_000)),
        platforms: vec!["web".into()],
        ..operation("poll")
    };
    let mut scenario = dead_servers(vec![platform("web", 0.5, None)]);
    scenario.client.operation.push(poll);
    let plain = dead_servers(Vec::new());
    let sent = |scenario: &Scenario| {
        let mut run = simulation(scenario, 2);
        attempts(&mut run, DEAD_FROM, DEAD_FROM + 2_000)
    };
    assert_eq!(sent(&scenario), sent(&plain));
}

#[test]
fn a_roll_out_changes_the_rate_in_a_straight_line() {
    // Half of the clients, from three hours after the start on, over an hour.
    let (begins, lasts) = (3 * 3_600, 3_600);
    let mut scenario = dead_servers(vec![Platform {
        from: Some(instant(3.0)),
        over: Span::from_hours(1),
        ..platform("new", 0.5, Some(pause(10)))
    }]);
    scenario.client.retry = pause(60);
    let mut run = simulation(&scenario, 2);
    run.run_until(DEAD_FROM).unwrap();
    let users = online(&run) as f64;
    let expected = |moved: f64| users * (moved * rate(10) + (1.0 - moved) * rate(60));
    let before = attempts(&mut run, begins - 1_200, begins);
    assert!((before / expected(0.0) - 1.0).abs() < 0.04, "{before}");
    // The clients were signed out together: a window is a whole number of cycles of 80 ticks.
    for fifth in 0..5 {
        let from = begins + fifth * lasts / 5;
        let measured = attempts(&mut run, from, from + lasts / 5);
        let moved = (f64::from(fifth) + 0.5) / 5.0 * 0.5;
        let expected = expected(moved);
        // A client that moves waits up to 80 ticks for the end of its cycle.
        assert!(
            (measured / expected - 1.0).abs() < 0.05,
            "{fifth}: {measured} {expected}"
        );
    }
    let after = attempts(&mut run, begins + lasts + 100, begins + lasts + 4_000);
    assert!((after / expected(0.5) - 1.0).abs() < 0.03, "{after}");
}

#[test]
fn only_clients_of_the_named_platforms_send_an_operation() {
    let poll = |name: &str, platforms: &[&str]| Operation {
        every: Some(span(100)),
        platforms: platforms.iter().map(|one| (*one).into()).collect(),
        ..operation(name)
    };
    let mut scenario = clients(vec![
        poll("all", &[]),
        poll("old", &["others"]),
        poll("new", &["new"]),
        poll("both", &["new", "others"]),
    ]);
    scenario.client.platform = vec![
        platform("web", 0.25, None),
        Platform {
            from: Some(instant(1.0)),
            over: Span::from_hours(2),
            ..platform("new", 0.75, None)
        },
    ];
    let mut run = simulation(&scenario, 2);
    let mut shares = |from: u32, until: u32| {
        run.run_until(from).unwrap();
        let before = run.fleet_stats().senders;
        run.run_until(until).unwrap();
        let after = run.fleet_stats().senders;
        let sent = |number: usize| (after[number].sent - before[number].sent) as f64;
        [1, 2, 3].map(|number| sent(number) / sent(0))
    };
    let assert_near = |found: [f64; 3], expected: [f64; 3]| {
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() < 0.045, "{found} {expected}");
        }
    };
    assert_near(shares(1_000, 3_600), [0.75, 0.0, 0.75]);
    // The half of the roll-out.
    assert_near(shares(7_000, 7_400), [0.375, 0.375, 0.75]);
    let end = shares(11_000, 14_000);
    assert_near(end, [0.0, 0.75, 0.75]);
    assert_eq!(end[0], 0.0, "a client of the old version is left");
}

#[test]
fn clients_sign_in_with_the_operations_of_their_platform() {
    let login = |name: &str, count: u8, platform: &str| Operation {
        platforms: vec![platform.into()],
        ..at_sign_in(name, count)
    };
    let mut scenario = clients(vec![
        login("web_login", 3, "web"),
        login("login", 1, "others"),
    ]);
    scenario.client.platform = vec![platform("web", 0.25, None)];
    scenario.trigger.sign_out = vec![all_at(1.0)];
    let mut run = simulation(&scenario, 2);
    run.run_until(3_600).unwrap();
    let (users, before) = (online(&run), run.fleet_stats().senders);
    run.run_until(3_620).unwrap();
    assert!(online(&run) >= users - 20, "{} {users}", online(&run));
    let after = run.fleet_stats().senders;
    let sent = |number: usize| (after[number].sent - before[number].sent) as f64;
    let web = sent(0) / 3.0 / (sent(0) / 3.0 + sent(1));
    assert!((web - 0.25).abs() < 0.05, "{web}");
}

#[test]
fn the_calm_load_counts_the_clients_that_send_an_operation() {
    let poll = Operation {
        every: Some(span(100)),
        platforms: vec!["web".into()],
        ..operation("poll")
    };
    let load = |scenario: &Scenario| ServiceLoad::all(scenario)[0].per_s;
    let mut scenario = clients(vec![poll]);
    scenario.client.platform = vec![platform("web", 0.25, None)];
    let some = load(&scenario);
    scenario.client.operation[0].platforms.clear();
    assert!((some / load(&scenario) - 0.25).abs() < 1e-9);
}
