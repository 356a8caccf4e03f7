//! Mass events in a small network without an overlay: power cuts, regions that are cut off,
//! harmful configurations.
//!
//! Units: instants in hours after the start, ticks of one second.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{instant, share, simulation, value, without_overlay};
use patchday_agents::scenario::{
    ConfigurationPush, PowerCut, RegionCut, Scenario, ServerKind, ServerTrouble, quantity::Span,
};

const HOUR: u32 = 3_600;

#[test]
fn after_a_power_cut_all_clients_return_within_the_given_time() {
    let mut scenario = without_overlay(6);
    scenario.trigger.sign_out.clear();
    scenario.trigger.power_cut = vec![PowerCut {
        at: instant(2.0),
        lasts: "30m".parse().unwrap(),
        back_within: "5m".parse().unwrap(),
        regions: Vec::new(),
    }];
    let mut run = simulation(&scenario, 34);
    run.run_until(2 * HOUR - 1).unwrap();
    let before = value(&mut run, "online");
    run.run_until(2 * HOUR + 1_700).unwrap();
    assert_eq!(value(&mut run, "online"), 0.0);
    run.run_until(2 * HOUR + 1_800 + 150).unwrap();
    let half = value(&mut run, "online");
    assert!((half / before - 0.5).abs() < 0.1, "{half} of {before}");
    run.run_until(2 * HOUR + 1_800 + 400).unwrap();
    let (after, norm) = (value(&mut run, "online"), value(&mut run, "norm"));
    // Five standard deviations of a sum over as many independent users.
    assert!(
        (after - norm).abs() < 5.0 * norm.sqrt(),
        "{after} of {norm}"
    );
}

#[test]
fn a_region_that_is_cut_off_is_offline_until_the_cut_ends() {
    let mut scenario = without_overlay(6);
    scenario.trigger.sign_out.clear();
    let name = scenario.population.region[0].name.clone();
    let mut other = scenario.population.region[0].clone();
    other.name = "other".into();
    other.share = share(0.5);
    scenario.population.region[0].share = share(0.5);
    scenario.population.region.push(other);
    scenario.trigger.region_cut = vec![RegionCut {
        at: instant(2.0),
        lasts: "30m".parse().unwrap(),
        regions: vec![name],
    }];
    let mut run = simulation(&scenario, 35);
    run.run_until(2 * HOUR - 1).unwrap();
    let before = value(&mut run, "online");
    run.run_until(2 * HOUR + 1_700).unwrap();
    let during = value(&mut run, "online");
    assert!((during / before - 0.5).abs() < 0.08, "{during} of {before}");
    run.run_until(2 * HOUR + 1_900).unwrap();
    let after = value(&mut run, "online");
    // Without the cut the same users have sessions.
    scenario.trigger.region_cut.clear();
    let mut calm = simulation(&scenario, 35);
    calm.run_until(2 * HOUR + 1_900).unwrap();
    let expected = value(&mut calm, "online");
    assert!(after > 0.98 * expected, "{after} of {expected}");
}

/// A login trouble and a region cut that began before the start of the run and end two hours into it.
fn with_events_before_the_start(at: f64) -> Scenario {
    let mut scenario = without_overlay(4);
    scenario.trigger.sign_out.clear();
    scenario.trigger.region_cut = vec![RegionCut {
        at: instant(at),
        lasts: "3h".parse().unwrap(),
        regions: vec![scenario.population.region[0].name.clone()],
    }];
    scenario.trigger.server = vec![ServerTrouble {
        server: ServerKind::Login,
        at: instant(at),
        lasts: "3h".parse().unwrap(),
        factor: 0.0,
    }];
    scenario
}

#[test]
fn events_that_end_before_the_start_have_no_effect() {
    let mut calm = with_events_before_the_start(-3.0);
    let digest = |scenario: &Scenario| {
        let mut run = simulation(scenario, 35);
        run.run_until(3 * HOUR).unwrap();
        assert_eq!(run.notes(), []);
        run.digest()
    };
    let before = digest(&calm);
    calm.trigger.region_cut.clear();
    calm.trigger.server.clear();
    assert_eq!(before, digest(&calm));
}

