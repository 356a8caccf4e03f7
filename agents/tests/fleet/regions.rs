//! Services with regions: who gets servers where, fail-over, and what hits one region only.

use patchday_agents::{
    FleetStats,
    scenario::{
        ArrivalLaw, Balancer, DeedKind, FaultEffect, HealthChecks, Operation, RequestSource,
        Scenario, ServiceDeed, ServiceFault, ServiceRegion, ServiceSection, TimeLaw,
        quantity::Share,
    },
};

use crate::{
    common::{instant, share},
    stations::{call, empty, service, simulation, source, span},
};

/// The ticks of a run in which a fault or deed is in force from 1,000 to 2,000.
const TICKS: [u32; 4] = [990, 1_100, 1_990, 3_000];

/// A service of four servers, three of them in the first region of the users and one in the second, with
/// a source of one request a second in each of these regions.
fn desks() -> Scenario {
    let mut scenario = empty();
    scenario.population.region = Scenario::default().population.region[..2].to_vec();
    for region in &mut scenario.population.region {
        region.share = share(0.5);
    }
    let names: Vec<String> = scenario.population.region[..2]
        .iter()
        .map(|region| region.name.clone())
        .collect();
    let region = |place: usize, part: f64| ServiceRegion {
        name: names[place].clone(),
        share: share(part),
    };
    scenario.service = vec![ServiceSection {
        region: vec![region(0, 0.75), region(1, 0.25)],
        law: TimeLaw::Constant,
        balancer: Balancer::RoundRobin,
        ..service("desk", 4, 10, 5)
    }];
    let of = |place: usize| RequestSource {
        name: format!("load{place}"),
        law: ArrivalLaw::Constant,
        region: Some(names[place].clone()),
        timeout: span(60),
        ..source("desk", 1.0)
    };
    scenario.source = vec![of(0), of(1)];
    scenario
}

fn second_region(scenario: &Scenario) -> Vec<String> {
    vec![scenario.population.region[1].name.clone()]
}

fn at(scenario: &Scenario) -> Vec<FleetStats> {
    let mut run = simulation(scenario, 5);
    let stats = TICKS.map(|tick| {
        run.run_until(tick).unwrap();
        run.fleet_stats()
    });
    stats.to_vec()
}

/// The requests that arrived in each region between two of the ticks.
fn arrivals(stats: &[FleetStats], from: usize) -> [u64; 2] {
    [0, 1].map(|cell: usize| {
        let of = |place: usize| stats[place].cells[cell].counts.arrivals;
        of(from + 1) - of(from)
    })
}

#[test]
fn requests_stay_in_their_region() {
    let mut scenario = desks();
    scenario.source[0].rate = "3/s".parse().unwrap();
    let stats = at(&scenario);
    assert_eq!(arrivals(&stats, 1), [2_670, 890]);
    let sum: u64 = stats[3].cells.iter().map(|cell| cell.counts.ok).sum();
    assert_eq!(sum, stats[3].services[0].counts.ok);
    // A sender without a region uses the servers of all of them.
    scenario.source[1].region = None;
    let [first, second] = arrivals(&at(&scenario), 2).map(|count| count as f64);
    assert!(
        (first - 1.75 * 1_010.0 - 2.0 * 1_010.0).abs() < 200.0,
        "{first}"
    );
    assert!((second - 0.25 * 1_010.0).abs() < 80.0, "{second}");
}

#[test]
fn a_drained_region_fails_over_or_fails() {
    let mut scenario = desks();
    scenario.operator.service = vec![ServiceDeed {
        service: "desk".into(),
        deed: DeedKind::Drain,
        at: instant(1_000.0 / 3_600.0),
        lasts: Some(span(1_000)),
        regions: second_region(&scenario),
        ..ServiceDeed::default()
    }];
    let stats = at(&scenario);
    assert_eq!(arrivals(&stats, 1), [1_780, 0]);
    let last = arrivals(&stats, 2);
    assert!((990..1_025).contains(&last[1]), "taken back: {last:?}");
    assert_eq!(stats[3].senders[1].ok, stats[3].senders[0].ok);
    scenario.service[0].fail_over = false;
    let stats = at(&scenario);
    assert_eq!(arrivals(&stats, 1), [890, 0]);
    let of = |place: usize| stats[place].senders[1];
    assert_eq!(of(2).unsent - of(1).unsent, 890);
    assert_eq!(of(2).failed - of(1).failed, 890);
}

