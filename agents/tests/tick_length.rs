//! Runs of one scenario with ticks of different lengths.
//!
//! A message takes a tick, so a network with shorter ticks answers faster; everything else that a
//! scenario says in seconds takes as long. Units: seconds, unless a name says ticks.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{dense, instant, share, simulation, small_network, value};
use patchday_agents::scenario::{
    Jitter, OnlineNorm, Scenario, SignOut, SupernodeLoss,
    parameter::{Check, Severity},
    quantity::{Rate, Span, TickLength},
};

fn with_tick(mut scenario: Scenario, tick: &str) -> Scenario {
    scenario.run.tick = tick.parse().ok();
    scenario
}

/// A herd: 20,000 users, of whom most are signed out after a minute and log in again at four servers.
fn herd() -> Scenario {
    let mut scenario = small_network(1);
    scenario.overlay.enabled = false;
    scenario.population.users = 20_000;
    scenario.run.end = scenario.run.start.after(Span::from_minutes(10));
    let login = &mut scenario.servers.login;
    login.servers = 4;
    login.rate = Rate::from_per_second(100.0).unwrap();
    login.queue = "15s".parse().unwrap();
    scenario.servers.presence.on = false;
    scenario.servers.chat.on = false;
    scenario.client.login_timeout = "30s".parse().unwrap();
    let pause = &mut scenario.client.retry.exponential;
    pause.base = "5s".parse().unwrap();
    pause.cap = "1m".parse().unwrap();
    pause.jitter = Jitter::Full;
    scenario.trigger.sign_out = vec![SignOut {
        at: instant(1.0 / 60.0),
        share: share(1.0),
        within: "2s".parse().unwrap(),
        regions: Vec::new(),
    }];
    scenario
}

/// What a herd does: user seconds lost, logins that arrive, and the longest wait at a server.
fn figures(tick: &str, seed: u64) -> [f64; 3] {
    let scenario = with_tick(herd(), tick);
    let mut run = simulation(&scenario, seed);
    let second = scenario.tick().per_second();
    run.run_until(59 * second).unwrap();
    let before = value(&mut run, "online");
    let (mut lost, mut arrivals, mut wait) = (0.0, 0.0, 0.0_f64);
    for now in 60..=600 {
        run.run_until(now * second).unwrap();
        let row = run.sample();
        let column = |name: &str| {
            let columns = patchday_agents::metrics::columns::COLUMNS;
            row[columns.iter().position(|one| one.name == name).unwrap()].value()
        };
        lost += (before - column("online")).max(0.0);
        arrivals += column("login_arrivals");
        wait = wait.max(column("login_wait_s"));
    }
    assert!(
        before > 12_000.0 && arrivals > before,
        "{before} {arrivals}"
    );
    [lost, arrivals, wait]
}

#[test]
fn a_herd_takes_as_long_at_ticks_of_a_second_and_of_a_tenth() {
    let seeds = [1, 2, 3];
    let mean = |tick: &str| {
        let all = seeds.map(|seed| figures(tick, seed));
        [0, 1, 2].map(|place| all.iter().map(|one| one[place]).sum::<f64>() / 3.0)
    };
    let (long, short) = (mean("1s"), mean("100ms"));
    // The herd of some 14,000 needs 140 s or more at 100 logins a second. A request and its answer take
    // two ticks: 1.8 s more with ticks of a second, of some 14 s for each attempt with its pause. The
    // spread of seeds is below 1 %.
    let for_each = |figures: [f64; 3]| figures[0] / figures[1];
    let more = for_each(long) - for_each(short);
    assert!((0.5..2.0).contains(&more), "{long:?} {short:?}");
    for (place, tolerance) in [(0, 0.06), (2, 0.1)] {
        let ratio = long[place] / short[place];
        assert!(
            (ratio - 1.0).abs() < tolerance,
            "{place}: {long:?} {short:?}"
        );
    }
}

