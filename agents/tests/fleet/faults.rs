//! Faults: servers that are down, slow, or answer with errors.

use patchday_agents::{
    ServiceCounts,
    scenario::{
        ArrivalLaw, Balancer, FaultEffect, RequestSource, Scenario, ServiceCall, ServiceFault,
        ServiceSection, TimeLaw, quantity::Share,
    },
};

use crate::{
    common::instant,
    stations::{call, service, simulation, source, span, station},
};

fn fault(effect: FaultEffect, from: u32, lasts: u32) -> ServiceFault {
    ServiceFault {
        service: "desk".into(),
        at: instant(f64::from(from) / 3_600.0),
        lasts: span(lasts),
        effect,
        ..ServiceFault::default()
    }
}

/// Two servers that need 10 ticks for each request, of which a constant source sends one a tick.
fn desk(time_out: u32, fault: ServiceFault) -> Scenario {
    let desk = ServiceSection {
        law: TimeLaw::Constant,
        balancer: Balancer::RoundRobin,
        ..service("desk", 2, 50, 10)
    };
    let mut scenario = station(desk, 1.0);
    let mut load = source("desk", 1.0);
    load.law = ArrivalLaw::Constant;
    load.timeout = span(time_out);
    scenario.source = vec![load];
    scenario.trigger.service = vec![fault];
    scenario
}

/// The counts of a scenario in each of the windows between some ticks.
fn windows(scenario: &Scenario, ticks: &[u32]) -> Vec<ServiceCounts> {
    let mut run = simulation(scenario, 1);
    let counts: Vec<ServiceCounts> = ticks
        .iter()
        .map(|tick| {
            run.run_until(*tick).unwrap();
            run.fleet_stats().services[0].counts
        })
        .collect();
    let pairs = counts.windows(2);
    pairs
        .map(|pair| ServiceCounts {
            arrivals: pair[1].arrivals - pair[0].arrivals,
            ok: pair[1].ok - pair[0].ok,
            lost: pair[1].lost - pair[0].lost,
            errors: pair[1].errors - pair[0].errors,
            timed_out: pair[1].timed_out - pair[0].timed_out,
            ..ServiceCounts::default()
        })
        .collect()
}

#[test]
fn a_server_that_is_down_loses_its_requests_and_answers_none() {
    let one = ServiceFault {
        servers: Some(1),
        ..fault(FaultEffect::Dead, 1_000, 500)
    };
    let found = windows(&desk(60, one), &[500, 1_000, 1_500, 2_000]);
    assert_eq!((found[0].ok, found[0].lost), (500, 0));
    // Half of the requests, and those of five pairs of ticks that were at the server.
    assert_eq!(found[1].arrivals, 500);
    assert!(found[1].lost.abs_diff(255) <= 1, "{:?}", found[1]);
    assert!(found[1].ok.abs_diff(245 + 5) <= 6, "{:?}", found[1]);
    assert!((490..=500).contains(&found[2].ok), "{:?}", found[2]);
    assert_eq!(found[2].lost, 0);
}

#[test]
fn a_sender_hears_of_a_dead_server_at_the_end_of_its_time_out() {
    let mut scenario = desk(60, fault(FaultEffect::Dead, 100, 10_000));
    scenario.source[0].retries = 1;
    let mut run = simulation(&scenario, 1);
    run.run_until(161).unwrap();
    let heard = |run: &patchday_agents::Simulation| run.fleet_stats().senders[0];
    let before = heard(&run);
    // The requests sent from tick 90 on were lost; the first of them waits until tick 150.
    assert!((9..=13).contains(&before.timed_out), "{before:?}");
    assert_eq!(before.retries, before.timed_out);
    run.run_until(1_161).unwrap();
    let after = heard(&run);
    // A thousand times out for the first time, and those of 49 ticks less for the second time.
    assert!(
        (after.timed_out - before.timed_out).abs_diff(1_951) <= 4,
        "{after:?}"
    );
    assert!(
        (after.given_up - before.given_up).abs_diff(951) <= 4,
        "{after:?}"
    );
}

