//! Calls: each is counted once, and the shares that are set up, lost and dropped agree with
//! closed forms.
//!
//! Units: instants in hours after the start, ticks of one second.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{blank_action, cut_down, instant, share, simulation, small_network, value};
use patchday_agents::{
    CallLeg, Counters, Phase, Stage,
    scenario::{
        ActionKind, ConfigurationPush, PatchDay, PowerCut, Region, Scenario, quantity::Share,
    },
};

const HOUR: u32 = 3_600;

/// A small network of `users` that are always on, a share `busy` of them in calls.
fn with_calls(users: u64, busy: f64, hours: u32) -> Scenario {
    let mut scenario = small_network(hours);
    scenario.population.users = users;
    scenario.population.always_on_share = Share::ALL;
    scenario.client.calls.busy_share = share(busy);
    scenario.client.calls.relayed_share = Share::NONE;
    scenario
}

/// The number of calls wanted that have no outcome yet.
fn open(totals: &Counters) -> u64 {
    let known = totals.calls + totals.calls_missed + totals.calls_failed + totals.calls_engaged;
    totals.calls_wanted - known
}

#[test]
fn calls_occupy_the_configured_share_of_users() {
    for busy in [0.05, 0.2] {
        let scenario = with_calls(2_000, busy, 30);
        let mut run = simulation(&scenario, 8);
        let (mut active, mut online) = (0.0, 0.0);
        for minute in 6 * 60..30 * 60 {
            run.run_until(minute * 60).unwrap();
            active += value(&mut run, "calls_active");
            online += value(&mut run, "online");
        }
        // Each call occupies two users. 24 h are some 160 mean lengths of 50 calls or more: a
        // relative standard error of 2 %. Set-up and restarts change it by less than that.
        let measured = 2.0 * active / online;
        assert!((measured / busy - 1.0).abs() < 0.06, "{busy}: {measured}");
        // The called user is engaged with probability `busy`, and calls fail for no other reason.
        let totals = run.totals();
        let engaged = totals.calls_engaged as f64 / totals.calls_wanted as f64;
        assert!((engaged / busy - 1.0).abs() < 0.2, "{engaged}");
        assert!(totals.calls_failed * 500 < totals.calls_wanted);
        // A machine restarts only every 20 days.
        assert!(totals.calls_missed * 500 < totals.calls_wanted);
    }
}

#[test]
fn every_call_wanted_has_one_outcome_and_every_call_answered_one_end() {
    let mut scenario = cut_down(200_000, 60);
    scenario.trigger.patch_day = PatchDay {
        release: Some(instant(1.0)),
        share: Share::ALL,
        ..scenario.trigger.patch_day
    };
    scenario.overlay.supernode.seats = 330;
    scenario.client.calls.video_share = share(0.4);
    scenario.client.calls.relayed_share = share(0.5);
    scenario.servers.group_video.on = true;
    let mut run = simulation(&scenario, 3);
    for hour in 1..=60 {
        run.run_until(hour * HOUR).unwrap();
        let totals = *run.totals();
        let legs = run.link_audit().call_legs;
        let setting_up = |line: &&CallLeg| line.caller && line.stage != Stage::Talking;
        let setting_up = legs.iter().filter(setting_up).count() as u64;
        assert_eq!(open(&totals), setting_up, "hour {hour}");
        let active: u64 = run.gauges().talking.iter().sum();
        assert_eq!(
            totals.calls,
            totals.calls_ended + totals.calls_dropped + active
        );
        assert_eq!(run.gauges(), run.recounted_gauges());
    }
    let totals = run.totals();
    for (what, count) in [
        ("missed", totals.calls_missed),
        ("failed", totals.calls_failed),
        ("dropped", totals.calls_dropped),
        ("engaged", totals.calls_engaged),
    ] {
        assert!(count > 20, "{what}: {count}");
    }
    // Lost calls would have had the mean length: 12 min for 40 % of them, 9 min for the others.
    let lost = totals.calls_missed + totals.calls_failed;
    let mean = totals.call_seconds_lost as f64 / (lost + totals.calls_dropped) as f64;
    assert!((mean / 612.0 - 1.0).abs() < 0.1, "{mean}");
}

