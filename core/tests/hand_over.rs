//! Ticks that several threads share: a panic on any of them ends the run, and neither the number
//! of threads beyond the processors nor a measurement of the balance changes a result.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use common::OrderSensitive;
use patchday_core::{
    ActorId, Context, Engine, InitContext, Model, Settings, Tick, panic_text, phold::Phold,
    reference,
};

/// Where the model panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// In an actor, on a thread that helps.
    Helper,
    /// In an actor, on the thread that runs the loop.
    Lead,
    /// At the barrier.
    Barrier,
}

/// Every actor works for a moment at every tick, so that all threads get a part.
struct Faulty(Fault);

impl Model for Faulty {
    type State = u64;
    type Message = u16;
    type BlockState = ();
    type World = ();
    type Tally = ();

    fn create(&self, (): &(), _: ActorId, init: &mut InitContext<'_, Self>) -> u64 {
        init.send(1, 0);
        0
    }

    fn receive(&self, (): &(), message: u16, context: &mut Context<'_, Self>) {
        thread::sleep(Duration::from_micros(100));
        let is_helper = thread::current()
            .name()
            .is_some_and(|name| name.starts_with("shard-worker"));
        let place = if is_helper {
            Fault::Helper
        } else {
            Fault::Lead
        };
        assert!(
            context.now < 5 || self.0 != place,
            "actor on {place:?} failed"
        );
        let own = context.id;
        context.send(own, 1, message);
    }

    fn end_tick(&self, (): &mut (), (): &mut (), now: Tick) {
        assert!(now < 5 || self.0 != Fault::Barrier, "barrier failed");
    }
}

#[test]
fn a_panic_on_any_thread_ends_the_run_with_its_message() {
    for fault in [Fault::Helper, Fault::Lead, Fault::Barrier] {
        for (threads, shards) in [(2, 8), (3, 3), (7, 20)] {
            let settings = Settings {
                shards,
                ..Settings::new(640, 1, threads)
            };
            let mut engine = Engine::new(Faulty(fault), (), settings).unwrap();
            engine.parallel_from(0);
            let outcome = catch_unwind(AssertUnwindSafe(|| engine.run_until(1_000)));
            let payload = outcome.unwrap_err();
            assert!(panic_text(payload.as_ref()).contains("failed"), "{fault:?}");
        }
    }
}

#[test]
fn any_order_of_work_gives_the_digest_of_the_reference() {
    let model = OrderSensitive {
        actors: 2_000,
        dormant: 300,
        spread: 40,
        max_sent: 2,
        far: true,
        triggers: vec![3, 900],
    };
    let expected = reference::digest_at(&model, 0, model.actors, 3, 4_000);
    for (threads, shards) in [(1, 64), (2, 3), (2, 64), (5, 17), (16, 5), (24, 125)] {
        for parallel_from in [0, 30] {
            let settings = Settings {
                shards,
                ..Settings::new(model.actors, 3, threads)
            };
            let mut engine = Engine::new(model.clone(), 0, settings).unwrap();
            engine.parallel_from(parallel_from);
            engine.measure_balance(Some(ticking));
            for end in [1, 2, 700, 4_000] {
                engine.run_until(end).unwrap();
                assert_eq!(engine.sent(), engine.handled() + engine.in_flight());
            }
            assert_eq!(engine.digest(), expected, "{threads} x {shards}");
        }
    }
}

/// A clock that advances by one at each call.
fn ticking() -> u64 {
    static NOW: AtomicU64 = AtomicU64::new(0);
    NOW.fetch_add(1, Ordering::Relaxed)
}

#[test]
fn the_balance_counts_all_events() {
    let mut engine = Engine::new(Phold::new(20_000, 7.0), (), Settings::new(20_000, 5, 2)).unwrap();
    engine.run_until(10).unwrap();
    assert_eq!(engine.take_balance().shards(), []);
    engine.measure_balance(None);
    let before = engine.handled();
    engine.run_until(60).unwrap();
    let balance = engine.take_balance();
    let events: u64 = balance.shards().iter().map(|shard| shard.events).sum();
    assert_eq!(events, engine.handled() - before);
    assert_eq!(balance.ticks(), 50);
    let [two, four, ..] = balance.efficiencies();
    assert!(
        two > 0.9 && four > 0.8 && two <= 1.0 && four <= 1.0,
        "{two} {four}"
    );
    assert_eq!(engine.take_balance().ticks(), 0);
}
