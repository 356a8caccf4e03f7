//! Calls between services: amplification, optional calls, budgets, order, and waits for gone senders.

use patchday_agents::{
    Simulation,
    scenario::{
        ArrivalLaw, CallOrder, FaultEffect, Scenario, ServiceCall, ServiceFault, ServiceSection,
        TimeLaw, quantity::Share,
    },
};

use crate::{
    common::instant,
    stations::{call, empty, service, simulation, source, span},
};

/// A service that needs exactly `time` ticks for its own work, without a limit.
fn exact(name: &str, time: u32, calls: Vec<ServiceCall>) -> ServiceSection {
    ServiceSection {
        law: TimeLaw::Constant,
        calls,
        ..service(name, 1, 100_000, time)
    }
}

/// A fault that lasts for the whole run and fails a share of the requests.
fn errors(service: &str, share: f64) -> ServiceFault {
    ServiceFault {
        service: service.into(),
        at: instant(0.0),
        lasts: span(60 * 86_400),
        effect: FaultEffect::Errors,
        share: Share::new(share).unwrap(),
        ..ServiceFault::default()
    }
}

/// A source of constant rate at `first`, for so many ticks.
fn run(mut scenario: Scenario, first: &str, rate: f64, ticks: u32) -> Simulation {
    let mut load = source(first, rate);
    load.law = ArrivalLaw::Constant;
    scenario.source.insert(0, load);
    let mut run = simulation(&scenario, 9);
    run.run_until(ticks).unwrap();
    run
}

/// Attempts for a request that fails with probability `f`, with `n` retries.
fn attempts(f: f64, n: i32) -> f64 {
    (1.0 - f.powi(n + 1)) / (1.0 - f)
}

#[test]
fn retries_amplify_as_the_formula_says_and_multiply_over_tiers() {
    for (f, outer, inner) in [(0.5, 2, 3), (0.9, 3, 1), (0.3, 0, 4)] {
        let mut scenario = empty();
        let database = ServiceCall {
            retries: inner,
            ..call("database")
        };
        let web = ServiceCall {
            retries: outer,
            ..call("middle")
        };
        scenario.service = vec![
            exact("web", 1, vec![web]),
            exact("middle", 1, vec![database]),
            exact("database", 1, vec![]),
        ];
        scenario.trigger.service = vec![errors("database", f)];
        let run = run(scenario, "web", 2.0, 20_000);
        let arrivals: Vec<f64> = run
            .fleet_stats()
            .services
            .iter()
            .map(|service| service.counts.arrivals as f64)
            .collect();
        let middle_fails = f.powi(i32::from(inner) + 1);
        let at_middle = attempts(middle_fails, outer.into());
        let at_database = at_middle * attempts(f, inner.into());
        let found = (arrivals[1] / arrivals[0], arrivals[2] / arrivals[0]);
        // The standard deviation of attempts is at most their mean, over 40,000 requests.
        let off = |expected: f64| 4.0 * expected / 200.0;
        assert!(
            (found.0 - at_middle).abs() < off(at_middle),
            "{found:?} {at_middle}"
        );
        assert!(
            (found.1 - at_database).abs() < off(at_database),
            "{found:?} {at_database}"
        );
        let web = run.fleet_stats().services[0].counts;
        let failed = web.call_failed as f64 / (web.ok + web.call_failed) as f64;
        let expected = middle_fails.powi(i32::from(outer) + 1);
        assert!((failed - expected).abs() < 0.01, "{failed} {expected}");
    }
}

#[test]
fn latencies_add_up_along_the_graph() {
    let latency = |order: CallOrder| {
        let mut scenario = empty();
        let calls = vec![
            call("auth"),
            ServiceCall {
                count: 3,
                ..call("database")
            },
        ];
        scenario.service = vec![
            ServiceSection {
                call_order: order,
                ..exact("web", 5, calls)
            },
            exact("auth", 7, vec![call("database")]),
            exact("database", 11, vec![]),
        ];
        let run = run(scenario, "web", 0.5, 2_000);
        let stats = run.fleet_stats();
        let (web, auth) = (&stats.services[0].latency, &stats.services[1].latency);
        assert_eq!(auth.sum() / auth.number(), 7 + (1 + 11 + 1));
        let database = stats.services[2].counts.arrivals;
        assert!(database.abs_diff(4 * web.number()) < 200, "{database}");
        assert_eq!(web.sum() % web.number(), 0, "all are equal");
        let sender = &stats.latencies[0];
        assert_eq!(sender.sum() / sender.number(), web.sum() / web.number() + 2);
        web.sum() / web.number()
    };
    // Each call takes a tick there and a tick back.
    assert_eq!(
        latency(CallOrder::Sequence),
        5 + (1 + 20 + 1) + (1 + 11 + 1)
    );
    assert_eq!(latency(CallOrder::Together), 5 + (1 + 20 + 1));
}

