//! Conservation of requests, and the determinism guarantee with services.

use patchday_agents::{
    Kind, Network, Simulation,
    scenario::{
        Balancer, FaultEffect, Operation, OperationTime, RequestSource, Scenario, ServiceCall,
        ServiceFault, ServiceSection, quantity::Share,
    },
};
use patchday_core::reference;

use crate::{
    common::{instant, share},
    stations::{call, empty, service, simulation, source, span},
};

/// A fleet with everything: three tiers, faults of each kind, queues that are full, retries.
fn busy() -> Scenario {
    let mut scenario = empty();
    scenario.population.online_share = share(0.8);
    let tight = |section: ServiceSection, queue, balancer| ServiceSection {
        queue,
        balancer,
        ..section
    };
    let auth = ServiceCall {
        timeout: span(40),
        retries: 2,
        ..call("auth")
    };
    let database = ServiceCall {
        timeout: span(15),
        retries: 3,
        pause: span(2),
        budget: Some(0.5),
        ..call("database")
    };
    let extra = ServiceCall {
        timeout: span(10),
        count: 2,
        optional: true,
        share: share(0.5),
        ..call("database")
    };
    let mut gateway = tight(service("gateway", 3, 20, 4), 30, Balancer::TwoChoices);
    gateway.calls = vec![auth, extra];
    let mut tier = tight(service("auth", 2, 8, 5), 20, Balancer::LeastRequests);
    tier.calls = vec![database];
    tier.wasted_work = false;
    let store = tight(service("database", 5, 4, 3), 10, Balancer::RoundRobin);
    scenario.service = vec![gateway, tier, store];
    let operation = |name: &str| Operation {
        name: name.into(),
        service: "gateway".into(),
        timeout: span(60),
        ..Operation::default()
    };
    scenario.client.operation = vec![
        Operation {
            when: OperationTime::SignIn,
            required: true,
            ..operation("login")
        },
        Operation {
            every: Some(span(400)),
            retries: 2,
            ..operation("poll")
        },
        Operation {
            rate: "3/h".parse().ok(),
            required: true,
            ..operation("send")
        },
    ];
    scenario.source = vec![RequestSource {
        timeout: span(30),
        retries: 3,
        ..source("auth", 1.2)
    }];
    let fault = |service: &str, effect, from: f64, lasts| ServiceFault {
        service: service.into(),
        at: instant(from),
        lasts: span(lasts),
        effect,
        servers: Some(2),
        share: Share::new(0.4).unwrap(),
        factor: 6.0,
        ..ServiceFault::default()
    };
    scenario.trigger.service = vec![
        fault("database", FaultEffect::Slow, 0.3, 700),
        fault("gateway", FaultEffect::Dead, 0.5, 600),
        fault("auth", FaultEffect::Errors, 0.6, 500),
        fault("database", FaultEffect::Loss, 0.65, 400),
        fault("database", FaultEffect::Dead, 0.7, 300),
    ];
    scenario
}

/// Checks that each request sent has one outcome or is on its way.
fn check(run: &Simulation) {
    let stats = run.fleet_stats();
    let mut under_way = [0_u64; 2];
    for (_, _, message) in &run.link_audit().messages {
        match message.kind {
            Kind::Request | Kind::Call => under_way[0] += 1,
            Kind::RequestOk | Kind::RequestFailed | Kind::RequestSilent => under_way[1] += 1,
            _ => {}
        }
    }
    for service in &stats.services {
        let counts = &service.counts;
        assert_eq!(
            counts.arrivals,
            service.outcomes() + service.in_flight,
            "{counts:?}"
        );
        assert!(counts.late <= counts.timed_out, "{counts:?}");
        assert!(service.latency.number() == counts.ok);
    }
    let sent: u64 = stats
        .senders
        .iter()
        .map(|sender| sender.sent - sender.unsent)
        .sum::<u64>()
        + stats
            .services
            .iter()
            .map(|service| service.counts.calls)
            .sum::<u64>();
    let arrived: u64 = stats
        .services
        .iter()
        .map(|service| service.counts.arrivals)
        .sum();
    assert_eq!(sent, arrived + under_way[0]);
    let sent: u64 = stats.senders.iter().map(|sender| sender.sent).sum();
    let answered: u64 = stats
        .senders
        .iter()
        .map(|sender| sender.ok + sender.failed + sender.timed_out)
        .sum();
    let answers: u64 = under_way[1];
    assert!(sent >= answered + answers, "{sent} {answered} {answers}");
}

#[test]
fn every_request_has_one_outcome_or_is_in_flight() {
    let mut run = simulation(&busy(), 8);
    for tick in [
        3, 700, 1_100, 1_801, 1_999, 2_200, 2_521, 2_700, 3_000, 4_500, 5_400,
    ] {
        run.run_until(tick).unwrap();
        check(&run);
    }
    let stats = run.fleet_stats();
    for service in &stats.services {
        let counts = &service.counts;
        assert!(
            counts.ok > 0 && counts.rejected > 0 && counts.timed_out > 0,
            "{counts:?}"
        );
    }
    assert!(stats.services[0].counts.lost > 0 && stats.services[1].counts.errors > 0);
    assert_eq!(run.recounted_gauges(), run.gauges());
}

#[test]
fn threads_shards_and_checkpoints_change_nothing() {
    let scenario = busy();
    let end = 2_400;
    let mut serial = simulation(&scenario, 8);
    serial.run_until(end).unwrap();
    for (threads, shards) in [(2, 3), (3, 16)] {
        let mut run = Simulation::new(&scenario, 8, threads, shards, u64::MAX).unwrap();
        run.parallel_from(0);
        run.run_until(end / 2).unwrap();
        let change = patchday_agents::ScenarioChange {
            before: &scenario,
            after: &scenario,
        };
        let mut blocks = run.block_snapshots().into_iter();
        let snapshot = run.snapshot();
        let mut run = Simulation::resume(change, threads, shards, u64::MAX, snapshot, |_| {
            blocks.next().ok_or(())
        })
        .ok()
        .unwrap();
        run.parallel_from(0);
        run.run_until(end).unwrap();
        assert_eq!(run.digest(), serial.digest(), "{threads} x {shards}");
        assert_eq!(run.fleet_stats(), serial.fleet_stats());
    }
    let (network, world) = Network::new(&scenario);
    let actors = network.actors();
    let expected = reference::digest_at(&network, world, actors, 8, end);
    assert_eq!(serial.digest(), expected);
}

/// The servers of a service have no state, and take no time, before the first request.
#[test]
fn services_without_requests_cost_nothing() {
    let mut with = empty();
    with.service = vec![service("web", 100, 50, 5)];
    let run = |scenario: &Scenario| {
        let mut run = simulation(scenario, 3);
        run.run_until(20_000).unwrap();
        (run.handled(), run.totals().sessions)
    };
    assert_eq!(run(&with), run(&empty()));
}
