//! What changes services during a run: caches, memory, health checks, automatic scaling, and deeds of the
//! operator.

use patchday_agents::{
    FleetStats,
    scenario::{
        ArrivalLaw, Autoscale, Balancer, DeedKind, FaultEffect, HealthChecks, Operation, Scenario,
        ServiceCache, ServiceDeed, ServiceFault, ServiceSection, TimeLaw, quantity::Share,
    },
};

use crate::{
    common::{instant, share},
    stations::{call, empty, service, simulation, source, span},
};

/// A service that needs exactly `time` ticks, with one request every `1 / rate` ticks.
fn desk(section: ServiceSection, rate: f64) -> Scenario {
    let mut scenario = empty();
    scenario.service = vec![ServiceSection {
        name: "desk".into(),
        law: TimeLaw::Constant,
        ..section
    }];
    let mut load = source("desk", rate);
    load.law = ArrivalLaw::Constant;
    load.timeout = span(60);
    scenario.source = vec![load];
    scenario
}

fn deed(kind: DeedKind, from: u32, lasts: u32) -> ServiceDeed {
    ServiceDeed {
        service: "desk".into(),
        deed: kind,
        at: instant(f64::from(from) / 3_600.0),
        lasts: Some(span(lasts)),
        ..ServiceDeed::default()
    }
}

/// The statistics at each of some ticks.
fn at(scenario: &Scenario, ticks: &[u32]) -> Vec<FleetStats> {
    let mut run = simulation(scenario, 5);
    let stats = ticks.iter().map(|tick| {
        run.run_until(*tick).unwrap();
        run.fleet_stats()
    });
    stats.collect()
}

/// The hit ratio of an LRU cache of `capacity` keys by Che's approximation, for probabilities `shares`.
fn che(shares: &[f64], capacity: f64) -> f64 {
    let held = |time: f64| {
        shares
            .iter()
            .map(|share| 1.0 - (-share * time).exp())
            .sum::<f64>()
    };
    let (mut low, mut high) = (0.0, 1e9);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if held(middle) < capacity {
            low = middle;
        } else {
            high = middle;
        }
    }
    shares
        .iter()
        .map(|share| share * (1.0 - (-share * low).exp()))
        .sum()
}

#[test]
fn the_hit_ratio_is_that_of_che() {
    for (keys, capacity, exponent) in [(100, 80, 0.0), (2_000, 200, 1.0), (5_000, 100, 0.8)] {
        let mut scenario = desk(
            ServiceSection {
                cache: Some(ServiceCache {
                    keys,
                    capacity,
                    exponent,
                    ..ServiceCache::default()
                }),
                calls: vec![call("store")],
                ..service("desk", 1, 100_000, 1)
            },
            3.0,
        );
        scenario.service.push(service("store", 1, 100_000, 1));
        let stats = at(&scenario, &[10_000, 40_000]);
        let counts = [0, 1].map(|number: usize| stats[number].services[0].counts);
        let hits = (counts[1].cache_hits - counts[0].cache_hits) as f64;
        let misses = (counts[1].cache_misses - counts[0].cache_misses) as f64;
        let weights: Vec<f64> = (1..=keys)
            .map(|key| f64::from(key).powf(-exponent))
            .collect();
        let sum: f64 = weights.iter().sum();
        let shares: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
        let expected = che(&shares, capacity.into());
        let found = hits / (hits + misses);
        // 90,000 requests; Che's approximation is good to a percent.
        assert!(
            (found - expected).abs() < 0.012,
            "{keys} {exponent}: {found} {expected}"
        );
    }
}