/// Regression: a cut scheduled before the start of the run ended without having begun, which
/// left its region cut off permanently. Later it had no effect at all.
#[test]
fn events_that_last_into_the_run_act_for_the_rest() {
    let mut run = simulation(&with_events_before_the_start(-1.0), 35);
    run.run_until(2 * HOUR - 60).unwrap();
    assert_eq!(value(&mut run, "online"), 0.0);
    run.run_until(3 * HOUR).unwrap();
    let (after, norm) = (value(&mut run, "online"), value(&mut run, "norm"));
    assert!(
        (after - norm).abs() < 5.0 * norm.sqrt(),
        "{after} of {norm}"
    );

    // The power is out until the first hour of the run, at the start and one hour before it.
    for at in [-1.0, 0.0] {
        let mut scenario = without_overlay(4);
        scenario.trigger.sign_out.clear();
        scenario.trigger.power_cut = vec![power_cut(at, 1.0 - at)];
        let mut run = simulation(&scenario, 35);
        run.run_until(HOUR - 60).unwrap();
        assert_eq!(value(&mut run, "online"), 0.0, "{at}");
        run.run_until(HOUR + 900).unwrap();
        let (after, norm) = (value(&mut run, "online"), value(&mut run, "norm"));
        assert!(
            (after - norm).abs() < 5.0 * norm.sqrt(),
            "{at}: {after} of {norm}"
        );
    }
}

/// A power cut of all regions, in hours.
fn power_cut(at: f64, lasts: f64) -> PowerCut {
    PowerCut {
        at: instant(at),
        lasts: Span::from_seconds((lasts * 3_600.0) as u32),
        back_within: "5m".parse().unwrap(),
        regions: Vec::new(),
    }
}

#[test]
fn a_faulty_configuration_before_the_start_keeps_machines_down_until_their_repair() {
    let mut scenario = without_overlay(4);
    scenario.trigger.sign_out.clear();
    scenario.trigger.configuration_push = vec![ConfigurationPush {
        at: instant(-1.0),
        share: share(1.0),
        within: "1s".parse().unwrap(),
        repair_min: "1s".parse().unwrap(),
        repair_max: "3h".parse().unwrap(),
        regions: Vec::new(),
    }];
    let mut run = simulation(&scenario, 36);
    // Repairs are uniform over the three hours, of which one has passed.
    run.run_until(10).unwrap();
    let (down, norm) = (value(&mut run, "restarting"), value(&mut run, "norm"));
    assert!((down / norm - 2.0 / 3.0).abs() < 0.1, "{down} of {norm}");
    run.run_until(HOUR).unwrap();
    let down = value(&mut run, "restarting");
    assert!((down / norm - 1.0 / 3.0).abs() < 0.1, "{down} of {norm}");
    run.run_until(2 * HOUR + 10).unwrap();
    assert_eq!(value(&mut run, "restarting"), 0.0);
}

#[test]
fn machines_are_up_again_after_the_last_of_the_power_cuts_that_overlap() {
    // The second cut begins in the first, or touches it while machines are starting; the third lies
    // within the second.
    for first_lasts in [0.6, 0.5] {
        let mut scenario = without_overlay(6);
        scenario.trigger.sign_out.clear();
        scenario.trigger.power_cut = vec![
            power_cut(2.0, first_lasts),
            power_cut(2.5, 1.5),
            power_cut(3.0, 0.2),
        ];
        let mut run = simulation(&scenario, 34);
        run.run_until(2 * HOUR + 60).unwrap();
        let down = value(&mut run, "restarting");
        for minute in 2 * 60 + 2..4 * 60 {
            run.run_until(minute * 60).unwrap();
            assert_eq!(value(&mut run, "online"), 0.0, "{minute}");
            assert!(value(&mut run, "restarting") > 0.5 * down, "{minute}");
        }
        run.run_until(4 * HOUR + 600).unwrap();
        let (after, norm) = (value(&mut run, "online"), value(&mut run, "norm"));
        assert!(
            (after - norm).abs() < 5.0 * norm.sqrt(),
            "{after} of {norm}"
        );
    }
}