#[test]
fn health_checks_move_the_requests_of_a_dead_region() {
    let mut scenario = desks();
    scenario.service[0].health = Some(HealthChecks {
        every: span(10),
        failures: 2,
        passes: 2,
        timeout: span(30),
    });
    scenario.trigger.service = vec![ServiceFault {
        service: "desk".into(),
        at: instant(1_000.0 / 3_600.0),
        lasts: span(1_000),
        effect: FaultEffect::Dead,
        regions: second_region(&scenario),
        ..ServiceFault::default()
    }];
    let stats = at(&scenario);
    // Two checks fail within 20 s; until then requests are lost.
    let lost = stats[3].services[0].counts.lost;
    assert!((10..=25).contains(&lost), "{lost}");
    assert_eq!(arrivals(&stats, 1), [1_780, 0]);
    assert!(arrivals(&stats, 2)[1] > 950, "put back");
}

#[test]
fn a_limit_of_one_region_leaves_the_other_alone() {
    let mut scenario = desks();
    scenario.source[0].rate = "4/s".parse().unwrap();
    scenario.source[1].rate = "4/s".parse().unwrap();
    let limit = |regions: Vec<String>| ServiceDeed {
        service: "desk".into(),
        deed: DeedKind::Limit,
        at: instant(1_000.0 / 3_600.0),
        lasts: Some(span(1_000)),
        rate: "1/s".parse().ok(),
        regions,
        ..ServiceDeed::default()
    };
    let rates = |scenario: &Scenario| {
        let stats = at(scenario);
        [0, 1].map(|cell: usize| {
            let of = |place: usize| stats[place].cells[cell].counts.ok;
            (of(2) - of(1)) as f64 / 890.0
        })
    };
    scenario.service[0].concurrency = 100;
    scenario.operator.service = vec![limit(second_region(&scenario))];
    let [first, second] = rates(&scenario);
    assert!(
        (first - 4.0).abs() < 0.05 && (second - 1.0).abs() < 0.05,
        "{first}, {second}"
    );
    // Without a region it is the limit of all servers together, divided by them.
    scenario.operator.service = vec![limit(Vec::new())];
    let [first, second] = rates(&scenario);
    assert!(
        (first - 0.75).abs() < 0.05 && (second - 0.25).abs() < 0.05,
        "{first}, {second}"
    );
}

#[test]
fn calls_and_clients_have_the_region_of_their_sender() {
    let mut scenario = desks();
    scenario.service[0].concurrency = 100;
    let regional = scenario.service[0].clone();
    scenario.service[0].calls = vec![call("store")];
    scenario.service.push(ServiceSection {
        name: "store".into(),
        calls: Vec::new(),
        ..regional
    });
    scenario.source.remove(0);
    scenario.population.online_share = share(0.9);
    scenario.population.always_on_share = share(0.9);
    for region in &mut scenario.population.region {
        region.share = Share::NONE;
    }
    scenario.population.region[1].share = Share::ALL;
    scenario.client.operation = vec![Operation {
        name: "poll".into(),
        service: "desk".into(),
        every: Some(span(500)),
        ..Operation::default()
    }];
    let stats = at(&scenario);
    let counts: Vec<u64> = stats[3]
        .cells
        .iter()
        .map(|cell| cell.counts.arrivals)
        .collect();
    assert_eq!((counts[0], counts[2]), (0, 0), "{counts:?}");
    assert!(
        counts[1] > 3_000 && counts[3] > 2_900 && counts[1] - counts[3] < 50,
        "{counts:?}"
    );
}
