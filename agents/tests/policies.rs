//! Policies of clients and servers, in a small network without an overlay.
//!
//! Units: instants in hours after the start, ticks of one second.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{instant, share, simulation, small_network, value, without_overlay};
use patchday_agents::{
    Simulation,
    scenario::{Jitter, Order, Scenario, ServerKind, ServerTrouble, quantity::Share},
};

const HOUR: u32 = 3_600;

/// A small network without an overlay whose login server stops answering at two o'clock.
fn with_silent_server(hours: u32) -> Scenario {
    let mut scenario = without_overlay(hours);
    scenario.trigger.server = vec![ServerTrouble {
        server: ServerKind::Login,
        at: instant(2.0),
        lasts: "10h".parse().unwrap(),
        factor: 0.0,
    }];
    scenario
}

/// The mean number of attempts of a client in the hour from two o'clock on.
fn attempts_in_an_hour(scenario: &Scenario) -> f64 {
    let mut run = simulation(scenario, 31);
    run.run_until(2 * HOUR - 1).unwrap();
    let (clients, before) = (value(&mut run, "online"), run.totals().attempts);
    run.run_until(3 * HOUR).unwrap();
    assert_eq!(value(&mut run, "online"), 0.0);
    (run.totals().attempts - before) as f64 / clients
}

#[test]
fn a_fixed_pause_gives_the_expected_number_of_attempts() {
    // An attempt takes 20 s until its timeout and a tick for the message, a pause 10 s.
    let attempts = attempts_in_an_hour(&with_silent_server(4));
    let expected = 3_600.0 / 31.0;
    // Some clients start within the hour and have less time.
    assert!(
        (attempts / expected - 1.0).abs() < 0.05,
        "{attempts} of {expected}"
    );
}

#[test]
fn a_circuit_breaker_opens_after_its_number_of_failures() {
    let mut scenario = with_silent_server(4);
    scenario.client.retry.breaker.failures = 3;
    scenario.client.retry.breaker.open = "10m".parse().unwrap();
    // Three attempts in a row, then one every 10 min and 21 s: 3 + (3,600 - 83) / 621.
    let attempts = attempts_in_an_hour(&scenario);
    assert!((attempts - 8.4).abs() < 0.7, "{attempts}");
}

#[test]
fn a_retry_budget_allows_its_tokens_and_then_its_refill_rate() {
    let mut scenario = with_silent_server(4);
    scenario.client.retry.budget.tokens = 4;
    scenario.client.retry.budget.refill = "10m".parse().unwrap();
    // The first attempt needs no token; four tokens are there, six are refilled in the hour.
    let attempts = attempts_in_an_hour(&scenario);
    assert!((attempts - 10.5).abs() < 1.0, "{attempts}");
}

#[test]
fn a_client_that_gives_up_stays_off_until_its_next_session() {
    let mut scenario = with_silent_server(4);
    scenario.population.always_on_share = share(0.0);
    scenario.client.retry.give_up = 3;
    let mut run = simulation(&scenario, 31);
    run.run_until(2 * HOUR - 1).unwrap();
    let online = value(&mut run, "online");
    run.run_until(2 * HOUR + 600).unwrap();
    let gone = run.totals().given_up as f64;
    // The difference: clients whose session ended meanwhile, and new ones.
    assert!((gone - online).abs() < 20.0, "{gone} of {online}");
    assert!(value(&mut run, "wanting") < 10.0);
}

/// The requests of the first minute after two o'clock, by outcome.
struct FirstMinute {
    served_in_time: u64,
    rejected: u64,
}

fn first_minute(scenario: &Scenario) -> FirstMinute {
    let mut run: Simulation = simulation(scenario, 32);
    run.run_until(2 * HOUR - 1).unwrap();
    let before = *run.totals();
    run.run_until(2 * HOUR + 60).unwrap();
    let after = run.totals();
    FirstMinute {
        served_in_time: after.login_served - before.login_served,
        rejected: after.login_rejected - before.login_rejected,
    }
}

