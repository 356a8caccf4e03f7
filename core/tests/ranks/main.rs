//! The determinism guarantee over several ranks, which are threads with channels between them: the
//! digest does not depend on the number of ranks, their shares, threads and shards, nor on where a run
//! is saved and continued on another number of ranks.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

#[path = "../common/mod.rs"]
mod common;
mod faults;
mod link;
mod together;

use common::OrderSensitive;
use patchday_core::{
    Engine, Model, Settings, Tick,
    engine::{clock::Clock, snapshot::BlockSnapshot},
    phold::Phold,
    reference,
};
use proptest::prelude::*;
use together::{settings_of, together};

fn model() -> OrderSensitive {
    OrderSensitive {
        actors: 3_000,
        dormant: 700,
        spread: 300,
        max_sent: 2,
        far: true,
        triggers: vec![4, 40, 70_000],
    }
}

#[test]
fn ranks_do_not_change_the_digest_of_phold() {
    let mut alone = Engine::new(Phold::new(20_000, 7.0), (), Settings::new(20_000, 5, 1)).unwrap();
    alone.run_until(60).unwrap();
    let expected = (alone.digest(), alone.handled(), alone.sent(), alone.clock());
    for shares in [&[1][..], &[1, 1], &[1, 5, 2], &[1, 1, 9, 1, 3], &[1; 7]] {
        let found = together(shares, |rank, ranks| {
            let settings = settings_of(rank, 20_000, 5);
            let model = Phold::new(20_000, 7.0);
            let mut engine = Engine::new_ranked(model, (), settings, ranks).unwrap();
            assert_eq!((engine.rank(), engine.ranks()), (rank, shares.len()));
            engine.parallel_from(0);
            engine.run_until(60).unwrap();
            (
                engine.digest(),
                engine.handled(),
                engine.sent(),
                engine.clock(),
            )
        });
        for found in found {
            assert_eq!(found, expected, "{shares:?}");
        }
    }
}

#[test]
fn ranks_do_not_change_an_order_sensitive_model() {
    let expected = reference::digest_at(&model(), 0, 3_000, 11, 72_000);
    for shares in [
        &[1, 1][..],
        &[7, 1, 2],
        &[2, 1, 1, 3, 1],
        &[1, 2, 3, 4, 3, 2, 1],
    ] {
        let found = together(shares, |rank, ranks| {
            let settings = settings_of(rank, 3_000, 11);
            let mut engine = Engine::new_ranked(model(), 0, settings, ranks).unwrap();
            // A barrier of threads in each of so many ticks would take long.
            engine.parallel_from(200);
            for end in [1, 41, 5_000, 72_000] {
                engine.run_until(end).unwrap();
            }
            assert!(engine.handled() > 20_000, "{}", engine.handled());
            engine.digest()
        });
        assert_eq!(found, vec![expected; shares.len()], "{shares:?}");
    }
}

/// A snapshot of all ranks.
#[derive(Clone)]
struct Saved<M: Model>
where
    M::BlockState: Clone,
{
    clock: Clock,
    world: M::World,
    blocks: Vec<BlockSnapshot<M>>,
}

/// A snapshot in a form that can be compared.
type Contents = (Clock, u64, Vec<(Vec<u64>, u64, Vec<(Tick, u32, u32, u16)>)>);

fn contents(saved: &Saved<OrderSensitive>) -> Contents {
    let blocks = saved.blocks.iter().map(|block| {
        let mail = block.mail.iter();
        let mail = mail.map(|(due, to, packet)| (*due, *to, packet.word, packet.tag));
        (block.states.clone(), block.block_state, mail.collect())
    });
    (saved.clock, saved.world, blocks.collect())
}

