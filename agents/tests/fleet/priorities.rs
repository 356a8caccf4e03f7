//! Who waits for whom: priorities, deadlines, time-outs, and requests that share one answer; and sources
//! whose rate changes.

use patchday_agents::{
    FleetStats,
    scenario::{
        ArrivalLaw, DeedKind, Priority, QueueOrder, RequestSource, Scenario, ServiceCache,
        ServiceCall, ServiceDeed, ServiceFault, ServiceSection, TimeLaw,
    },
};

use crate::{
    common::{instant, share},
    stations::{Estimate, call, empty, service, simulation, source, span, station},
};

const TIME: u32 = 40;

/// A station with a source of each of two priorities.
fn two_classes(desk: ServiceSection, high: f64, low: f64) -> Scenario {
    let mut scenario = station(desk, high);
    let of = |name: &str, priority, rate| RequestSource {
        name: name.into(),
        priority,
        ..source("desk", rate)
    };
    scenario.source = vec![
        of("high", Priority::High, high),
        of("low", Priority::Low, low),
    ];
    scenario
}

/// The mean time from sending to the answer for each source, in batches.
fn means(scenario: &Scenario) -> [Estimate; 2] {
    let mut run = simulation(scenario, 31);
    run.run_until(50_000).unwrap();
    let sums = |stats: &FleetStats| {
        [0, 1].map(|number: usize| {
            let latency = &stats.latencies[number];
            (latency.sum(), latency.number())
        })
    };
    let mut before = sums(&run.fleet_stats());
    let mut values = [Vec::new(), Vec::new()];
    for batch in 2..=21 {
        run.run_until(batch * 50_000).unwrap();
        let now = sums(&run.fleet_stats());
        for (class, values) in values.iter_mut().enumerate() {
            let (sum, number) = (
                now[class].0 - before[class].0,
                now[class].1 - before[class].1,
            );
            values.push(sum as f64 / number as f64);
        }
        before = now;
    }
    values.map(|values| Estimate::of(&values))
}

#[test]
fn waits_of_two_priorities_are_those_of_cobham() {
    let (high, low) = (0.3 / f64::from(TIME), 0.5 / f64::from(TIME));
    let scenario = two_classes(service("desk", 1, 1, TIME), high, low);
    let found = means(&scenario);
    // The work that an arrival finds in progress is 0.8 * TIME for exponential times.
    let rest = 0.8 * f64::from(TIME);
    let expected = [rest / 0.7, rest / (0.7 * 0.2)].map(|wait| wait + f64::from(TIME) + 2.0);
    for (found, expected) in found.iter().zip(expected) {
        let off = 0.02 * expected + 0.5;
        assert!(found.agrees_with(expected, off), "{found:?}, {expected}");
    }
}

#[test]
fn a_reserve_rejects_low_priorities_first() {
    // Twenty places without a queue; normal requests leave four of them free, low ones eight.
    let desk = ServiceSection {
        queue: 0,
        reserve: share(0.2),
        law: TimeLaw::Constant,
        ..service("desk", 1, 20, TIME)
    };
    let lost = |high: f64, low: f64| {
        let mut run = simulation(&two_classes(desk.clone(), high, low), 3);
        run.run_until(20_000).unwrap();
        let stats = run.fleet_stats();
        let lost = |number: usize| {
            let counts = stats.senders[number];
            counts.failed as f64 / counts.sent as f64
        };
        [lost(0), lost(1)]
    };
    // Low ones alone have twelve places; Erlang B for 12 erlangs and 12 places is 0.1986.
    let [_, low] = lost(0.0, 12.0 / f64::from(TIME));
    assert!((low - 0.1986).abs() < 0.02, "{low}");
    // With many of both, the low ones get little, and the high ones lose what exceeds the places.
    let [high, low] = lost(16.0 / f64::from(TIME), 30.0 / f64::from(TIME));
    assert!(high < 0.1 && low > 0.8, "{high}, {low}");
}