#[test]
fn the_norm_does_not_depend_on_the_tick() {
    let at = |tick: &str| {
        let scenario = with_tick(dense(20_000, 24), tick);
        let norm = OnlineNorm::new(&scenario);
        let start = scenario.run.start.millis();
        [0, 7, 13, 20].map(|hour| norm.at(start + hour * 3_600_000).unwrap())
    };
    for (one, other) in at("1s").iter().zip(at("50ms")) {
        assert!((one / other - 1.0).abs() < 1e-3, "{one} {other}");
    }
}

/// Spans of days are far longer than a delay at ticks of a millisecond can be.
#[test]
fn the_whole_network_runs_at_ticks_of_a_millisecond() {
    for (tick, seconds) in [("1ms", 12), ("10ms", 150)] {
        let mut scenario = with_tick(dense(2_000, 1), tick);
        scenario.run.end = scenario.run.start.after(Span::from_seconds(seconds));
        scenario.overlay.promotion.flaw = false;
        scenario.overlay.promotion.every = Span::from_minutes(1);
        scenario.trigger.supernode_loss = vec![SupernodeLoss {
            at: scenario.run.start.after(Span::from_seconds(2)),
            share: share(0.5),
        }];
        let errors = scenario.check().into_iter();
        let errors: Vec<_> = errors
            .filter(|one| one.severity == Severity::Error)
            .collect();
        assert_eq!(errors, []);
        let mut run = simulation(&scenario, 1);
        run.run_until(scenario.tick().seconds(1)).unwrap();
        let before = value(&mut run, "supernodes");
        run.run_until(scenario.ticks()).unwrap();
        assert_eq!(run.gauges(), run.recounted_gauges());
        let (after, lost) = (value(&mut run, "supernodes"), before / 2.0);
        if tick == "10ms" {
            // The machines have been up for days, so leaves qualify, and the gap is filled.
            assert!(after > before - 0.7 * lost, "{after} of {before}");
        }
    }
}

#[test]
fn a_time_that_does_not_fit_the_ticks_has_a_remark() {
    let remarks = |change: &dyn Fn(&mut Scenario)| {
        let mut scenario = with_tick(herd(), "10ms");
        change(&mut scenario);
        let all = scenario.check().into_iter();
        all.filter(|one| one.severity == Severity::Error || one.message.contains("ticks"))
            .map(|one| (one.severity, one.path, one.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(remarks(&|_| ()), []);
    for (change, severity, path, words) in [
        (
            (|one: &mut Scenario| one.run.tick = "3ms".parse().ok()) as fn(&mut Scenario),
            Severity::Error,
            "run.tick",
            "allowed are 1ms, 2ms, 4ms",
        ),
        (
            |one| one.run.end = one.run.start.after(Span::from_hours(24)),
            Severity::Error,
            "run.end",
            "23h 7m 10s 720ms; this run needs run.tick = \"20ms\" or more",
        ),
        (
            |one| {
                one.run.tick = "1ms".parse().ok();
                one.run.recovered_after = "50d".parse().unwrap();
            },
            Severity::Error,
            "run.recovered_after",
            "at most 49d 17h",
        ),
        (
            |one| one.client.login_timeout = "15ms".parse().unwrap(),
            Severity::Warning,
            "client.login_timeout",
            "rounded up to 20ms",
        ),
        (
            |one| one.client.login_timeout = "10ms".parse().unwrap(),
            Severity::Error,
            "client.login_timeout",
            "below 20ms: a request and its answer",
        ),
        (
            |one| one.trigger.sign_out[0].at = one.run.start.after(Span::from_millis(1_005)),
            Severity::Warning,
            "trigger.sign_out.0.at",
            "rounded up to the next one",
        ),
    ] {
        let found = remarks(&change);
        let [(of, key, message)] = &found[..] else {
            panic!("{path}: {found:?}");
        };
        assert_eq!((*of, key.as_str()), (severity, path));
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(
        TickLength::new("20ms".parse().unwrap()).map(TickLength::hour),
        Some(180_000)
    );
}