#[test]
fn newest_first_order_wastes_less_work_on_a_thundering_herd() {
    let served = |order, wasted_work| {
        let mut scenario = without_overlay(4);
        scenario.servers.login.rate = "2/s".parse().unwrap();
        scenario.servers.login.queue = "1h".parse().unwrap();
        scenario.servers.login.order = order;
        scenario.servers.login.wasted_work = wasted_work;
        first_minute(&scenario).served_in_time
    };
    // All clients time out after 20 s, in which the server serves 40 of them, and return
    // after 31 s. A server with the oldest first then serves requests that have timed out;
    // with the newest first, or without wasted work, it serves current ones for 20 s more.
    let oldest = served(Order::Fifo, true);
    assert!((38..=44).contains(&oldest), "{oldest}");
    for best in [served(Order::Lifo, true), served(Order::Fifo, false)] {
        assert!((74..=88).contains(&best), "{best}");
    }
}

#[test]
fn a_newest_first_server_serves_again_after_an_outage() {
    let mut scenario = without_overlay(5);
    scenario.servers.login.rate = "2/s".parse().unwrap();
    scenario.servers.login.queue = "1h".parse().unwrap();
    scenario.servers.login.order = Order::Lifo;
    // It stops half a minute after the sign-out, with a full queue.
    scenario.trigger.server = vec![ServerTrouble {
        server: ServerKind::Login,
        at: instant(2.01),
        lasts: "10m".parse().unwrap(),
        factor: 0.0,
    }];
    let mut run = simulation(&scenario, 32);
    run.run_until(2 * HOUR + 600).unwrap();
    let before = run.totals().login_served;
    run.run_until(2 * HOUR + 636).unwrap();
    assert_eq!(run.totals().login_served, before);
    run.run_until(5 * HOUR).unwrap();
    let (online, norm) = (value(&mut run, "online"), value(&mut run, "norm"));
    // Five standard deviations of a sum over as many independent users.
    assert!(
        (online - norm).abs() < 5.0 * norm.sqrt(),
        "{online} of {norm}"
    );
}

#[test]
fn an_abandoned_log_in_still_has_one_outcome() {
    // Sessions end while their logins wait for up to an hour; all logins are answered.
    for order in [Order::Fifo, Order::Lifo] {
        let mut scenario = without_overlay(30);
        scenario.servers.login.rate = "0.1/s".parse().unwrap();
        scenario.servers.login.queue = "2h".parse().unwrap();
        scenario.servers.login.order = order;
        scenario.client.login_timeout = "1h".parse().unwrap();
        scenario.client.retry.fixed = Some("1d".parse().unwrap());
        scenario.population.always_on_share = share(0.0);
        let mut run = simulation(&scenario, 33);
        let mut abandoned = 0;
        for minute in 1..=30 * 60 {
            run.run_until(minute * 60).unwrap();
            let totals = *run.totals();
            let open = totals.attempts - totals.accepted - totals.refused - totals.timed_out;
            let waiting = value(&mut run, "signing_in") as u64;
            // Abandoned logins are answered later.
            assert!(
                open >= waiting,
                "{order}, minute {minute}: {open}, {waiting}"
            );
            abandoned += open - waiting;
            assert_eq!(totals.refused, totals.login_rejected);
            assert_eq!(totals.accepted, totals.login_served);
            assert_eq!(totals.timed_out, totals.login_late);
        }
        assert!(abandoned > 100, "{order}: {abandoned} minutes");
    }
}

#[test]
fn admission_control_and_load_shedding_reject_their_share() {
    let mut scenario = without_overlay(4);
    scenario.client.retry.fixed = Some("1h".parse().unwrap());
    scenario.servers.login.rate = "1000/s".parse().unwrap();
    scenario.servers.login.admission = share(0.3);
    let minute = first_minute(&scenario);
    let served = minute.served_in_time as f64;
    let admitted = served / (served + minute.rejected as f64);
    assert!((admitted - 0.3).abs() < 0.07, "{admitted}");

    // A server of 10 a second admits 50 of the herd before shedding begins at a wait of 5 s;
    // then it admits a falling share, and none beyond a wait of 20 s.
    scenario.servers.login.admission = share(1.0);
    scenario.servers.login.rate = "10/s".parse().unwrap();
    scenario.servers.login.queue = "20s".parse().unwrap();
    let all = first_minute(&scenario).served_in_time;
    scenario.servers.login.shed_from = Some("5s".parse().unwrap());
    let some = first_minute(&scenario).served_in_time;
    assert!((200..=215).contains(&all), "{all}");
    assert!((120..200).contains(&some), "{some}");
}