#[test]
fn a_flushed_cache_sends_every_first_request_of_a_key_to_the_store() {
    let mut scenario = desk(
        ServiceSection {
            cache: Some(ServiceCache {
                keys: 50,
                capacity: 50,
                exponent: 0.0,
                ..ServiceCache::default()
            }),
            calls: vec![call("store")],
            ..service("desk", 1, 1_000, 1)
        },
        1.0,
    );
    scenario.service.push(service("store", 1, 1_000, 1));
    scenario.trigger.service = vec![ServiceFault {
        service: "desk".into(),
        at: instant(1_000.0 / 3_600.0),
        lasts: span(1),
        effect: FaultEffect::Flush,
        ..ServiceFault::default()
    }];
    let stats = at(&scenario, &[1_000, 1_500]);
    assert_eq!(
        stats[0].services[1].counts.arrivals, 0,
        "warm from the start"
    );
    let misses = stats[1].services[0].counts.cache_misses;
    assert!((45..=70).contains(&misses), "{misses}");
}

#[test]
fn a_server_whose_memory_is_used_up_loses_its_requests_and_restarts() {
    let section = ServiceSection {
        dies_at: Some(40),
        restart: span(100),
        ..service("desk", 1, 5, 10)
    };
    // Half a request a tick can be served; two come: 40 requests are there after some 26 ticks.
    let stats = at(&desk(section, 2.0), &[2_000]);
    let counts = stats[0].services[0].counts;
    assert!((14..=18).contains(&counts.deaths), "{counts:?}");
    assert!(counts.lost > 100 * counts.deaths, "{counts:?}");
    assert!(stats[0].services[0].in_flight < 41);
}

/// Four servers of which one is down: without checks a quarter of the requests is lost, with them only
/// those before it is taken out.
#[test]
fn health_checks_take_a_dead_server_out_and_put_it_back() {
    let lost = |health: Option<HealthChecks>| {
        let section = ServiceSection {
            balancer: Balancer::RoundRobin,
            health,
            ..service("desk", 4, 50, 5)
        };
        let mut scenario = desk(section, 4.0);
        scenario.trigger.service = vec![ServiceFault {
            service: "desk".into(),
            at: instant(1_000.0 / 3_600.0),
            lasts: span(1_000),
            servers: Some(1),
            ..ServiceFault::default()
        }];
        let stats = at(&scenario, &[1_000, 2_000, 3_000]);
        let ok = |number: usize| stats[number].services[0].counts.ok;
        assert!(ok(2) - ok(1) > 3_700, "it is back");
        stats[1].services[0].counts.lost
    };
    assert!(lost(None).abs_diff(1_000) < 20);
    let health = HealthChecks {
        every: span(10),
        failures: 3,
        passes: 2,
        ..HealthChecks::default()
    };
    // It is taken out at the third check, 20 to 30 ticks after the begin.
    assert!((20..=40).contains(&lost(Some(health))));
}

#[test]
fn an_autoscaler_adds_servers_after_its_delay_and_removes_them() {
    let scale = Autoscale {
        start: 2,
        least: 1,
        target: share(0.5),
        every: span(60),
        delay: span(120),
        step: 3,
    };
    let section = ServiceSection {
        autoscale: Some(scale),
        ..service("desk", 12, 10, 10)
    };
    // Three requests a tick need 30 places: six servers at the target. As long as all places are taken, the
    // servers double with each decision.
    let mut scenario = desk(section, 3.0);
    let mut run = simulation(&scenario, 5);
    let mut members = |tick| {
        run.run_until(tick).unwrap();
        let row = run.sample();
        let columns = patchday_agents::metrics::columns::scenario_columns(&scenario);
        let place = columns
            .iter()
            .position(|name| name == "desk.servers")
            .unwrap();
        let first = row.len() - columns.len();
        row[first + place].value()
    };
    assert_eq!(members(170), 2.0);
    assert_eq!(members(200), 4.0);
    assert!(members(2_000) >= 6.0);
    scenario.source[0].rate = "0.1/s".parse().unwrap();
    let mut run = simulation(&scenario, 5);
    run.run_until(1_000).unwrap();
    assert!(run.fleet_stats().services[0].counts.ok > 90);
}