#[test]
fn a_power_cut_at_both_ends_drops_a_call_once() {
    let mut scenario = with_calls(2_000, 0.3, 4);
    scenario.trigger.power_cut = vec![PowerCut {
        at: instant(2.0),
        lasts: "30m".parse().unwrap(),
        back_within: "1m".parse().unwrap(),
        regions: Vec::new(),
    }];
    let mut run = simulation(&scenario, 4);
    run.run_until(2 * HOUR).unwrap();
    let (before, active) = (
        *run.totals(),
        run.gauges().talking[0] + run.gauges().talking[1],
    );
    run.run_until(2 * HOUR + 60).unwrap();
    let after = *run.totals();
    assert!(active > 200, "{active}");
    // A few calls may have been set up in the second of the cut.
    let dropped = after.calls_dropped - before.calls_dropped;
    let ended = after.calls_ended - before.calls_ended;
    assert!(
        (active..active + 4).contains(&(dropped + ended)),
        "{dropped}, {ended} of {active}"
    );
    assert_eq!(run.gauges().talking, [0; 3]);
    // All calls wanted during the cut are missed.
    run.run_until(2 * HOUR + 1_700).unwrap();
    let missed = run.totals().calls_missed - after.calls_missed;
    assert_eq!(missed, run.totals().calls_wanted - after.calls_wanted);
    assert!(missed > 100, "{missed}");
}

/// The share of calls that drop when half of all machines stop at one moment, and the number of
/// calls before that.
fn dropped_when_half_stop(relayed: f64) -> (f64, u64) {
    let mut scenario = with_calls(6_000, 0.3, 4);
    scenario.overlay.core.supernodes = 200;
    scenario.overlay.relay.calls = 50;
    scenario.client.calls.relayed_share = share(relayed);
    let here = scenario.population.region[0].clone();
    let half = |name: &str| Region {
        name: name.into(),
        share: share(0.5),
        ..here.clone()
    };
    scenario.population.region = vec![half("here"), half("there")];
    scenario.trigger.configuration_push = vec![ConfigurationPush {
        at: instant(2.0),
        share: Share::ALL,
        within: "1s".parse().unwrap(),
        repair_min: "1h".parse().unwrap(),
        repair_max: "1h".parse().unwrap(),
        regions: vec!["there".into()],
    }];
    let mut run = simulation(&scenario, 5);
    run.run_until(2 * HOUR).unwrap();
    let (before, active) = (
        *run.totals(),
        run.gauges().talking[0] + run.gauges().talking[1],
    );
    run.run_until(2 * HOUR + 30).unwrap();
    let dropped = run.totals().calls_dropped - before.calls_dropped;
    (dropped as f64 / active as f64, active)
}

#[test]
fn a_call_drops_if_either_end_or_its_relay_stops() {
    // The halves are independent: one in four calls has both ends in the running half, one in
    // eight its relay as well. With some hundreds of calls three standard errors are 5 %; some
    // 3 % end by themselves before the failure is noticed.
    for (relayed, lost) in [(0.0, 3.0 / 4.0), (1.0, 7.0 / 8.0)] {
        let (dropped, active) = dropped_when_half_stop(relayed);
        assert!(active > 500, "{active}");
        assert!(
            (dropped - lost).abs() < 0.06,
            "{relayed}: {dropped}, not {lost}"
        );
    }
}

#[test]
fn relays_carry_at_most_their_capacity_and_supernodes_carry_no_calls() {
    // 20 of 300 machines are supernodes: 280 relays for one call each, where half of all users
    // in calls would need 75.
    let mut scenario = with_calls(300, 0.4, 12);
    scenario.overlay.relay.calls = 1;
    scenario.client.calls.relayed_share = Share::ALL;
    let mut plenty = simulation(&scenario, 6);
    plenty.run_until(12 * HOUR).unwrap();
    let totals = *plenty.totals();
    assert!(totals.calls > 500, "{}", totals.calls);
    assert!(
        totals.calls_failed * 20 < totals.calls_wanted,
        "{}",
        totals.calls_failed
    );
    // 285 of 300 machines are supernodes: few relays remain, for one call each.
    scenario.overlay.core.supernodes = 285;
    scenario.overlay.promotion.flaw = false;
    let mut few = simulation(&scenario, 6);
    for minute in 1..=720 {
        few.run_until(minute * 60).unwrap();
        let supernodes = value(&mut few, "supernodes");
        let active = value(&mut few, "calls_active");
        // A relay that becomes a supernode keeps the calls that it carries.
        assert!(active <= 300.0 - supernodes + 3.0, "{active}, {supernodes}");
    }
    let totals = few.totals();
    assert!(
        totals.calls_failed * 4 > totals.calls_wanted,
        "{}",
        totals.calls_failed
    );
}

/// Erlang's loss formula.
fn erlang(offered: f64, lines: u32) -> f64 {
    (1..=lines).fold(1.0, |blocked, n| {
        offered * blocked / (f64::from(n) + offered * blocked)
    })
}