#[test]
fn clients_that_heed_retry_after_wait_for_the_requested_time() {
    let mut scenario = without_overlay(4);
    scenario.client.retry.heed_retry_after = true;
    scenario.servers.login.rate = "1/s".parse().unwrap();
    scenario.servers.login.queue = "1s".parse().unwrap();
    scenario.servers.login.retry_after = "10m".parse().unwrap();
    let mut run = simulation(&scenario, 33);
    run.run_until(2 * HOUR + 30).unwrap();
    let attempts = run.totals().attempts;
    run.run_until(2 * HOUR + 590).unwrap();
    // Only clients that start a new session try meanwhile.
    assert!(run.totals().attempts - attempts < 40);
    run.run_until(2 * HOUR + 1_300).unwrap();
    assert!(run.totals().attempts - attempts > 400);
}

#[test]
fn a_gateway_without_lines_loses_every_call_and_affects_no_other_service() {
    let mut scenario = small_network(4);
    let gateway = &mut scenario.servers.gateway;
    gateway.on = true;
    gateway.calls = "0.5/s".parse().unwrap();
    gateway.lines = 1_000;
    scenario.trigger.server = vec![ServerTrouble {
        server: ServerKind::Gateway,
        at: instant(2.0),
        lasts: "1h".parse().unwrap(),
        factor: 0.0,
    }];
    let mut run = simulation(&scenario, 37);
    run.run_until(2 * HOUR).unwrap();
    let before = *run.totals();
    assert_eq!(before.gateway_calls_failed, 0);
    let active = value(&mut run, "gateway_calls_active");
    // Little's law: the call rate of these two hours times the mean length of 180 s.
    let rate = before.gateway_calls as f64 / 7_200.0;
    assert!(
        (active / (rate * 180.0) - 1.0).abs() < 0.5,
        "{active}, {rate}"
    );
    let online = value(&mut run, "online");
    run.run_until(3 * HOUR).unwrap();
    let after = *run.totals();
    assert_eq!(
        after.gateway_calls - before.gateway_calls,
        after.gateway_calls_failed
    );
    assert!(value(&mut run, "online") > 0.8 * online);
}

#[test]
fn contention_takes_the_published_number_of_tries() {
    // Brooker, "Exponential backoff and jitter" (AWS Architecture Blog, fact 9): 1,000 clients
    // contend, one is served a second; base 1 s, cap 100 s.
    let tries = |jitter| {
        let mut scenario = without_overlay(8);
        scenario.population.always_on_share = Share::ALL;
        scenario.population.online_share = Share::ALL;
        scenario.client.impatience.restart_share = Share::NONE;
        scenario.client.retry.fixed = None;
        scenario.client.retry.exponential.base = "1s".parse().unwrap();
        scenario.client.retry.exponential.cap = "100s".parse().unwrap();
        scenario.client.retry.exponential.jitter = jitter;
        scenario.servers.login.rate = "1/s".parse().unwrap();
        scenario.servers.login.queue = "0s".parse().unwrap();
        let mut run = simulation(&scenario, 33);
        run.run_until(2 * HOUR - 1).unwrap();
        let before = run.totals().login_arrivals;
        run.run_until(4 * HOUR).unwrap();
        (run.totals().login_arrivals - before) as f64
    };
    for (jitter, published) in [
        (Jitter::Decorrelated, 19_000.0),
        (Jitter::Full, 16_200.0),
        (Jitter::Equal, 13_400.0),
    ] {
        let tries = tries(jitter);
        // The standard deviation of one run is below 1 %.
        assert!(
            (tries / published - 1.0).abs() < 0.04,
            "{jitter:?}: {tries} of {published}"
        );
    }
}

#[test]
fn machines_that_restart_without_tokens_do_not_stop_a_run() {
    let mut scenario = with_silent_server(48);
    scenario.population.always_on_share = Share::ALL;
    scenario.population.online_share = Share::ALL;
    scenario.population.always_on_uptime = "1h".parse().unwrap();
    scenario.population.restart_min = "1s".parse().unwrap();
    scenario.population.restart_max = "1s".parse().unwrap();
    scenario.client.retry.budget.tokens = 1;
    scenario.client.retry.budget.refill = "7d".parse().unwrap();
    scenario.trigger.server[0].lasts = "46h".parse().unwrap();
    let mut run = simulation(&scenario, 34);
    run.run_until(2 * HOUR - 1).unwrap();
    let before = run.totals().attempts;
    run.run_until(48 * HOUR).unwrap();
    // Each restart is an attempt of its own; no client has a retry before its next token.
    let attempts = (run.totals().attempts - before) as f64 / 1_000.0;
    assert!((45.0..52.0).contains(&attempts), "{attempts}");
}
