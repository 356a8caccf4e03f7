//! Conservation: at every sample of networks with many violations no user, seat, call, request or
//! message is lost or counted twice.
//!
//! The balance equations are in `common/balances.rs`; every gauge is compared with a recount.
//! Units: instants in hours after the start.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{
    attempt, balances, dense, instant,
    scenarios::{like_2010, mass_events, server_trouble},
    share, small_network,
};
use patchday_agents::{
    Counters,
    metrics::columns::COLUMNS,
    scenario::{Order, Scenario, ServerKind, quantity::Share},
};

/// The result of a checked run.
struct Checked {
    totals: Counters,
    /// The least and the last number of users online, as shares of the norm.
    least: f64,
    last: f64,
}

/// Runs a scenario and checks every balance equation at every sample.
fn check(scenario: &Scenario, seed: u64) -> Checked {
    let mut run = common::simulation(scenario, seed);
    let column = |name: &str| COLUMNS.iter().position(|one| one.name == name).unwrap();
    let (online, norm) = (column("online"), column("norm"));
    let (mut least, mut last) = (f64::INFINITY, 0.0);
    let mut sums = vec![0; COLUMNS.len()];
    let step = scenario.run.sample.whole_seconds();
    for sample in 1..=scenario.ticks() / step {
        run.run_until(sample * step).unwrap();
        let row = run.sample();
        for (sum, cell) in sums.iter_mut().zip(&row) {
            *sum += cell.value() as u64;
        }
        last = row[online].value() / row[norm].value();
        least = last.min(least);
        assert_eq!(run.gauges(), run.recounted_gauges(), "sample {sample}");
        let audit = run.link_audit();
        let violations = balances::violations(&audit, run.totals(), scenario.overlay.enabled);
        let some = &violations[..violations.len().min(8)];
        assert!(violations.is_empty(), "sample {sample}: {some:#?}");
        assert_eq!(
            audit.messages.len() as u64,
            run.in_flight(),
            "sample {sample}"
        );
    }
    // The rows of the series add up to the counters.
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
    Checked {
        totals,
        least,
        last,
    }
}

/// Fails if a mechanism that the test is about did not act.
fn assert_happened(what: &[(&str, u64)]) {
    for (name, count) in what {
        assert!(*count > 0, "no {name}: the scenario does not cover it");
    }
}

/// August 2007: the patch restarts the core, the flaw prevents its recovery, the first attempt
/// of the operator fails and the second succeeds; then the overlay is restarted.
#[test]
fn an_outage_like_2007_satisfies_all_balances() {
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
    let checked = check(&scenario, 9);
    let t = checked.totals;
    assert!(checked.least < 0.2, "{}", checked.least);
    assert!(checked.last > 0.8, "{}", checked.last);
    assert_happened(&[
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
fn an_outage_like_2010_satisfies_all_balances() {
    let checked = check(&like_2010(), 5);
    let t = checked.totals;
    assert!(checked.least < 0.5, "{}", checked.least);
    assert!(checked.last > 0.8, "{}", checked.last);
    assert_happened(&[
        ("crashes", t.crashes),
        ("supernodes crashed", t.supernodes_crashed),
        ("supernodes that gave up", t.supernodes_shut_down),
        ("supernodes lost to restarts", t.supernodes_restarted),
        ("promotions", t.promotions),
        ("logins too late", t.login_late),
        ("calls dropped", t.calls_dropped),
        ("business calls", t.gateway_calls),
        ("requests of administrators lost", t.manager_requests_failed),
        ("messages refused", t.messages_refused),
        ("messages delivered", t.messages_delivered),
    ]);
}

#[test]
fn an_overlay_with_mass_events_satisfies_all_balances() {
    let mut scenario = like_2010();
    let slow = scenario.trigger.server[0].clone();
    scenario.trigger = mass_events(&scenario);
    scenario.trigger.server.push(slow);
    let checked = check(&scenario, 6);
    let t = checked.totals;
    assert!(checked.least < 0.1, "{}", checked.least);
    assert!(checked.last > 0.8, "{}", checked.last);
    assert_happened(&[
        ("links lost", t.links_lost),
        ("logins turned away", t.login_rejected),
        ("attacks", t.login_attacks),
        ("crashes", t.crashes),
        ("supernodes that gave up", t.supernodes_shut_down),
        ("promotions", t.promotions),
    ]);
}

#[test]
fn a_fleet_without_an_overlay_satisfies_all_balances() {
    for (order, wasted_work, queue) in [
        (Order::Fifo, true, "30s"),
        (Order::Lifo, true, "30s"),
        (Order::Fifo, false, "30s"),
        (Order::Lifo, false, "30s"),
        (Order::Fifo, true, "0s"),
    ] {
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
        login.queue = queue.parse().unwrap();
        (login.order, login.wasted_work) = (order, wasted_work);
        // After the first stop, the servers are slow, then fast, while the herd is waiting.
        let slow = server_trouble(ServerKind::Login, 2.2, "5m", 0.2);
        let fast = server_trouble(ServerKind::Login, 2.3, "1m", 1.5);
        scenario.trigger.server.extend([slow, fast]);
        let checked = check(&scenario, 5);
        let t = checked.totals;
        assert!(checked.least < 0.2, "{order}: {}", checked.least);
        assert!(checked.last > 0.8, "{order}: {}", checked.last);
        assert_happened(&[
            ("logins too late", t.login_late),
            ("logins turned away", t.login_rejected),
            ("attacks", t.login_attacks),
            ("users who gave up", t.given_up),
            ("calls failed", t.calls_failed),
            ("calls dropped", t.calls_dropped),
        ]);
    }
}
