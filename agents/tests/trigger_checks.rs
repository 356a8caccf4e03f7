//! Warnings and errors about triggers, regions and actions of the operator, and actions before an
//! incident.
//!
//! Units: instants in hours after the start.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{attempt, blank_action, instant, simulation, small_network, without_overlay};
use patchday_agents::{
    Note,
    scenario::{
        ActionKind, LoginFlood, PowerCut, Scenario, ServerKind, ServerTrouble, SignOut,
        TrafficPeak,
        parameter::{Check, Severity},
    },
};

/// Returns the remarks about keys that begin with `path`, as lines.
fn remarks(scenario: &Scenario, path: &str) -> Vec<String> {
    let all = scenario.check().into_iter();
    all.filter(|one| one.path.starts_with(path))
        .map(|one| {
            let severity = match one.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            format!("{severity}: {} {}", one.path, one.message)
        })
        .collect()
}

fn trouble(server: ServerKind, at: f64, factor: f64) -> ServerTrouble {
    ServerTrouble {
        server,
        at: instant(at),
        lasts: "1h".parse().unwrap(),
        factor,
    }
}

#[test]
fn triggers_outside_the_run_are_warned_of() {
    let mut scenario = without_overlay(4);
    scenario.trigger.server = vec![
        trouble(ServerKind::Login, 1.0, 0.5),
        trouble(ServerKind::Login, -0.5, 0.5),
        trouble(ServerKind::Login, -1.0, 0.5),
        trouble(ServerKind::Login, 4.0, 0.5),
    ];
    let sign_out = |at, within: &str| SignOut {
        at: instant(at),
        share: common::share(1.0),
        within: within.parse().unwrap(),
        regions: Vec::new(),
    };
    scenario.trigger.sign_out = vec![sign_out(-1.0, "10s"), sign_out(-1.0, "2h")];
    scenario.trigger.power_cut = vec![PowerCut {
        at: instant(9.0),
        lasts: "1h".parse().unwrap(),
        back_within: "5m".parse().unwrap(),
        regions: Vec::new(),
    }];
    let acts = "is before the start of the run: this trigger acts from the start until it ends";
    let ended = "is before the start of the run, and so is its end: this trigger has no effect";
    let after = "is not before the end of the run: this trigger has no effect";
    assert_eq!(
        remarks(&scenario, "trigger"),
        [
            format!("warning: trigger.server.1.at {acts}"),
            format!("warning: trigger.server.2.at {ended}"),
            format!("warning: trigger.server.3.at {after}"),
            format!("warning: trigger.sign_out.0.at {ended}"),
            format!("warning: trigger.sign_out.1.at {acts}"),
            format!("warning: trigger.power_cut.0.at {after}"),
        ]
    );
}

#[test]
fn triggers_and_actions_without_effect_are_warned_of() {
    let mut scenario = without_overlay(4);
    scenario.trigger.server = vec![
        trouble(ServerKind::Login, 1.0, 1.0),
        trouble(ServerKind::Gateway, 1.0, 0.5),
    ];
    scenario.trigger.login_flood = vec![LoginFlood {
        at: instant(1.0),
        lasts: "1h".parse().unwrap(),
        rate: "0/s".parse().unwrap(),
    }];
    scenario.trigger.traffic_peak = vec![TrafficPeak {
        at: instant(1.0),
        lasts: "1h".parse().unwrap(),
        factor: 2.0,
    }];
    let off = |key: &str| format!("is without effect, because {key} = false");
    assert_eq!(
        remarks(&scenario, "trigger"),
        [
            "warning: trigger.server.0.factor changes nothing".to_owned(),
            format!(
                "warning: trigger.server.1.server {}",
                off("servers.gateway.on")
            ),
            format!(
                "warning: trigger.traffic_peak.0.factor {}",
                off("servers.offline_messages.on")
            ),
            "warning: trigger.login_flood.0.rate has no logins".to_owned(),
        ]
    );
    let deeds = [
        (ActionKind::AddSupernodes, "deed", "overlay.enabled"),
        (ActionKind::Retune, "deed", "overlay.enabled"),
        (ActionKind::GroupVideoOff, "deed", "servers.group_video.on"),
        (
            ActionKind::OfflineMessagesOn,
            "deed",
            "servers.offline_messages.on",
        ),
    ];
    for (deed, key, switch) in deeds {
        let mut action = blank_action();
        action.deed = deed;
        scenario.operator.action = vec![action];
        let expected = format!("warning: operator.action.0.{key} {}", off(switch));
        assert_eq!(remarks(&scenario, "operator"), [expected], "{deed}");
    }
    let mut with_overlay = small_network(4);
    with_overlay.operator.action = vec![blank_action()];
    with_overlay.operator.action[0].deed = ActionKind::AddSupernodes;
    with_overlay.operator.force_supernodes = vec![attempt(1.0, 60.0, 0)];
    assert_eq!(
        remarks(&with_overlay, "operator"),
        [
            "warning: operator.force_supernodes.0.count adds no machine",
            "warning: operator.action.0.count adds no machine",
        ]
    );
}

