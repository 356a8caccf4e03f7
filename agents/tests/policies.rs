//! Policies of clients and servers, and strikes, on a village without an overlay.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{instant, share, simulation, small_network, value, without_overlay};
use patchday_agents::{
    Simulation,
    scenario::{Order, Scenario, ServerKind, ServerTrouble},
};

const HOUR: u32 = 3_600;

/// The same, but from two o'clock on the server does not answer.
fn silent(hours: u32) -> Scenario {
    let mut scenario = without_overlay(hours);
    scenario.trigger.server = vec![ServerTrouble {
        server: ServerKind::Login,
        at: instant(2.0),
        lasts: "10h".parse().unwrap(),
        factor: 0.0,
    }];
    scenario
}

/// Tries of each client in the hour from two o'clock on.
fn tries_in_an_hour(scenario: &Scenario) -> f64 {
    let mut run = simulation(scenario, 31);
    run.run_until(2 * HOUR - 1).unwrap();
    let (clients, before) = (value(&mut run, "online"), run.totals().attempts);
    run.run_until(3 * HOUR).unwrap();
    assert_eq!(value(&mut run, "online"), 0.0);
    (run.totals().attempts - before) as f64 / clients
}

#[test]
fn a_fixed_pause_makes_as_many_tries_as_fit() {
    // A try takes 20 s of waiting and two ticks of travel, a pause 10 s.
    let tries = tries_in_an_hour(&silent(4));
    let expected = 3_600.0 / 31.0;
    // A few come in meanwhile, whose hour is shorter.
    assert!(
        (tries / expected - 1.0).abs() < 0.05,
        "{tries} of {expected}"
    );
}

#[test]
fn a_breaker_opens_after_its_failures() {
    let mut scenario = silent(4);
    scenario.client.retry.breaker.failures = 3;
    scenario.client.retry.breaker.open = "10m".parse().unwrap();
    // Three tries in a row, then one every 10 min and 21 s: 3 + (3,600 - 83) / 621.
    let tries = tries_in_an_hour(&scenario);
    assert!((tries - 8.4).abs() < 0.7, "{tries}");
}

#[test]
fn a_budget_lets_its_tokens_through_and_then_its_rate() {
    let mut scenario = silent(4);
    scenario.client.retry.budget.tokens = 4;
    scenario.client.retry.budget.refill = "10m".parse().unwrap();
    // The first try is free, four tokens at once, six more in the hour.
    let tries = tries_in_an_hour(&scenario);
    assert!((tries - 10.5).abs() < 1.0, "{tries}");
}

#[test]
fn who_gives_up_is_gone_until_the_next_session() {
    let mut scenario = silent(4);
    scenario.population.always_on_share = share(0.0);
    scenario.client.retry.give_up = 3;
    let mut run = simulation(&scenario, 31);
    run.run_until(2 * HOUR - 1).unwrap();
    let online = value(&mut run, "online");
    run.run_until(2 * HOUR + 600).unwrap();
    let gone = run.totals().given_up as f64;
    // But for the few whose session ended meanwhile, and those who came.
    assert!((gone - online).abs() < 20.0, "{gone} of {online}");
    assert!(value(&mut run, "wanting") < 10.0);
}

/// Served in time within the first minute after two o'clock, and turned away.
fn first_minute(scenario: &Scenario) -> (u64, u64) {
    let mut run: Simulation = simulation(scenario, 32);
    run.run_until(2 * HOUR - 1).unwrap();
    let before = *run.totals();
    run.run_until(2 * HOUR + 60).unwrap();
    let after = run.totals();
    let served = after.login_served - before.login_served;
    (served, after.login_rejected - before.login_rejected)
}

#[test]
fn the_newest_first_wastes_less_work_on_a_herd() {
    let served = |order, wasted_work| {
        let mut scenario = without_overlay(4);
        scenario.servers.login.rate = "2/s".parse().unwrap();
        scenario.servers.login.queue = "1h".parse().unwrap();
        scenario.servers.login.order = order;
        scenario.servers.login.wasted_work = wasted_work;
        first_minute(&scenario).0
    };
    // Two a second for as long as anybody waits who has not gone: the first 20 s. All
    // come again after 31 s; then the oldest first serves those who have gone, and the
    // others serve for 20 s more.
    let oldest = served(Order::Fifo, true);
    assert!((38..=44).contains(&oldest), "{oldest}");
    for best in [served(Order::Lifo, true), served(Order::Fifo, false)] {
        assert!((74..=88).contains(&best), "{best}");
    }
}

#[test]
fn a_server_of_the_newest_first_works_again_after_it_stood_still() {
    let mut scenario = without_overlay(5);
    scenario.servers.login.rate = "2/s".parse().unwrap();
    scenario.servers.login.queue = "1h".parse().unwrap();
    scenario.servers.login.order = Order::Lifo;
    // It stops half a minute into the herd, with all of its places taken.
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
    // Five standard deviations of as many independent users.
    assert!(
        (online - norm).abs() < 5.0 * norm.sqrt(),
        "{online} of {norm}"
    );
}

#[test]
fn a_log_in_that_nobody_waits_for_has_an_outcome_too() {
    // Sessions end while their log-ins wait for an hour; in the end all are answered.
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
            // Those whose client has gone are answered, too, but later.
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
fn admission_and_shedding_turn_their_share_away() {
    let mut scenario = without_overlay(4);
    scenario.client.retry.fixed = Some("1h".parse().unwrap());
    scenario.servers.login.rate = "1000/s".parse().unwrap();
    scenario.servers.login.admission = share(0.3);
    let (served, rejected) = first_minute(&scenario);
    let let_in = served as f64 / (served + rejected) as f64;
    assert!((let_in - 0.3).abs() < 0.07, "{let_in}");

    // Of a herd at a server of 10 a second, 50 fit before shedding begins at 5 s; then
    // fewer and fewer are let in, and none beyond 20 s.
    scenario.servers.login.admission = share(1.0);
    scenario.servers.login.rate = "10/s".parse().unwrap();
    scenario.servers.login.queue = "20s".parse().unwrap();
    let (all, _) = first_minute(&scenario);
    scenario.servers.login.shed_from = Some("5s".parse().unwrap());
    let (some, _) = first_minute(&scenario);
    assert!((200..=215).contains(&all), "{all}");
    assert!((120..=195).contains(&some), "{some}");
}

#[test]
fn clients_that_heed_stay_away_as_long_as_they_are_asked_to() {
    let mut scenario = without_overlay(4);
    scenario.client.retry.heed_retry_after = true;
    scenario.servers.login.rate = "1/s".parse().unwrap();
    scenario.servers.login.queue = "1s".parse().unwrap();
    scenario.servers.login.retry_after = "10m".parse().unwrap();
    let mut run = simulation(&scenario, 33);
    run.run_until(2 * HOUR + 30).unwrap();
    let tried = run.totals().attempts;
    run.run_until(2 * HOUR + 590).unwrap();
    // Only those who come by themselves.
    assert!(run.totals().attempts - tried < 40);
    run.run_until(2 * HOUR + 1_300).unwrap();
    assert!(run.totals().attempts - tried > 400);
}

#[test]
fn a_gateway_without_lines_loses_every_call_and_nobody_else_notices() {
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
    // Little's law: the rate of that hour times the mean length of 180 s.
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
