//! Each mechanism alone, in a network of 1,000 users.
//!
//! Units: instants in hours after the start, ticks of one second.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{attempt, blank_action, instant, share, simulation, small_network, value};
use patchday_agents::scenario::{
    Action, ActionKind, Gauge, Overload, PatchDay, Scenario, ServerKind, ServerTrouble,
    SupernodeLoss, Version, quantity::Share,
};

const HOUR: u32 = 3_600;

#[test]
fn an_undisturbed_network_stays_at_its_norm() {
    let scenario = small_network(48);
    let mut run = simulation(&scenario, 1);
    for hour in 1..=48 {
        run.run_until(hour * HOUR).unwrap();
        let (online, norm) = (value(&mut run, "online"), value(&mut run, "norm"));
        // Five standard deviations of a sum over as many independent users; that includes
        // the few seconds that logging in takes.
        assert!(
            (online - norm).abs() < 5.0 * norm.sqrt(),
            "{hour}: {online} of {norm}"
        );
    }
    let totals = run.totals();
    assert_eq!((totals.cycles_failed, totals.requests_lost), (0, 0));
    assert_eq!((totals.supernodes_fallen, totals.patch_restarts), (0, 0));
}

#[test]
fn the_patch_restarts_each_running_machine_once_at_the_scheduled_hour() {
    let mut scenario = small_network(60);
    let patch = &mut scenario.trigger.patch_day;
    patch.release = Some(instant(6.0));
    patch.share = Share::ALL;
    patch.by_hand_share = Share::NONE;
    patch.check_in_min = "1h".parse().unwrap();
    patch.check_in_max = "2h".parse().unwrap();
    patch.download_max = "0s".parse().unwrap();
    patch.install_max = "30m".parse().unwrap();
    let mut run = simulation(&scenario, 2);
    run.run_until(26 * HOUR).unwrap();
    assert_eq!(run.totals().patch_restarts, 0);
    // 03:00 UTC, the time of the only region, within the half hour of the installation.
    run.run_until(27 * HOUR).unwrap();
    let (core, before) = (value(&mut run, "supernodes"), *run.totals());
    assert_eq!(before.patch_restarts, 0);
    run.run_until(28 * HOUR).unwrap();
    let first = *run.totals();
    // About 500 machines are always on; few others run in the middle of the night.
    assert!(
        (450..650).contains(&first.patch_restarts),
        "{}",
        first.patch_restarts
    );
    let supernodes = first.supernodes_restarted - before.supernodes_restarted;
    assert_eq!(supernodes as f64, core);
    run.run_until(60 * HOUR).unwrap();
    let rest = run.totals().patch_restarts - first.patch_restarts;
    // A PC that was off at 03:00 may install the patch the next night; none does so twice.
    assert!(rest < 60, "{rest}");
}

#[test]
fn a_patch_with_a_share_of_zero_restarts_nothing() {
    let mut scenario = small_network(60);
    scenario.trigger.patch_day.release = Some(instant(6.0));
    scenario.trigger.patch_day.share = Share::NONE;
    let mut run = simulation(&scenario, 2);
    run.run_until(60 * HOUR).unwrap();
    assert_eq!(run.totals().patch_restarts, 0);
}

/// A patch released at one o'clock that a share of machines fetches within 20 minutes.
fn prompt_patch(scenario: &mut Scenario, taken_by: Share) -> &mut PatchDay {
    let patch = &mut scenario.trigger.patch_day;
    patch.release = Some(instant(1.0));
    patch.share = taken_by;
    patch.by_hand_share = Share::NONE;
    patch.check_in_min = "10m".parse().unwrap();
    patch.check_in_max = "20m".parse().unwrap();
    patch.download_max = "0s".parse().unwrap();
    patch
}

/// A small network that loses all supernodes at night and has no eligible successors.
fn without_supernodes(hours: u32) -> Scenario {
    let mut scenario = small_network(hours);
    prompt_patch(&mut scenario, Share::ALL).scheduled = "3h".parse().unwrap();
    scenario.operator.watch_every = "1m".parse().unwrap();
    scenario
}

#[test]
fn a_lost_core_does_not_recover_by_itself() {
    let mut run = simulation(&without_supernodes(10), 3);
    run.run_until(10 * HOUR).unwrap();
    assert_eq!(value(&mut run, "supernodes"), 0.0);
    assert_eq!(value(&mut run, "online"), 0.0);
    assert!(value(&mut run, "wanting") > 400.0);
}