#[test]
fn two_regions_of_one_name_and_too_many_entries_are_errors() {
    let mut scenario = without_overlay(4);
    let mut other = scenario.population.region[0].clone();
    other.share = common::share(0.5);
    scenario.population.region[0].share = common::share(0.5);
    scenario.population.region.push(other);
    assert_eq!(
        remarks(&scenario, "population.region"),
        [
            "error: population.region.1.name is also the name of region 0; each region needs a name of \
             its own"
        ]
    );
    scenario.trigger.server = vec![trouble(ServerKind::Login, 1.0, 0.5); 10_001];
    assert_eq!(
        remarks(&scenario, "trigger.server"),
        ["error: trigger.server has 10001 entries; the maximum is 10000"]
    );
}

#[test]
fn the_playbook_does_not_wait_for_an_incident() {
    let mut scenario = without_overlay(4);
    scenario.trigger.sign_out.clear();
    scenario.operator.watch_every = "10m".parse().unwrap();
    let action = |hours| {
        let mut action = blank_action();
        (action.deed, action.factor) = (ActionKind::LoginRate, 2.0);
        action.not_before = hours;
        action
    };
    // Before the start, in the run at the time of a check and after one, and at any time.
    scenario.operator.action = [Some(-5.0), Some(1.0), Some(2.05), None]
        .map(|hours| action(hours.map(instant)))
        .to_vec();
    let mut run = simulation(&scenario, 3);
    run.run_until(4 * 3_600).unwrap();
    let done = [(600, 0), (600, 3), (3_600, 1), (7_800, 2)];
    assert_eq!(
        run.notes(),
        done.map(|(at, index)| (at, Note::Action(index)))
    );
}

#[test]
fn attempts_before_an_incident_do_not_take_place_and_are_noted() {
    let mut scenario = small_network(10);
    scenario.operator.force_supernodes = vec![attempt(1.0, 60.0, 20)];
    scenario.operator.restart_overlay.at = Some(instant(2.0));
    // An incident while the rate would still add machines.
    scenario.trigger.sign_out = vec![SignOut {
        at: instant(1.05),
        share: common::share(1.0),
        within: "1s".parse().unwrap(),
        regions: Vec::new(),
    }];
    scenario.trigger.server = vec![trouble(ServerKind::Login, 1.05, 0.0)];
    scenario.operator.watch_every = "1m".parse().unwrap();
    scenario.operator.restart_overlay.at = Some(instant(0.5));
    let mut run = simulation(&scenario, 3);
    run.run_until(4 * 3_600).unwrap();
    assert_eq!(common::value(&mut run, "supernodes_forced"), 0.0);
    let notes: Vec<Note> = run.notes().iter().map(|(_, note)| *note).collect();
    assert_eq!(notes[..2], [Note::NotRestarted, Note::NotForced(0)]);
    assert!(notes.contains(&Note::Incident), "{notes:?}");
}

#[test]
fn samples_that_can_miss_an_outage_are_warned_of() {
    let at = |sample: &str, after: &str| {
        let mut scenario = small_network(24);
        scenario.run.sample = sample.parse().unwrap();
        scenario.run.outage_after = after.parse().unwrap();
        remarks(&scenario, "run.sample").len()
    };
    assert_eq!((at("1m", "5m"), at("5m", "5m"), at("1m", "0s")), (0, 0, 0));
    assert_eq!((at("6m", "5m"), at("1h", "5m"), at("2m", "0s")), (1, 1, 1));
}