#[test]
fn the_earliest_deadline_comes_first() {
    // Both sources together need 1.2 places; those that wait longer can wait.
    let answered = |order: QueueOrder| {
        let desk = ServiceSection {
            order,
            wasted_work: false,
            law: TimeLaw::Constant,
            ..service("desk", 1, 1, 10)
        };
        let mut scenario = two_classes(desk, 0.03, 0.09);
        scenario.source[0].timeout = span(25);
        scenario.source[1].timeout = span(900);
        for source in &mut scenario.source {
            source.priority = Priority::Normal;
        }
        let mut run = simulation(&scenario, 8);
        run.run_until(50_000).unwrap();
        let counts = run.fleet_stats().senders;
        [0, 1].map(|number: usize| counts[number].ok as f64 / counts[number].sent as f64)
    };
    let [soon, late] = answered(QueueOrder::Deadline);
    let [soon_in_turn, late_in_turn] = answered(QueueOrder::Fifo);
    assert!(soon > 0.7 && soon_in_turn < 0.3, "{soon}, {soon_in_turn}");
    assert!(late > 0.6 && late_in_turn > 0.9, "{late}, {late_in_turn}");
}

/// Requests to a gateway that waits for an overloaded store.
fn chain(pass_deadline: bool) -> FleetStats {
    let mut scenario = empty();
    scenario.source = vec![RequestSource {
        law: ArrivalLaw::Constant,
        timeout: span(30),
        ..source("gateway", 0.5)
    }];
    let gateway = ServiceSection {
        time: span(0),
        calls: vec![ServiceCall {
            timeout: span(3_000),
            pass_deadline,
            ..call("store")
        }],
        ..service("gateway", 1, 100_000, 0)
    };
    let store = ServiceSection {
        wasted_work: false,
        law: TimeLaw::Constant,
        ..service("store", 1, 1, 10)
    };
    scenario.service = vec![gateway, store];
    let mut run = simulation(&scenario, 4);
    run.run_until(6_000).unwrap();
    run.fleet_stats()
}

#[test]
fn a_deadline_that_is_passed_on_saves_the_work_of_the_called() {
    // The store can answer one request in ten seconds and gets five.
    let without = chain(false);
    assert!(without.senders[0].ok < 10, "{}", without.senders[0].ok);
    assert!(
        without.services[1].counts.ok > 500,
        "for callers that have given up"
    );
    let with = chain(true);
    assert!(with.senders[0].ok > 590, "{}", with.senders[0].ok);
    assert_eq!(with.services[1].counts.ok, with.senders[0].ok);
    // Every request that arrived has an outcome or is in flight, at both.
    for service in &with.services {
        assert_eq!(
            service.counts.arrivals,
            service.outcomes() + service.in_flight
        );
    }
}

#[test]
fn the_operator_changes_how_long_callers_wait() {
    let mut scenario = station(service("desk", 1, 1, TIME), 1.0);
    scenario.source[0].timeout = span(5_000);
    scenario.operator.service = vec![ServiceDeed {
        service: "desk".into(),
        deed: DeedKind::Timeout,
        at: instant(0.5),
        timeout: Some(span(20)),
        ..ServiceDeed::default()
    }];
    let mut run = simulation(&scenario, 5);
    run.run_until(1_800).unwrap();
    assert_eq!(run.fleet_stats().senders[0].timed_out, 0);
    run.run_until(2_800).unwrap();
    let counts = run.fleet_stats().senders[0];
    assert!(
        (900..1_050).contains(&counts.timed_out),
        "{}",
        counts.timed_out
    );
}

