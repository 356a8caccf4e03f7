//! Services beside sign-in and calls: messages for users who are away, the control
//! panel, fixed versions.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{blank_action, instant, share, simulation, small_network, value};
use patchday_agents::scenario::{
    Deed, Scenario, ServerKind, ServerTrouble, Version,
    quantity::{Rate, Share},
};

const HOUR: u32 = 3_600;

/// A village whose users leave messages for each other.
fn writing(hours: u32) -> Scenario {
    let mut scenario = small_network(hours);
    let servers = &mut scenario.servers.offline_messages;
    servers.on = true;
    servers.rate = Rate::from_per_second(100.0).unwrap();
    servers.contact_every = "1m".parse().unwrap();
    servers.store_share = share(0.5);
    scenario
}

#[test]
fn messages_are_kept_until_they_are_fetched() {
    let scenario = writing(10 * 24);
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
    // Half of the contacts, one a minute of each user online.
    let stored = (after.messages_stored - before.messages_stored) as f64;
    assert!(stored > 1e6, "{stored}");
    // Little's law: held = rate * mean time away. A user away is as likely as any other to
    // be the next to sign in, so that time is those away over sign-ins a second.
    let delivered = (after.messages_delivered - before.messages_delivered) as f64;
    let seconds = samples * 3_600.0;
    assert!(
        (delivered / stored - 1.0).abs() < 0.15,
        "{delivered} of {stored}"
    );
    let mean_time = held / samples / (delivered / seconds);
    let sessions = (after.sessions - before.sessions) as f64;
    let least_away = 1_000.0 * 0.3;
    // Between the fewest and the most who are ever away.
    let time = |away: f64| away * seconds / sessions;
    assert!(
        mean_time > time(least_away) * 0.9 && mean_time < time(500.0) * 1.2,
        "{mean_time}"
    );
}

#[test]
fn messages_cannot_be_left_while_the_servers_stand_still_or_are_off() {
    let mut scenario = writing(8);
    scenario.trigger.server = vec![ServerTrouble {
        server: ServerKind::OfflineMessages,
        at: instant(2.0),
        lasts: "1h".parse().unwrap(),
        factor: 0.0,
    }];
    scenario.operator.watch_every = "1m".parse().unwrap();
    let mut off = blank_action();
    off.deed = Deed::OfflineMessagesOff;
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
    let stands = at(3);
    assert!(stands.0 - calm.0 < 20 && stands.1 > 10_000, "{stands:?}");
    // Nothing is fetched from servers that do not answer.
    assert!(stands.2 - calm.2 < 20, "{stands:?}");
    let (again, on) = (at(4), at(5));
    assert!(on.1 == again.1 && on.0 > again.0);
    let (gone, end) = (at(6), at(8));
    assert!(gone.0 - on.0 < 500 && end.0 == gone.0, "{end:?}");
    assert!(end.1 > gone.1 + 10_000 && end.2 == gone.2);
}

#[test]
fn the_control_panel_is_a_station_of_its_own() {
    let mut scenario = small_network(6);
    let manager = &mut scenario.servers.manager;
    manager.on = true;
    manager.requests = "2/s".parse().unwrap();
    manager.lines = 100;
    // Nobody can sign in any more, and the panel goes on; then its own lines go.
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
    // Those that wait for a line fill the places once.
    assert_eq!(failed, came - scenario.servers.manager.places);
}

/// Crashes in an hour of late answers, some time after a fixed version came out, of
/// clients that update themselves with this chance.
fn crashes_with_updates(updating: f64) -> u64 {
    let mut scenario = writing(12);
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
    fix.deed = Deed::ShipFix;
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
fn a_fixed_version_rolls_out_by_itself() {
    // After ten mean times all but e^-10 of those that update have it.
    let all = crashes_with_updates(0.0);
    assert!(all > 900, "{all}");
    let half = crashes_with_updates(0.5);
    assert!(half.abs_diff(all / 2) < 50, "{half} of {all}");
    assert!(crashes_with_updates(1.0) < 5);
}