#[test]
fn slow_servers_time_out_and_errors_are_answered_at_once() {
    let slow = ServiceFault {
        factor: 9.0,
        ..fault(FaultEffect::Slow, 1_000, 500)
    };
    let found = windows(&desk(60, slow), &[500, 1_000, 1_500, 3_000, 3_500]);
    assert_eq!(found[0].timed_out, 0);
    assert!(found[1].timed_out > 400, "{:?}", found[1]);
    assert_eq!((found[3].ok, found[3].timed_out), (500, 0), "recovered");
    let failing = ServiceFault {
        share: Share::new(0.3).unwrap(),
        ..fault(FaultEffect::Errors, 1_000, 4_000)
    };
    let found = windows(&desk(60, failing), &[500, 1_000, 5_000, 5_500]);
    assert_eq!(found[0].errors, 0);
    let share = found[1].errors as f64 / found[1].arrivals as f64;
    assert!(
        (share - 0.3).abs() < 4.0 * (0.21_f64 / 4_000.0).sqrt(),
        "{share}"
    );
    assert_eq!(found[2].errors, 0);
}

/// Of the calls to a service and of the requests to it from elsewhere, only those of the named caller are lost.
#[test]
fn a_lossy_network_loses_its_share_in_silence() {
    let lost = |caller: Option<&str>, share: f64| {
        let cut = ServiceFault {
            share: Share::new(share).unwrap(),
            caller: caller.map(Into::into),
            ..fault(FaultEffect::Loss, 0, 80_000)
        };
        let mut scenario = desk(60, cut);
        let front = ServiceSection {
            calls: vec![ServiceCall {
                timeout: span(100),
                ..call("desk")
            }],
            law: TimeLaw::Constant,
            ..service("front", 1, 1_000, 1)
        };
        scenario.service.push(front);
        let calls = RequestSource {
            name: "through".into(),
            ..source("front", 1.0)
        };
        scenario.source.push(calls);
        let mut run = simulation(&scenario, 1);
        run.run_until(10_000).unwrap();
        let stats = run.fleet_stats();
        let of = |service: usize| stats.services[service].counts;
        (of(0), of(1))
    };
    let (none, _) = lost(None, 0.0);
    assert_eq!(none.lost, 0);
    let (all, front) = lost(None, 0.2);
    let near = |part: u64, of: u64, share: f64| {
        let bound = 4.0 * (share * (1.0 - share) / of as f64).sqrt();
        assert!(
            (part as f64 / of as f64 - share).abs() < bound,
            "{part} of {of}"
        );
    };
    near(all.lost, all.arrivals, 0.2);
    // A call that is lost makes the request that made it fail, after the time-out and not at once.
    near(front.call_failed, front.arrivals, 0.2);
    let (between, front) = lost(Some("front"), 0.5);
    near(between.lost, front.arrivals, 0.5);
    near(front.call_failed, front.arrivals, 0.5);
    // Half of the calls of the front are lost, and nothing of the other source.
    near(between.lost, between.arrivals, 0.25);
}

/// With a retry at once for each time-out, a short fault of one of two servers leaves a storm that never
/// ends, because the requests in the queue are older than the time-out; without retries it ends.
#[test]
fn a_retry_storm_outlives_its_cause() {
    let served = |retries| {
        let desk = ServiceSection {
            balancer: Balancer::RoundRobin,
            queue: 10_000,
            ..service("desk", 2, 5, 100)
        };
        let mut scenario = station(desk, 0.07);
        scenario.source[0].timeout = span(1_000);
        scenario.source[0].retries = retries;
        scenario.trigger.service = vec![ServiceFault {
            servers: Some(1),
            ..fault(FaultEffect::Dead, 20_000, 5_000)
        }];
        let mut run = simulation(&scenario, 4);
        run.run_until(60_000).unwrap();
        let before = run.fleet_stats().senders[0];
        run.run_until(160_000).unwrap();
        let after = run.fleet_stats().senders[0];
        let share = (after.ok - before.ok) as f64 / (0.07 * 100_000.0);
        (share, after.timed_out - before.timed_out)
    };
    let (storm, failed) = served(3);
    assert!(storm < 0.2, "{storm} {failed}");
    assert!(failed > 10_000, "{failed}");
    let (calm, failed) = served(0);
    assert!(calm > 0.95, "{calm} {failed}");
}
