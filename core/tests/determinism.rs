//! The determinism guarantee: the digest of a model and a seed does not depend on the numbers
//! of threads and shards, nor on where the run is interrupted, and it is equal to that of the
//! reference interpreter.

mod common;

use common::OrderSensitive;
use patchday_core::{Engine, Settings, phold::Phold, reference};
use proptest::prelude::*;

#[test]
fn threads_and_shards_do_not_change_the_digest_of_phold() {
    let digest = |threads, shards| {
        let settings = Settings {
            shards,
            ..Settings::new(20_000, 5, threads)
        };
        let mut engine = Engine::new(Phold::new(20_000, 7.0), (), settings).unwrap();
        engine.run_until(60).unwrap();
        assert!(engine.handled() > 150_000);
        engine.digest()
    };
    let expected = digest(1, 1);
    for threads in [1, 2, 3, 7] {
        for shards in [1, 2, 5, 64] {
            assert_eq!(
                digest(threads, shards),
                expected,
                "threads {threads}, shards {shards}"
            );
        }
    }
}

#[test]
fn threads_and_shards_do_not_change_an_order_sensitive_model() {
    let model = OrderSensitive {
        actors: 3_000,
        dormant: 700,
        spread: 300,
        max_sent: 2,
        far: true,
        triggers: vec![4, 40, 70_000],
    };
    let expected = reference::digest_at(&model, 0, model.actors, 11, 140_000);
    for threads in [1, 2, 3, 7] {
        for shards in [1, 2, 5, 64] {
            let settings = Settings {
                shards,
                ..Settings::new(model.actors, 11, threads)
            };
            let mut engine = Engine::new(model.clone(), 0, settings).unwrap();
            engine.run_until(140_000).unwrap();
            assert_eq!(
                engine.digest(),
                expected,
                "threads {threads}, shards {shards}"
            );
            assert!(engine.handled() > 40_000, "{}", engine.handled());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Random small models, partitions and interruptions, compared with the reference.
    #[test]
    fn the_engine_agrees_with_the_reference(
        actors in 1..400u32,
        dormant in 0..400u32,
        spread in 0..60u32,
        max_sent in 1..3u32,
        far: bool,
        seed: u64,
        threads in 1..4usize,
        shards in 1..70usize,
        triggers in prop::collection::btree_set(1..3_000u32, 0..4),
        stops in prop::collection::vec(1..2_000u32, 0..6),
        end in 1..4_000u32,
    ) {
        let spread = spread.min(actors);
        let dormant = dormant.min(actors - spread);
        let model = OrderSensitive { actors, dormant, spread, max_sent, far, triggers: triggers.into_iter().collect() };
        let settings = Settings { shards, ..Settings::new(actors, seed, threads) };
        let mut engine = Engine::new(model.clone(), 0, settings).unwrap();
        for stop in stops {
            engine.run_until(stop.min(end)).unwrap();
        }
        engine.run_until(end).unwrap();
        prop_assert_eq!(engine.digest(), reference::digest_at(&model, 0, actors, seed, end));
        prop_assert_eq!(engine.sent(), engine.handled() + engine.in_flight());
    }
}

#[test]
fn the_seed_changes_the_digest() {
    let digest = |seed| {
        let mut engine =
            Engine::new(Phold::new(500, 5.0), (), Settings::new(500, seed, 1)).unwrap();
        engine.run_until(50).unwrap();
        engine.digest()
    };
    assert_ne!(digest(1), digest(2));
}

#[test]
fn a_snapshot_keeps_dormant_actors_and_allows_more_spread_actors() {
    let model = OrderSensitive {
        actors: 3_000,
        dormant: 2_400,
        spread: 100,
        max_sent: 1,
        far: false,
        triggers: vec![300],
    };
    let settings = |actors, shards| Settings {
        shards,
        ..Settings::new(actors, 11, 2)
    };
    let mut whole = Engine::new(model.clone(), 0, settings(3_000, 1)).unwrap();
    whole.run_until(12).unwrap();
    let blocks = whole.block_snapshots();
    // Messages have reached some blocks of dormant actors, and others not.
    let stored = blocks.iter().filter(|block| !block.states.is_empty());
    let stored = stored.count();
    assert!((50..blocks.len() - 10).contains(&stored), "{stored}");
    let restored = |model: OrderSensitive, actors| {
        let mut blocks = blocks.clone().into_iter();
        let next = |_| blocks.next().ok_or(());
        let world = *whole.world();
        Engine::restore(model, world, settings(actors, 7), whole.clock(), next).unwrap()
    };
    let mut second = restored(model.clone(), 3_000);
    assert_eq!(second.digest(), whole.digest());
    let mut third = restored(model, 3_300);
    assert_eq!(third.states().count(), 3_300);
    whole.run_until(500).unwrap();
    second.run_until(500).unwrap();
    third.run_until(500).unwrap();
    assert_eq!(second.digest(), whole.digest());
    // The model does not know the new actors, so the others are as before.
    let known = |engine: &Engine<OrderSensitive>| {
        let states = engine.states().filter(|(id, _)| *id < 3_000);
        states.map(|(id, state)| (id, *state)).collect::<Vec<_>>()
    };
    assert_eq!(known(&third), known(&second));
}
