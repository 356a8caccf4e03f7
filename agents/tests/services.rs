//! Services other than login and calls: offline messages, the control panel, updates to a
//! fixed version.
//!
//! Units: instants in hours after the start, ticks of one second.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{blank_action, instant, share, simulation, small_network, value};
use patchday_agents::scenario::{
    ActionKind, Scenario, ServerKind, ServerTrouble, Version,
    quantity::{Rate, Share},
};

const HOUR: u32 = 3_600;

/// A small network whose users leave messages for users who are offline.
fn with_offline_messages(hours: u32) -> Scenario {
    let mut scenario = small_network(hours);
    let servers = &mut scenario.servers.offline_messages;
    servers.on = true;
    servers.rate = Rate::from_per_second(100.0).unwrap();
    servers.contact_every = "1m".parse().unwrap();
    servers.store_share = share(0.5);
    scenario
}

#[test]
fn offline_messages_are_held_until_they_are_fetched() {
    let scenario = with_offline_messages(10 * 24);
    let mut run = simulation(&scenario, 1);
    let (mut held, mut samples) = (0.0, 0.0);
    run.run_until(4 * 24 * HOUR).unwrap();
    let before = *run.totals();
    for hour in 4 * 24 + 1..=9 * 24 {
        run.run_until(hour * HOUR).unwrap();
        held += value(&mut run, "messages_held");
        samples += 1.0;
        let totals = *run.totals();
        assert_eq!(
            value(&mut run, "messages_held") as u64,
            totals.messages_stored - totals.messages_delivered,
        );
        assert_eq!(totals.messages_refused, 0);
    }
    let after = *run.totals();
    // Each online user contacts the servers once a minute, and half of the contacts leave one.
    let stored = (after.messages_stored - before.messages_stored) as f64;
    assert!(stored > 1e6, "{stored}");
    // Little's law: messages held = delivery rate * mean time until delivery. Every offline user
    // is equally likely to log in next, so that time is the number of offline users divided by
    // logins a second.
    let delivered = (after.messages_delivered - before.messages_delivered) as f64;
    let seconds = samples * 3_600.0;
    assert!(
        (delivered / stored - 1.0).abs() < 0.15,
        "{delivered} of {stored}"
    );
    let mean_time = held / samples / (delivered / seconds);
    let sessions = (after.sessions - before.sessions) as f64;
    let least_offline = 1_000.0 * 0.3;
    // The bounds use the smallest and the largest number of offline users.
    let time = |offline: f64| offline * seconds / sessions;
    assert!(
        mean_time > time(least_offline) * 0.9 && mean_time < time(500.0) * 1.2,
        "{mean_time}"
    );
}

#[test]
fn offline_messages_are_refused_while_their_servers_are_down_or_off() {
    let mut scenario = with_offline_messages(8);
    scenario.trigger.server = vec![ServerTrouble {
        server: ServerKind::OfflineMessages,
        at: instant(2.0),
        lasts: "1h".parse().unwrap(),
        factor: 0.0,
    }];
    scenario.operator.watch_every = "1m".parse().unwrap();
    let mut off = blank_action();
    off.deed = ActionKind::OfflineMessagesOff;
    off.not_before = Some(instant(5.0));
    scenario.operator.action = vec![off];
    let mut run = simulation(&scenario, 2);
    let mut at = |hour: u32| {
        run.run_until(hour * HOUR).unwrap();
        let totals = run.totals();
        (
            totals.messages_stored,
            totals.messages_refused,
            totals.messages_delivered,
        )
    };
    let calm = at(2);
    assert!(calm.0 > 10_000 && calm.1 == 0, "{calm:?}");
    let down = at(3);
    assert!(down.0 - calm.0 < 20 && down.1 > 10_000, "{down:?}");
    // Servers that do not answer deliver no messages.
    assert!(down.2 - calm.2 < 20, "{down:?}");
    let (again, on) = (at(4), at(5));
    assert!(on.1 == again.1 && on.0 > again.0);
    let (gone, end) = (at(6), at(8));
    assert!(gone.0 - on.0 < 500 && end.0 == gone.0, "{end:?}");
    assert!(end.1 > gone.1 + 10_000 && end.2 == gone.2);
}

#[test]
fn the_control_panel_does_not_depend_on_sign_in() {
    let mut scenario = small_network(6);
    let manager = &mut scenario.servers.manager;
    manager.on = true;
    manager.requests = "2/s".parse().unwrap();
    manager.lines = 100;
    // Without login servers the panel still works; it fails when its own lines fail.
    scenario.trigger.server = [
        (ServerKind::Login, 1.0, "5h"),
        (ServerKind::Manager, 4.0, "1h"),
    ]
    .map(|(server, at, lasts)| ServerTrouble {
        server,
        at: instant(at),
        lasts: lasts.parse().unwrap(),
        factor: 0.0,
    })
    .to_vec();
    let mut run = simulation(&scenario, 3);
    run.run_until(4 * HOUR).unwrap();
    let before = *run.totals();
    assert!(
        before.manager_requests > 10_000,
        "{}",
        before.manager_requests
    );
    assert_eq!(before.manager_requests_failed, 0);
    run.run_until(5 * HOUR).unwrap();
    let after = *run.totals();
    let (came, failed) = (
        after.manager_requests - before.manager_requests,
        after.manager_requests_failed - before.manager_requests_failed,
    );
    // All requests fail except those that fill the waiting places.
    assert_eq!(failed, came - scenario.servers.manager.places);
}

/// The number of crashes in an hour of late answers, ten hours after a fixed version was
/// released, if a share `updating` of the clients update themselves.
fn crashes_with_updates(updating: f64) -> u64 {
    let mut scenario = with_offline_messages(12);
    scenario.population.always_on_share = Share::ALL;
    scenario.population.version = vec![Version {
        name: "fragile".into(),
        share: Share::ALL,
        host_share: None,
        crash_share: Share::ALL,
    }];
    scenario.client.crash.update_share = share(updating);
    scenario.client.crash.update_mean = "1h".parse().unwrap();
    scenario.client.crash.fix_share = Share::NONE;
    scenario.client.crash.restart_min = "1d".parse().unwrap();
    scenario.client.crash.restart_max = "1d".parse().unwrap();
    scenario.operator.watch_every = "1m".parse().unwrap();
    let mut fix = blank_action();
    fix.deed = ActionKind::ShipFix;
    scenario.operator.action = vec![fix];
    scenario.trigger.server = vec![ServerTrouble {
        server: ServerKind::OfflineMessages,
        at: instant(10.0),
        lasts: "1h".parse().unwrap(),
        factor: 0.05,
    }];
    let mut run = simulation(&scenario, 4);
    run.run_until(11 * HOUR).unwrap();
    run.totals().crashes
}

#[test]
fn clients_that_update_themselves_do_not_crash_after_a_fix() {
    // After ten mean intervals all but e^-10 of the updating clients have the fix.
    let all = crashes_with_updates(0.0);
    assert!(all > 900, "{all}");
    let half = crashes_with_updates(0.5);
    assert!(half.abs_diff(all / 2) < 50, "{half} of {all}");
    assert!(crashes_with_updates(1.0) < 5);
}
