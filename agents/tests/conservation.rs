//! Nothing is lost and nothing counted twice, at every sample of networks that really are
//! in trouble: users, seats, calls, requests, messages, mail. The laws themselves, all of
//! them equalities, are in `common/laws.rs`; the gauges are held against a census.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{
    attempt, balances, dense, instant,
    scenarios::{like_2010, mass_events},
    share, small_network,
};
use patchday_agents::{
    Counters,
    metrics::columns::COLUMNS,
    scenario::{Order, Scenario, quantity::Share},
};

/// What a run under watch came to.
struct Watched {
    totals: Counters,
    /// The least and the last of users online, as shares of the norm.
    least: f64,
    last: f64,
}

/// Run a scenario, and hold every law at every sample.
fn watch(scenario: &Scenario, seed: u64) -> Watched {
    let mut run = common::simulation(scenario, seed);
    let column = |name: &str| COLUMNS.iter().position(|one| one.name == name).unwrap();
    let (online, norm) = (column("online"), column("norm"));
    let (mut least, mut last) = (f64::INFINITY, 0.0);
    let mut sums = vec![0; COLUMNS.len()];
    let step = scenario.run.sample.seconds();
    for sample in 1..=scenario.ticks() / step {
        run.run_until(sample * step).unwrap();
        let row = run.sample();
        for (sum, cell) in sums.iter_mut().zip(&row) {
            *sum += cell.value() as u64;
        }
        last = row[online].value() / row[norm].value();
        least = last.min(least);
        assert_eq!(run.gauges(), run.recounted_gauges(), "sample {sample}");
        let survey = run.link_audit();
        let faults = balances::violations(&survey, run.totals(), scenario.overlay.enabled);
        let some = &faults[..faults.len().min(8)];
        assert!(faults.is_empty(), "sample {sample}: {some:#?}");
        assert_eq!(survey.mail.len() as u64, run.in_flight(), "sample {sample}");
    }
    // What the rows say is what was counted, once.
    let totals = *run.totals();
    for (name, total) in [
        ("attempts", totals.attempts),
        ("sessions", totals.sessions),
        ("login_arrivals", totals.login_arrivals),
        ("calls_wanted", totals.calls_wanted),
        ("call_seconds", totals.call_seconds),
        ("messages_stored", totals.messages_stored),
        ("crashes", totals.crashes),
        ("events", run.handled()),
    ] {
        assert_eq!(sums[column(name)], total, "{name}");
    }
    Watched {
        totals,
        least,
        last,
    }
}

/// Says if something did not happen that the test is about.
fn happened(what: &[(&str, u64)]) {
    for (name, count) in what {
        assert!(*count > 0, "no {name}: the test does not test it");
    }
}

/// August 2007: the patch restarts the core, the flaw keeps it from growing back, one
/// attempt of the operator fails and one does not; then the overlay is restarted.
#[test]
fn the_outage_of_2007_loses_nothing() {
    let mut scenario = dense(8_000, 48);
    scenario.trigger.patch_day.release = Some(instant(1.0));
    scenario.trigger.patch_day.share = Share::ALL;
    scenario.client.calls.relayed_share = share(0.5);
    scenario.client.calls.video_share = share(0.3);
    scenario.servers.group_video.on = true;
    scenario.servers.gateway.on = true;
    let [mut first, second] = [attempt(34.0, 30.0, 3), attempt(40.0, 60.0, 60)];
    (first.sturdy, first.requests) = (false, 0.05);
    scenario.operator.force_supernodes = vec![first, second];
    scenario.operator.restart_overlay.at = Some(instant(44.0));
    let watched = watch(&scenario, 9);
    let t = watched.totals;
    assert!(watched.least < 0.2, "{}", watched.least);
    assert!(watched.last > 0.8, "{}", watched.last);
    happened(&[
        ("restarts by the patch", t.patch_restarts),
        ("supernodes lost to restarts", t.supernodes_restarted),
        ("supernodes fallen", t.supernodes_fallen),
        ("promotions", t.promotions),
        ("requests refused", t.refused),
        ("requests lost", t.requests_lost),
        ("cycles failed", t.cycles_failed),
        ("calls missed", t.calls_missed),
        ("calls failed", t.calls_failed),
        ("calls engaged", t.calls_engaged),
        ("calls dropped", t.calls_dropped),
        ("business calls", t.gateway_calls),
    ]);
}

#[test]
fn the_outage_of_2010_loses_nothing() {
    let watched = watch(&like_2010(), 5);
    let t = watched.totals;
    assert!(watched.least < 0.5, "{}", watched.least);
    assert!(watched.last > 0.8, "{}", watched.last);
    happened(&[
        ("crashes", t.crashes),
        ("supernodes crashed", t.supernodes_crashed),
        ("supernodes that gave up", t.supernodes_shut_down),
        ("supernodes lost to restarts", t.supernodes_restarted),
        ("promotions", t.promotions),
        ("log-ins too late", t.login_late),
        ("calls dropped", t.calls_dropped),
        ("business calls", t.gateway_calls),
        ("requests of administrators lost", t.manager_requests_failed),
        ("messages refused", t.messages_refused),
        ("messages delivered", t.messages_delivered),
    ]);
}

#[test]
fn an_overlay_that_is_struck_loses_nothing() {
    let mut scenario = like_2010();
    let slow = scenario.trigger.server[0].clone();
    scenario.trigger = mass_events(&scenario);
    scenario.trigger.server.push(slow);
    let watched = watch(&scenario, 5);
    let t = watched.totals;
    assert!(watched.least < 0.1, "{}", watched.least);
    assert!(watched.last > 0.8, "{}", watched.last);
    happened(&[
        ("links lost", t.links_lost),
        ("log-ins turned away", t.login_rejected),
        ("attacks", t.login_attacks),
        ("crashes", t.crashes),
        ("supernodes that gave up", t.supernodes_shut_down),
        ("promotions", t.promotions),
    ]);
}

#[test]
fn a_fleet_without_an_overlay_loses_nothing() {
    for order in [Order::Fifo, Order::Lifo] {
        let mut scenario = small_network(30);
        scenario.overlay.enabled = false;
        scenario.population.users = 4_000;
        scenario.population.always_on_share = share(0.1);
        scenario.population.region = dense(1_000, 1).population.region;
        scenario.trigger = mass_events(&scenario);
        scenario.client.calls.busy_share = share(0.1);
        scenario.client.login_timeout = "15s".parse().unwrap();
        let retry = &mut scenario.client.retry;
        retry.exponential.base = "5s".parse().unwrap();
        retry.exponential.cap = "2m".parse().unwrap();
        retry.budget.tokens = 20;
        retry.give_up = 12;
        let login = &mut scenario.servers.login;
        login.rate = "4/s".parse().unwrap();
        login.queue = "30s".parse().unwrap();
        login.order = order;
        let watched = watch(&scenario, 5);
        let t = watched.totals;
        assert!(watched.least < 0.2, "{order}: {}", watched.least);
        assert!(watched.last > 0.8, "{order}: {}", watched.last);
        happened(&[
            ("log-ins too late", t.login_late),
            ("log-ins turned away", t.login_rejected),
            ("attacks", t.login_attacks),
            ("users who gave up", t.given_up),
            ("calls failed", t.calls_failed),
            ("calls dropped", t.calls_dropped),
        ]);
    }
}