#[test]
fn a_limit_admits_its_rate_and_is_taken_back() {
    let mut scenario = desk(service("desk", 2, 100, 5), 10.0);
    scenario.operator.service = vec![ServiceDeed {
        rate: "2.5/s".parse().ok(),
        ..deed(DeedKind::Limit, 1_000, 1_000)
    }];
    let stats = at(&scenario, &[1_010, 1_990, 2_010, 3_010]);
    let counts: Vec<_> = stats.iter().map(|one| one.services[0].counts).collect();
    let admitted = (counts[1].ok - counts[0].ok) as f64 / 980.0;
    assert!((admitted - 2.5).abs() < 0.05, "{admitted}");
    assert_eq!(counts[3].ok - counts[2].ok, 10_000);
}

#[test]
fn a_cleared_queue_is_empty_and_a_restarted_server_loses_all() {
    let overloaded = |deeds: Vec<ServiceDeed>| {
        let mut scenario = desk(service("desk", 1, 10, 20), 1.0);
        scenario.source[0].timeout = span(5_000);
        scenario.operator.service = deeds;
        at(&scenario, &[999, 1_005])
    };
    let stats = overloaded(vec![ServiceDeed {
        lasts: None,
        ..deed(DeedKind::Clear, 1_000, 1)
    }]);
    assert!(stats[0].services[0].waiting > 400);
    assert!(stats[1].services[0].waiting < 10);
    assert!(stats[1].services[0].counts.rejected > 400);
    let stats = overloaded(vec![deed(DeedKind::Restart, 1_000, 50)]);
    assert_eq!(stats[1].services[0].in_flight, 0);
    assert!(stats[1].services[0].counts.lost > 400);
}

#[test]
fn places_queues_and_servers_are_changed_and_repeated() {
    let mut scenario = desk(service("desk", 2, 10, 20), 1.0);
    scenario.operator.service = vec![
        ServiceDeed {
            count: Some(1),
            ..deed(DeedKind::Servers, 1_000, 500)
        },
        ServiceDeed {
            count: Some(3),
            times: 3,
            every: span(1_000),
            ..deed(DeedKind::Concurrency, 2_000, 500)
        },
    ];
    let mut run = simulation(&scenario, 5);
    let mut taken = |tick| {
        run.run_until(tick).unwrap();
        run.fleet_stats().services[0].taken
    };
    // Twenty places are needed.
    assert!(taken(990) >= 19);
    assert_eq!(taken(1_490), 10);
    assert!(taken(1_990) >= 19);
    for begin in [2_000, 3_000, 4_000] {
        assert_eq!(taken(begin + 490), 6, "{begin}");
        assert!(taken(begin + 990) >= 19, "{begin}");
    }
}

#[test]
fn a_share_of_the_clients_of_a_region_is_let_in() {
    let mut scenario = desk(service("desk", 4, 1_000, 2), 0.001);
    scenario.population.online_share = share(0.9);
    scenario.population.always_on_share = share(0.9);
    scenario.client.operation = vec![Operation {
        name: "poll".into(),
        service: "desk".into(),
        every: Some(span(50)),
        ..Operation::default()
    }];
    scenario.operator.service = vec![
        ServiceDeed {
            share: Share::NONE,
            ..deed(DeedKind::LetIn, 1_000, 1_000)
        },
        ServiceDeed {
            share: share(0.3),
            ..deed(DeedKind::LetIn, 1_500, 500)
        },
    ];
    let stats = at(&scenario, &[1_010, 1_490, 1_510, 1_990, 2_010, 2_490]);
    let poll: Vec<_> = stats.iter().map(|one| one.senders[0]).collect();
    let let_in = |from: usize| {
        let sent = (poll[from + 1].sent - poll[from].sent) as f64;
        let unsent = (poll[from + 1].unsent - poll[from].unsent) as f64;
        1.0 - unsent / sent
    };
    assert_eq!(let_in(0), 0.0);
    assert!((let_in(2) - 0.3).abs() < 0.06, "{}", let_in(2));
    assert_eq!(let_in(4), 1.0);
}
