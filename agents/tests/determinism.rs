//! The determinism guarantee, for the network: any number of threads and shards and any pauses
//! give the same digest and the same rows, and so does the reference interpreter.
//!
//! Units: instants in hours after the start, ticks of one second.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{attempt, cut_down, instant, share};
use patchday_agents::{
    Network, Simulation,
    scenario::{Order, Overload, PowerCut, Scenario, ServerKind, ServerTrouble, Version},
};
use patchday_core::reference;
use proptest::prelude::*;

/// Half a day with every mechanism of the overlay: a patch that spreads fast, a core too small
/// for the returning clients, two attempts of the operator, a restart of the overlay.
fn eventful(users: u64) -> Scenario {
    let mut scenario = cut_down(users, 12);
    let patch = &mut scenario.trigger.patch_day;
    patch.release = Some(instant(1.0));
    patch.check_in_min = "20m".parse().unwrap();
    patch.check_in_max = "1h".parse().unwrap();
    patch.download_max = "10m".parse().unwrap();
    patch.by_hand_share = share(0.5);
    scenario.population.always_on_share = share(0.05);
    scenario.overlay.supernode.requests = 0.1;
    scenario.overlay.supernode.endurance = "10m".parse().unwrap();
    scenario.overlay.supernode.patience = "20m".parse().unwrap();
    // A few supernodes have seats for all.
    scenario.overlay.supernode.seats = 600;
    scenario.operator.force_supernodes = vec![attempt(6.0, 20.0, 3), attempt(8.0, 60.0, 30)];
    scenario.operator.restart_overlay.at = Some(instant(10.0));
    scenario
}

#[test]
fn threads_and_shards_change_neither_rows_nor_digest() {
    let scenario = eventful(100_000);
    let run = |threads, shards| {
        let mut simulation = Simulation::new(&scenario, 3, threads, shards, u64::MAX).unwrap();
        let mut rows = Vec::new();
        for hour in 1..=12 {
            simulation.run_until(hour * 3600).unwrap();
            rows.push(simulation.sample());
        }
        (rows, simulation.digest(), *simulation.totals())
    };
    let expected = run(1, 1);
    let totals = &expected.2;
    for (what, count) in [
        ("restarts", totals.patch_restarts),
        ("losses of supernodes", totals.supernodes_restarted),
        ("supernodes fallen", totals.supernodes_fallen),
        ("losses of links", totals.links_lost),
        ("requests lost", totals.requests_lost),
        ("cycles failed", totals.cycles_failed),
        ("calls dropped", totals.calls_dropped),
    ] {
        assert!(count > 0, "no {what}: the scenario does not cover it");
    }
    for threads in [1, 2, 3, 7] {
        for shards in [1, 2, 5, 64] {
            assert_eq!(run(threads, shards), expected, "{threads} x {shards}");
        }
    }
}

/// Half a day with all services and with mass events, with an overlay or without.
fn with_mass_events(overlay: bool, order: Order) -> Scenario {
    let mut scenario = eventful(40_000);
    scenario.overlay.enabled = overlay;
    scenario.overlay.supernode.overload = Overload::ShutsDown;
    scenario.population.version = vec![Version {
        name: "fragile".into(),
        share: share(1.0),
        host_share: None,
        crash_share: share(0.5),
    }];
    let servers = &mut scenario.servers;
    servers.gateway.on = true;
    servers.gateway.calls = "0.2/s".parse().unwrap();
    servers.manager.on = true;
    servers.group_video.on = true;
    scenario.client.calls.busy_share = share(0.2);
    scenario.client.calls.video_share = share(0.5);
    scenario.client.calls.group_share = share(0.3);
    scenario.client.calls.relayed_share = share(0.5);
    let servers = &mut scenario.servers;
    servers.offline_messages.on = true;
    servers.offline_messages.rate = "5/s".parse().unwrap();
    servers.login.order = order;
    servers.login.rate = "2/s".parse().unwrap();
    if !overlay {
        scenario.client.retry.budget.tokens = 5;
    }
    scenario.trigger.server = vec![ServerTrouble {
        server: ServerKind::OfflineMessages,
        at: instant(3.0),
        lasts: "1h".parse().unwrap(),
        factor: 0.05,
    }];
    scenario.trigger.power_cut = vec![PowerCut {
        at: instant(5.0),
        lasts: "30m".parse().unwrap(),
        back_within: "5m".parse().unwrap(),
        regions: vec![scenario.population.region[1].name.clone()],
    }];
    scenario
}

#[test]
fn threads_and_shards_change_nothing_with_services_and_mass_events() {
    for (overlay, order) in [
        (true, Order::Fifo),
        (false, Order::Fifo),
        (false, Order::Lifo),
    ] {
        let scenario = with_mass_events(overlay, order);
        let run = |threads, shards| {
            let mut run = Simulation::new(&scenario, 12, threads, shards, u64::MAX).unwrap();
            run.run_until(scenario.ticks()).unwrap();
            (run.sample(), run.digest(), *run.totals())
        };
        let expected = run(1, 1);
        assert!(expected.2.crashes > 0 && expected.2.gateway_calls > 0);
        assert!(expected.2.calls_dropped > 0 && expected.2.messages_delivered > 0);
        for (threads, shards) in [(2, 2), (1, 5), (3, 64)] {
            let context = format!("{overlay} {order} {threads} x {shards}");
            assert_eq!(run(threads, shards), expected, "{context}");
        }
    }
}

#[test]
fn pauses_do_not_change_the_digest() {
    let scenario = eventful(20_000);
    let digest = |pauses: &[u32]| {
        let mut simulation = Simulation::new(&scenario, 3, 2, 3, u64::MAX).unwrap();
        for pause in pauses {
            simulation.run_until(*pause).unwrap();
        }
        simulation.run_until(scenario.ticks()).unwrap();
        simulation.digest()
    };
    let expected = digest(&[]);
    assert_eq!(
        digest(&[1, 2, 3, 4, 3_600, 3_601, 21_599, 21_600]),
        expected
    );
    let regular: Vec<u32> = (1..600).map(|number| number * 72).collect();
    assert_eq!(digest(&regular), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_network_has_the_digest_of_the_reference_interpreter(
        users in 1_000..6_000u64,
        seed: u64,
        threads in 1..4usize,
        shards in 1..9usize,
        minutes in 1..720u32,
    ) {
        let scenario = eventful(users);
        let (network, world) = Network::new(&scenario);
        let actors = network.actors();
        let mut simulation = Simulation::new(&scenario, seed, threads, shards, u64::MAX).unwrap();
        simulation.run_until(minutes * 60).unwrap();
        let expected = reference::digest_at(&network, world, actors, seed, minutes * 60);
        prop_assert_eq!(simulation.digest(), expected);
    }
}

#[test]
fn the_same_seed_gives_the_same_digest_and_other_seeds_others() {
    let scenario = cut_down(5_000, 2);
    let digest = |seed| {
        let mut simulation = common::simulation(&scenario, seed);
        simulation.run_until(scenario.ticks()).unwrap();
        simulation.digest()
    };
    assert_eq!(digest(1), digest(1));
    let all: std::collections::BTreeSet<u64> = (0..8).map(digest).collect();
    assert_eq!(all.len(), 8);
}