#[test]
fn an_optional_call_that_fails_costs_only_its_time() {
    let mut scenario = empty();
    let extra = ServiceCall {
        optional: true,
        timeout: span(20),
        ..call("extra")
    };
    scenario.service = vec![exact("web", 5, vec![extra]), exact("extra", 100, vec![])];
    let run = run(scenario, "web", 0.5, 2_000);
    let stats = run.fleet_stats();
    let web = &stats.services[0];
    assert_eq!((web.counts.call_failed, web.counts.timed_out), (0, 0));
    assert_eq!(web.latency.sum() / web.latency.number(), 5 + 20);
    let extra = stats.services[1].counts;
    assert_eq!(extra.ok, 0);
    assert!(extra.late > 900, "{extra:?}");
}

#[test]
fn a_budget_limits_retries_to_its_share_of_successes() {
    let mut scenario = empty();
    let limited = ServiceCall {
        retries: 15,
        budget: Some(0.2),
        ..call("database")
    };
    scenario.service = vec![exact("web", 1, vec![limited]), exact("database", 1, vec![])];
    scenario.trigger.service = vec![errors("database", 0.5)];
    let run = run(scenario, "web", 2.0, 10_000);
    let web = run.fleet_stats().services[0].counts;
    let successes = web.ok as f64;
    let share = web.call_retries as f64 / successes;
    assert!((share - 0.2).abs() < 0.01, "{share}: {web:?}");
    assert!(web.over_budget > 0);
}

#[test]
fn a_call_is_made_with_its_probability() {
    let mut scenario = empty();
    let some = ServiceCall {
        share: Share::new(0.25).unwrap(),
        ..call("database")
    };
    scenario.service = vec![exact("web", 1, vec![some]), exact("database", 1, vec![])];
    let run = run(scenario, "web", 2.0, 10_000);
    let stats = run.fleet_stats();
    let share = stats.services[1].counts.arrivals as f64 / stats.services[0].counts.arrivals as f64;
    assert!(
        (share - 0.25).abs() < 4.0 * (0.1875_f64 / 20_000.0).sqrt(),
        "{share}"
    );
}

/// A place that is held during a call limits the rate to that of the slow service.
#[test]
fn a_service_that_holds_its_places_is_limited_by_what_it_calls() {
    let served = |holds| {
        let mut scenario = empty();
        scenario.service = vec![
            ServiceSection {
                holds,
                concurrency: 10,
                ..exact("web", 5, vec![call("slow")])
            },
            exact("slow", 93, vec![]),
        ];
        let run = run(scenario, "web", 1.0, 10_000);
        run.fleet_stats().services[0].counts.ok
    };
    // Ten places for 5 + 1 + 93 + 1 ticks each.
    let held = served(true);
    assert!(held.abs_diff(1_000) <= 20, "{held}");
    let free = served(false);
    assert!(free > 9_800, "{free}");
}

/// In an overload a server that works in order answers no request in time. One that leaves out requests that
/// it cannot finish in time, or begins with the newest, serves at its capacity.
#[test]
fn wasted_work_takes_the_capacity_from_those_who_wait() {
    let served = |wasted_work, lifo: bool| {
        let mut scenario = empty();
        let web = ServiceSection {
            concurrency: 10,
            wasted_work,
            order: if lifo {
                patchday_agents::scenario::QueueOrder::Lifo
            } else {
                patchday_agents::scenario::QueueOrder::Fifo
            },
            ..exact("web", 10, vec![])
        };
        scenario.service = vec![web];
        let mut load = source("web", 2.0);
        load.law = ArrivalLaw::Constant;
        load.timeout = span(60);
        scenario.source = vec![load];
        let mut run = simulation(&scenario, 3);
        run.run_until(5_000).unwrap();
        let before = run.fleet_stats().services[0].counts.ok;
        run.run_until(15_000).unwrap();
        (run.fleet_stats().services[0].counts.ok - before) as f64 / 10_000.0
    };
    assert_eq!(served(true, false), 0.0);
    assert!((served(false, false) - 1.0).abs() < 0.02);
    assert!((served(true, true) - 1.0).abs() < 0.02);
}