#[test]
fn requests_for_one_key_share_one_call() {
    let stats = |coalesce: bool| {
        let mut scenario = empty();
        let mut load = source("cache", 2.0);
        load.law = ArrivalLaw::Constant;
        scenario.source = vec![load];
        let cache = ServiceSection {
            time: span(0),
            cache: Some(ServiceCache {
                keys: 1,
                capacity: 1,
                lifetime: Some(span(100)),
                cold: true,
                coalesce,
                ..ServiceCache::default()
            }),
            calls: vec![call("store")],
            ..service("cache", 1, 1_000, 0)
        };
        let store = ServiceSection {
            law: TimeLaw::Constant,
            ..service("store", 1, 1_000, 18)
        };
        scenario.service = vec![cache, store];
        let mut run = simulation(&scenario, 4);
        run.run_until(12_000).unwrap();
        run.fleet_stats()
    };
    // A call takes 20 s, and the answer lasts 100 s: a hundred cycles of 120 or 121 s.
    let together = stats(true);
    let calls = together.services[1].counts.arrivals;
    assert!((98..=100).contains(&calls), "{calls}");
    let counts = together.services[0].counts;
    assert_eq!(counts.ok + together.services[0].in_flight, counts.arrivals);
    // Alone, each of the two requests a second calls during the twenty seconds.
    let alone = stats(false).services[1].counts.arrivals;
    assert!((35 * 98..=40 * 100).contains(&alone), "{alone}");
}

#[test]
fn a_source_has_a_begin_an_end_and_a_rate_that_changes() {
    for law in [ArrivalLaw::Constant, ArrivalLaw::Poisson] {
        let mut scenario = station(service("desk", 1, 1_000, 1), 2.0);
        let load = &mut scenario.source[0];
        load.law = law;
        load.from = Some(instant(1_000.0 / 3_600.0));
        load.until = Some(instant(5_000.0 / 3_600.0));
        load.rate_at_end = "10/s".parse().ok();
        let mut run = simulation(&scenario, 5);
        let mut sent = |tick| {
            run.run_until(tick).unwrap();
            run.fleet_stats().senders[0].sent as f64
        };
        assert_eq!(sent(999), 0.0);
        // From 2 to 4 a second in the first quarter: 3,000; 24,000 in all.
        let (first, all) = (sent(2_000), sent(5_000));
        assert!(
            (first - 3_000.0).abs() < 5.0 * 3_000_f64.sqrt(),
            "{law}: {first}"
        );
        assert!(
            (all - 24_000.0).abs() < 5.0 * 24_000_f64.sqrt(),
            "{law}: {all}"
        );
        assert_eq!(sent(9_000), all);
    }
}

#[test]
fn late_answers_count_where_the_sender_takes_them() {
    let counts = |accept_late: bool| {
        let desk = ServiceSection {
            law: TimeLaw::Constant,
            ..service("desk", 1, 100, TIME)
        };
        let mut scenario = station(desk, 0.1);
        scenario.source[0].law = ArrivalLaw::Constant;
        scenario.source[0].timeout = span(20);
        scenario.source[0].accept_late = accept_late;
        let mut run = simulation(&scenario, 5);
        run.run_until(1_050).unwrap();
        run.fleet_stats().senders[0]
    };
    let taken = counts(true);
    // One every ten seconds; the last answers are under way.
    assert_eq!((taken.sent, taken.ok, taken.late), (104, 0, 100));
    assert_eq!(counts(false).late, 0);
}

#[test]
fn faults_and_deeds_are_scaled_with_their_service() {
    let mut scenario = station(service("desk", 100, 10, 1), 1.0);
    scenario.trigger.service = vec![ServiceFault {
        service: "desk".into(),
        servers: Some(40),
        ..ServiceFault::default()
    }];
    let deed = |deed, count| ServiceDeed {
        service: "desk".into(),
        deed,
        count: Some(count),
        ..ServiceDeed::default()
    };
    scenario.operator.service = vec![deed(DeedKind::Servers, 60), deed(DeedKind::Concurrency, 10)];
    let scaled = scenario.scaled(0.05);
    assert_eq!(scaled.service[0].servers, 5);
    assert_eq!(scaled.trigger.service[0].servers, Some(2));
    let counts: Vec<_> = scaled
        .operator
        .service
        .iter()
        .map(|one| one.count)
        .collect();
    assert_eq!(counts, [Some(3), Some(10)]);
}