#[test]
fn forced_supernodes_restore_a_network_without_a_core() {
    let mut scenario = without_supernodes(10);
    scenario.operator.force_supernodes = vec![attempt(6.0, 60.0, 20)];
    let mut run = simulation(&scenario, 3);
    run.run_until(6 * HOUR).unwrap();
    assert_eq!(value(&mut run, "supernodes"), 0.0);
    // The rate is one supernode a minute.
    run.run_until(6 * HOUR + 600).unwrap();
    assert_eq!(value(&mut run, "supernodes_forced"), 10.0);
    run.run_until(10 * HOUR).unwrap();
    assert_eq!(value(&mut run, "supernodes_forced"), 20.0);
    let (online, norm) = (value(&mut run, "online"), value(&mut run, "norm"));
    assert!(online > 0.9 * norm, "{online} of {norm}");
}

#[test]
fn the_operator_does_nothing_without_an_incident() {
    let mut scenario = small_network(10);
    scenario.operator.force_supernodes = vec![attempt(6.0, 60.0, 20)];
    scenario.operator.restart_overlay.at = Some(instant(7.0));
    let mut run = simulation(&scenario, 3);
    run.run_until(10 * HOUR).unwrap();
    assert_eq!(value(&mut run, "supernodes_forced"), 0.0);
    assert_eq!(run.totals().links_lost, 0);
}

#[test]
fn a_restart_of_the_overlay_drops_all_clients_and_they_return() {
    let mut scenario = without_supernodes(12);
    scenario.operator.force_supernodes = vec![attempt(5.0, 600.0, 20)];
    scenario.operator.restart_overlay.at = Some(instant(10.0));
    scenario.operator.restart_overlay.within = "1m".parse().unwrap();
    let mut run = simulation(&scenario, 3);
    run.run_until(10 * HOUR).unwrap();
    let (before, lost) = (value(&mut run, "online"), run.totals().links_lost);
    assert!(before > 400.0);
    run.run_until(10 * HOUR + 70).unwrap();
    let dropped = (run.totals().links_lost - lost) as f64;
    assert!((dropped - before).abs() < 5.0, "{dropped} of {before}");
    run.run_until(11 * HOUR).unwrap();
    let after = value(&mut run, "online");
    assert!(after > 0.9 * before, "{after} of {before}");
}

#[test]
fn the_flaw_suppresses_promotions_and_without_it_the_core_recovers() {
    let lost_core = |flaw: bool| {
        let mut scenario = small_network(30);
        scenario.overlay.promotion.flaw = flaw;
        // Half of the core is lost at night; the other machines stay up.
        prompt_patch(&mut scenario, share(0.5));
        let mut run = simulation(&scenario, 5);
        run.run_until(3 * HOUR).unwrap();
        let before = value(&mut run, "supernodes");
        run.run_until(8 * HOUR).unwrap();
        (
            before,
            value(&mut run, "supernodes"),
            value(&mut run, "supernodes_listed"),
        )
    };
    let (before, after, listed) = lost_core(true);
    assert!(after < 0.75 * before, "{after} of {before}");
    // Lost supernodes are still counted, so no promotion seems necessary.
    assert!(listed >= before, "{listed} of {before}");
    let (before, after, listed) = lost_core(false);
    assert!((after - before).abs() <= 4.0, "{after} of {before}");
    assert_eq!(listed, after);
}

#[test]
fn full_supernodes_refuse_further_leaves() {
    let mut scenario = small_network(14);
    scenario.overlay.supernode.seats = 10;
    let mut run = simulation(&scenario, 6);
    run.run_until(12 * HOUR).unwrap();
    let (supernodes, online) = (value(&mut run, "supernodes"), value(&mut run, "online"));
    assert_eq!(value(&mut run, "leaves_per_supernode_max"), 10.0);
    // Ten leaves for each supernode, and the supernode itself.
    assert!(online <= supernodes * 11.0, "{online} at {supernodes}");
    assert!(run.totals().refused > 0);
}

#[test]
fn slow_login_servers_build_a_queue_and_reject_requests() {
    let mut scenario = small_network(14);
    scenario.servers.login.rate =
        patchday_agents::scenario::quantity::Rate::from_per_second(0.005).unwrap();
    let mut run = simulation(&scenario, 7);
    run.run_until(12 * HOUR).unwrap();
    assert!(run.totals().login_rejected > 0);
    assert!(value(&mut run, "signing_in") > 0.0);
    // Admissions are limited by the rate of the servers, whatever the load.
    assert!(run.totals().login_admitted as f64 <= 0.005 * 12.0 * 3600.0 + 4.0 * 2.0);
}