/// Runs `model` to `end` on ranks with these shares, from the start or a snapshot.
fn run(
    model: &OrderSensitive,
    shares: &[u32],
    from: Option<&Saved<OrderSensitive>>,
    end: Tick,
) -> (u64, Saved<OrderSensitive>) {
    let mut parts = together(shares, |rank, ranks| {
        let settings = settings_of(rank, 3_000, 11);
        let mut engine = match from {
            None => Engine::new_ranked(model.clone(), 0, settings, ranks).unwrap(),
            Some(saved) => {
                let next = |block: u32| Ok::<_, ()>(saved.blocks[block as usize].clone());
                let (world, clock) = (saved.world, saved.clock);
                Engine::restore_ranked(model.clone(), world, settings, clock, ranks, next).unwrap()
            }
        };
        engine.parallel_from(100);
        engine.run_until(end).unwrap();
        let blocks = engine.block_snapshots();
        assert_eq!(blocks.len(), engine.own_blocks().len());
        let saved = Saved {
            clock: engine.clock(),
            world: *engine.world(),
            blocks,
        };
        (engine.digest(), saved)
    });
    let (digest, mut all) = parts.remove(0);
    for (other, part) in parts {
        assert_eq!(
            (other, part.clock, part.world),
            (digest, all.clock, all.world)
        );
        all.blocks.extend(part.blocks);
    }
    (digest, all)
}

#[test]
fn a_snapshot_of_some_ranks_continues_on_any_number() {
    let (stop, end) = (1_000, 2_500);
    // The fork continues under other constants.
    let fork = OrderSensitive {
        triggers: vec![4, 40, 1_200],
        max_sent: 1,
        ..model()
    };
    let (_, first) = run(&model(), &[1], None, stop);
    let (plain, _) = run(&model(), &[1], Some(&first), end);
    let (forked, last) = run(&fork, &[1], Some(&first), end);
    assert_ne!(plain, forked);
    assert_eq!(plain, reference::digest_at(&model(), 0, 3_000, 11, end));
    for (before, after) in [
        (&[1, 1][..], &[1][..]),
        (&[1], &[3, 1]),
        (&[5, 1, 2], &[1, 1, 4, 1, 1]),
        (&[1, 2, 1, 2, 1, 2, 1], &[2, 3]),
    ] {
        let (_, saved) = run(&model(), before, None, stop);
        assert_eq!(contents(&saved), contents(&first), "{before:?}");
        assert_eq!(
            run(&model(), after, Some(&saved), end).0,
            plain,
            "{before:?} {after:?}"
        );
        let (digest, saved) = run(&fork, after, Some(&saved), end);
        assert_eq!(digest, forked, "{before:?} {after:?}");
        assert_eq!(contents(&saved), contents(&last), "{before:?} {after:?}");
    }
    // An engine that is not one of several ranks continues from the same snapshot, too.
    let (_, saved) = run(&model(), &[2, 1, 1], None, stop);
    let mut blocks = saved.blocks.into_iter();
    let next = |_| blocks.next().ok_or(());
    let settings = Settings::new(3_000, 11, 2);
    let mut engine = Engine::restore(model(), saved.world, settings, saved.clock, next).unwrap();
    engine.run_until(end).unwrap();
    assert_eq!(engine.digest(), plain);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Random small models, ranks and interruptions, compared with the reference. There can be more
    /// ranks than blocks.
    #[test]
    fn ranks_agree_with_the_reference(
        actors in 1..400u32,
        dormant in 0..400u32,
        spread in 0..60u32,
        max_sent in 1..3u32,
        far: bool,
        seed: u64,
        shares in prop::collection::vec(1..9u32, 1..6),
        triggers in prop::collection::btree_set(1..3_000u32, 0..4),
        stops in prop::collection::vec(1..2_000u32, 0..4),
        end in 1..3_000u32,
    ) {
        let spread = spread.min(actors);
        let dormant = dormant.min(actors - spread);
        let triggers = triggers.into_iter().collect();
        let model = OrderSensitive { actors, dormant, spread, max_sent, far, triggers };
        let expected = reference::digest_at(&model, 0, actors, seed, end);
        let found = together(&shares, |rank, ranks| {
            let settings = settings_of(rank, actors, seed);
            let mut engine = Engine::new_ranked(model.clone(), 0, settings, ranks).unwrap();
            for stop in &stops {
                engine.run_until((*stop).min(end)).unwrap();
            }
            engine.run_until(end).unwrap();
            assert_eq!(engine.sent(), engine.handled() + engine.in_flight());
            engine.digest()
        });
        prop_assert_eq!(found, vec![expected; shares.len()]);
    }
}
