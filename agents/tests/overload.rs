//! The course of an overload on small networks: patience, machines of the operator, the users' day.
//!
//! Expected numbers are closed forms or computed by hand. Units: seconds (= ticks).

#![allow(clippy::unwrap_used, reason = "tests may stop at the first failure")]

mod common;

use common::{attempt, share, simulation, small_network, value};
use patchday_agents::scenario::{ForceSupernodes, Overload, quantity::Share};

const HOUR: u32 = 3_600;

/// The supernodes left after each hour, if all of them get more requests than they can answer.
fn left_under_load(patience: &str) -> Vec<f64> {
    let mut scenario = small_network(8);
    let supernode = &mut scenario.overlay.supernode;
    supernode.overload = Overload::ShutsDown;
    supernode.seats = 1;
    supernode.requests = 0.001;
    supernode.requests_spread = 0.0;
    supernode.endurance = "1m".parse().unwrap();
    supernode.patience = patience.parse().unwrap();
    supernode.sturdy_share = Share::NONE;
    scenario.overlay.core.supernodes = 200;
    let mut run = simulation(&scenario, 12);
    let hours = 0..=6;
    hours
        .map(|hour| {
            run.run_until(hour * HOUR + 60).unwrap();
            value(&mut run, "supernodes")
        })
        .collect()
}

#[test]
fn overloaded_supernodes_fail_at_a_constant_hazard() {
    // Every supernode is overloaded within minutes; of those left, 1 - 1/e fail in each two hours.
    let left = left_under_load("2h");
    for (hours, share) in [(2, (-1.0_f64).exp()), (4, (-2.0_f64).exp())] {
        let expected = left[0] * share;
        // Four standard errors of a binomial count, and the minutes until the overload.
        let allowed = 4.0 * (expected * (1.0 - share)).sqrt() + 0.06 * left[0];
        assert!(
            (left[hours] - expected).abs() < allowed,
            "{left:?}, {expected}"
        );
    }
    // Without patience all fail at once.
    let left = left_under_load("0s");
    assert!(left[1] < 10.0, "{left:?}");
}

#[test]
fn machines_of_the_operator_differ_and_fail_like_those_of_users() {
    let left = |spread: f64| {
        let mut scenario = small_network(8);
        scenario.overlay.supernode.overload = Overload::ShutsDown;
        scenario.overlay.supernode.seats = 1;
        scenario.overlay.supernode.endurance = "1m".parse().unwrap();
        scenario.overlay.supernode.patience = "1m".parse().unwrap();
        scenario.overlay.core.supernodes = 2;
        scenario.operator.incident_below = Share::ALL;
        scenario.operator.force_supernodes = vec![ForceSupernodes {
            sturdy: false,
            seats: 1,
            requests: 0.01,
            requests_spread: spread,
            ..attempt(1.0, 3_600.0, 60)
        }];
        let mut run = simulation(&scenario, 13);
        run.run_until(8 * HOUR).unwrap();
        assert_eq!(value(&mut run, "supernodes_forced"), 60.0);
        value(&mut run, "supernodes")
    };
    // Alike, all of them fail; with a spread the strong ones remain.
    let (alike, spread) = (left(0.0), left(3.0));
    assert!(spread >= alike + 3.0, "{alike} {spread}");
}

#[test]
fn users_restart_a_client_only_while_they_are_awake() {
    let restarts = |from: &str, until: &str| {
        let mut scenario = small_network(24);
        // There is one region, in UTC, and few find a seat.
        scenario.overlay.supernode.overload = Overload::ServesOn;
        scenario.overlay.supernode.seats = 1;
        scenario.client.impatience.restart_share = Share::ALL;
        scenario.client.impatience.awake_from = from.parse().unwrap();
        scenario.client.impatience.awake_until = until.parse().unwrap();
        let mut run = simulation(&scenario, 14);
        [6, 8, 22, 24].map(|hour| {
            run.run_until(hour * HOUR).unwrap();
            run.totals().client_restarts
        })
    };
    let [six, eight, evening, midnight] = restarts("8h", "22h");
    assert_eq!((six, eight), (0, 0));
    assert!(evening > 0);
    assert_eq!(midnight, evening);
    // A day that lasts past midnight.
    let [six, eight, evening, midnight] = restarts("22h", "6h");
    assert!(six > 0 && midnight > evening);
    assert_eq!((eight, evening), (six, six));
}

#[test]
fn office_machines_serve_in_office_hours_of_a_weekday() {
    let mut scenario = small_network(5 * 24);
    scenario.population.always_on_share = share(0.1);
    scenario.population.office_host_share = share(0.2);
    // From Thursday on: the fifth day is a Monday.
    scenario.run.start = "2007-08-16T00:00:00Z".parse().unwrap();
    scenario.run.end = "2007-08-21T00:00:00Z".parse().unwrap();
    let mut run = simulation(&scenario, 15);
    let mut at = |hour: u32| {
        run.run_until(hour * HOUR).unwrap();
        value(&mut run, "supernodes")
    };
    let (night, noon, next) = (at(4), at(13), at(28));
    let (saturday, monday) = (at(61), at(109));
    // Of 900 users some 180 have such a machine, and a part of them works on a day from the morning
    // on.
    assert!(
        noon > night + 15.0 && monday > night + 15.0,
        "{night} {noon} {monday}"
    );
    for calm in [next, saturday] {
        assert!((calm - night).abs() <= 6.0, "{night} {calm}");
    }
}