#[test]
fn any_number_of_cuts_can_overlap() {
    let mut scenario = without_overlay(4);
    scenario.trigger.sign_out.clear();
    scenario.trigger.region_cut = (0..300)
        .map(|number| RegionCut {
            at: instant(1.0),
            lasts: Span::from_seconds(600 + number),
            regions: Vec::new(),
        })
        .collect();
    let mut run = simulation(&scenario, 34);
    run.run_until(HOUR + 890).unwrap();
    assert_eq!(value(&mut run, "online"), 0.0);
    run.run_until(2 * HOUR).unwrap();
    let (after, norm) = (value(&mut run, "online"), value(&mut run, "norm"));
    assert!(
        (after - norm).abs() < 5.0 * norm.sqrt(),
        "{after} of {norm}"
    );
}

#[test]
fn a_harmful_configuration_stops_its_share_of_machines_until_they_are_repaired() {
    let mut scenario = without_overlay(8);
    scenario.trigger.sign_out.clear();
    scenario.trigger.configuration_push = vec![ConfigurationPush {
        at: instant(2.0),
        share: share(0.4),
        within: "10m".parse().unwrap(),
        repair_min: "1h".parse().unwrap(),
        repair_max: "3h".parse().unwrap(),
        regions: Vec::new(),
    }];
    let mut run = simulation(&scenario, 36);
    run.run_until(2 * HOUR - 1).unwrap();
    let before = value(&mut run, "online");
    run.run_until(2 * HOUR + 900).unwrap();
    let down = value(&mut run, "restarting");
    assert!((down / before - 0.4).abs() < 0.06, "{down} of {before}");
    // Repairs end uniformly distributed from one hour to three.
    run.run_until(4 * HOUR + 300).unwrap();
    let half = value(&mut run, "restarting");
    assert!((half / down - 0.5).abs() < 0.12, "{half} of {down}");
    run.run_until(5 * HOUR + 700).unwrap();
    // Of 500 machines that are always on, 0.1 are restarting for other reasons at any time.
    let left = value(&mut run, "restarting");
    assert!(left <= 1.0, "{left}");
}

#[test]
fn a_stopped_machine_stays_stopped_until_its_repair_days_later() {
    let mut scenario = without_overlay(5 * 24);
    scenario.trigger.sign_out.clear();
    scenario.population.always_on_share = share(0.0);
    scenario.trigger.configuration_push = vec![ConfigurationPush {
        at: instant(18.0),
        share: share(1.0),
        within: "10s".parse().unwrap(),
        repair_min: "3d".parse().unwrap(),
        repair_max: "3d".parse().unwrap(),
        regions: Vec::new(),
    }];
    let mut run = simulation(&scenario, 37);
    run.run_until(18 * HOUR).unwrap();
    let hit = value(&mut run, "online");
    assert!(hit > 300.0, "{hit}");
    let mut at_six_pm = |day: u32| {
        run.run_until((day * 24 + 18) * HOUR - 60).unwrap();
        ["restarting", "online", "norm"].map(|column| value(&mut run, column))
    };
    for day in [1, 2, 3] {
        // Days are independent: affected users want to log in as often as all others, and
        // none of them can. The tolerance is four standard deviations of 300 users.
        let [broken, online, norm] = at_six_pm(day);
        assert!(
            (broken / hit - norm / 1e3).abs() < 0.11,
            "day {day}: {broken}"
        );
        assert!(
            (online / norm - 1.0 + hit / 1e3).abs() < 0.11,
            "day {day}: {online}"
        );
    }
    let [broken, online, norm] = at_six_pm(4);
    assert!(broken < 5.0 && online > 0.9 * norm, "{broken}, {online}");
}