/// A small network whose clients all crash on late answers, and whose offline-message servers
/// are slow in the hour from two o'clock on.
fn fragile(hours: u32) -> Scenario {
    let mut scenario = small_network(hours);
    scenario.population.version = vec![Version {
        name: "fragile".into(),
        share: Share::ALL,
        host_share: None,
        crash_share: Share::ALL,
    }];
    let servers = &mut scenario.servers.offline_messages;
    servers.on = true;
    servers.rate = "2/s".parse().unwrap();
    servers.contact_every = "15m".parse().unwrap();
    scenario.trigger.server = vec![ServerTrouble {
        server: ServerKind::OfflineMessages,
        at: instant(2.0),
        lasts: "1h".parse().unwrap(),
        factor: 0.1,
    }];
    scenario
}

#[test]
fn clients_crash_at_the_rate_of_their_contacts_with_slow_servers() {
    let mut run = simulation(&fragile(4), 9);
    run.run_until(2 * HOUR).unwrap();
    assert_eq!(run.totals().crashes, 0);
    let online = value(&mut run, "online");
    run.run_until(2 * HOUR + 900).unwrap();
    // After one mean interval, 1 - 1/e of the clients have had a contact. Some restart and
    // crash again; on the other hand the queue needs some time to grow.
    let crashes = run.totals().crashes as f64;
    let once = online * (1.0 - (-1.0_f64).exp());
    assert!(
        crashes > 0.8 * once && crashes < 1.6 * once,
        "{crashes} of {once}"
    );
    // Supernodes crash with their host clients.
    assert!(run.totals().supernodes_crashed > 5);
    run.run_until(4 * HOUR).unwrap();
    let before = run.totals().crashes;
    run.run_until(4 * HOUR + 600).unwrap();
    assert_eq!(run.totals().crashes, before);
}

#[test]
fn switching_the_servers_off_stops_the_crashes() {
    let mut scenario = fragile(4);
    scenario.operator.watch_every = "1m".parse().unwrap();
    scenario.operator.action = vec![Action {
        name: "off".into(),
        deed: ActionKind::OfflineMessagesOff,
        when: Gauge::OfflineMessagesWaitAbove,
        level: 10.0,
        lag: "2m".parse().unwrap(),
        after: "3m".parse().unwrap(),
        ..blank_action()
    }];
    let mut run = simulation(&scenario, 9);
    run.run_until(2 * HOUR + 480).unwrap();
    let crashes = run.totals().crashes;
    assert!(crashes > 0);
    run.run_until(3 * HOUR).unwrap();
    assert_eq!(run.totals().crashes, crashes);
    let notes: Vec<_> = run.notes().iter().map(|(tick, _)| *tick).collect();
    // The operator sees the gauge two minutes late and acts three minutes after the decision.
    let (late, off) = (notes[1], notes[2]);
    assert!((300..=480).contains(&(off - late)), "{notes:?}");
}

#[test]
fn an_overloaded_supernode_that_shuts_down_does_not_crash_its_host() {
    let mut scenario = small_network(6);
    scenario.overlay.supernode.overload = Overload::ShutsDown;
    scenario.overlay.core.supernodes = 4;
    scenario.overlay.supernode.requests = 0.002;
    scenario.overlay.supernode.endurance = "1m".parse().unwrap();
    scenario.overlay.supernode.sturdy_share = Share::NONE;
    let mut run = simulation(&scenario, 10);
    run.run_until(6 * HOUR).unwrap();
    let totals = run.totals();
    assert!(totals.supernodes_shut_down > 0);
    assert_eq!(
        (totals.supernodes_fallen, totals.supernodes_crashed),
        (0, 0)
    );
}

#[test]
fn a_loss_event_removes_its_share_of_the_supernodes() {
    let mut scenario = small_network(4);
    scenario.overlay.core.supernodes = 200;
    scenario.trigger.supernode_loss = vec![SupernodeLoss {
        at: instant(2.0),
        share: share(0.5),
    }];
    let mut run = simulation(&scenario, 11);
    run.run_until(2 * HOUR).unwrap();
    let before = value(&mut run, "supernodes");
    run.run_until(2 * HOUR + 10).unwrap();
    let lost = before - value(&mut run, "supernodes");
    // Four standard deviations of a binomial distribution with probability one half.
    assert!(
        (lost - before / 2.0).abs() < 2.0 * before.sqrt(),
        "{lost} of {before}"
    );
}