/// A network with group calls only, on servers with capacity for `calls` at a time.
fn with_group_calls(calls: u64, hours: u32) -> Scenario {
    let mut scenario = with_calls(2_000, 0.02, hours);
    scenario.client.calls.video_share = Share::ALL;
    scenario.client.calls.group_share = Share::ALL;
    scenario.servers.group_video.on = true;
    scenario.servers.group_video.calls = calls;
    scenario
}

#[test]
fn the_loss_of_group_calls_follows_erlangs_formula() {
    let scenario = with_group_calls(18, 120);
    let mut run = simulation(&scenario, 7);
    run.run_until(6 * HOUR).unwrap();
    let before = *run.totals();
    run.run_until(120 * HOUR).unwrap();
    let after = *run.totals();
    let wanted = (after.calls_wanted - before.calls_wanted) as f64;
    let lost = (after.calls_failed - before.calls_failed) as f64 / wanted;
    // The offered load: all calls wanted, with a mean length of 12 min.
    let offered = wanted * 720.0 / (114.0 * 3_600.0);
    let theory = erlang(offered, 18);
    // Some 10,000 calls, correlated over one length, give a standard error of 4 % of the loss.
    // Users in a group call start no other, which reduces the offered load by as much.
    assert!(wanted > 8_000.0, "{wanted}");
    assert!((lost / theory - 1.0).abs() < 0.2, "{lost}, not {theory}");
    assert_eq!(after.calls_engaged, 0);
    assert!(run.gauges().talking[2] <= 18);
}

#[test]
fn group_calls_drop_while_their_servers_are_switched_off() {
    let mut scenario = with_group_calls(1_000, 6);
    scenario.operator.watch_every = "1m".parse().unwrap();
    let action = |deed, hour| {
        let mut action = blank_action();
        action.deed = deed;
        action.not_before = Some(instant(hour));
        action
    };
    scenario.operator.action = vec![
        action(ActionKind::GroupVideoOff, 2.0),
        action(ActionKind::GroupVideoOn, 4.0),
    ];
    let mut run = simulation(&scenario, 8);
    run.run_until(2 * HOUR).unwrap();
    let (before, active) = (*run.totals(), run.gauges().talking[2]);
    run.run_until(2 * HOUR + 30).unwrap();
    let dropped = run.totals().calls_dropped - before.calls_dropped;
    assert!(
        active > 10 && dropped.abs_diff(active) <= 1,
        "{dropped} of {active}"
    );
    run.run_until(4 * HOUR).unwrap();
    assert_eq!(run.gauges().talking[2], 0);
    assert_eq!(run.totals().calls, before.calls);
    run.run_until(6 * HOUR).unwrap();
    assert!(run.gauges().talking[2] > 10);
}

#[test]
fn calls_to_and_from_users_who_are_not_signed_in_fail() {
    // A third of all users cannot log in: both ends can with probability 4/9.
    let mut scenario = with_calls(3_000, 0.1, 8);
    scenario.trigger.configuration_push = vec![ConfigurationPush {
        at: instant(1.0),
        share: share(1.0 / 3.0),
        within: "1s".parse().unwrap(),
        repair_min: "2d".parse().unwrap(),
        repair_max: "2d".parse().unwrap(),
        regions: Vec::new(),
    }];
    let mut run = simulation(&scenario, 9);
    run.run_until(2 * HOUR).unwrap();
    let before = *run.totals();
    run.run_until(8 * HOUR).unwrap();
    let after = *run.totals();
    let part = |count: fn(&Counters) -> u64| {
        (count(&after) - count(&before)) as f64 / (after.calls_wanted - before.calls_wanted) as f64
    };
    let wanted = after.calls_wanted - before.calls_wanted;
    assert!(wanted > 3_000, "{wanted}");
    // The share of users who are affected. A user in a call wants no other, and of those who are not
    // affected some 7 % are in one: a tenth, less those whose callee is affected.
    let affected = run.gauges().phases[Phase::Booting as usize] as f64 / 3_000.0;
    assert!((affected - 1.0 / 3.0).abs() < 0.03, "{affected}");
    let wanting = affected + (1.0 - affected) * 0.93;
    // Four standard errors of so many calls, and the share in a call.
    let missed = part(|totals| totals.calls_missed);
    assert!(
        (missed - affected / wanting).abs() < 0.03,
        "{missed} of {wanted}"
    );
    let failed = part(|totals| totals.calls_failed);
    assert!(
        (failed - (1.0 - missed) * affected).abs() < 0.02,
        "{failed} of {wanted}"
    );
}
