//! Ranks that fail or do not fit together: all of them stop, at the same tick and with the same text.

use patchday_core::{
    ActorId, Context, Engine, Halt, InitContext, Model, Ranks, Settings, SettingsError, Tick,
    WireMessage, panic_text, phold::Phold,
};

use crate::{
    common::OrderSensitive,
    model,
    together::{outcomes, settings_of, together},
};

/// Every actor sends one message to itself in each tick.
struct Faulty {
    /// The actor that panics, and the tick from which on it does.
    actor: ActorId,
    tick: Tick,
    /// The rank whose barrier panics at `tick`, and this rank.
    barrier: Option<(usize, usize)>,
}

impl Model for Faulty {
    type State = u64;
    type Message = Beat;
    type BlockState = ();
    type World = Tick;
    type Tally = ();

    fn create(&self, _: &Tick, _: ActorId, init: &mut InitContext<'_, Self>) -> u64 {
        init.send(1, Beat);
        0
    }

    fn receive(&self, _: &Tick, message: Beat, context: &mut Context<'_, Self>) {
        let (own, now) = (context.id, context.now);
        assert!(
            own != self.actor || now < self.tick,
            "actor {own} failed at {now}"
        );
        context.send(own, 1, message);
    }

    fn end_tick(&self, world: &mut Tick, (): &mut (), now: Tick) {
        let fails = self.barrier.is_some_and(|(rank, own)| rank == own);
        assert!(!fails || now < self.tick, "barrier failed at {now}");
        *world = now;
    }
}

/// A message without a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Beat;

impl WireMessage for Beat {
    type Bytes = [u8; 0];

    fn to_wire(self) -> [u8; 0] {
        []
    }

    fn from_wire(_: [u8; 0]) -> Option<Self> {
        Some(Self)
    }
}

#[test]
fn a_panic_at_one_rank_stops_all_at_the_same_tick_with_the_same_text() {
    let shares = [1, 2, 1];
    for (actor, barrier, expected) in [
        (0, None, "rank 0: actor 0 failed at 5"),
        (320, None, "rank 1: actor 320 failed at 5"),
        (639, None, "rank 2: actor 639 failed at 5"),
        (640, Some(1), "rank 1: barrier failed at 5"),
        (639, Some(0), "rank 2: actor 639 failed at 5"),
    ] {
        let found = together(&shares, |rank, ranks| {
            let model = Faulty {
                actor,
                tick: 5,
                barrier: barrier.map(|fails| (fails, rank)),
            };
            let settings = settings_of(rank, 640, 1);
            let mut engine = Engine::new_ranked(model, 0, settings, ranks).unwrap();
            engine.parallel_from(0);
            let run = std::panic::AssertUnwindSafe(|| engine.run_until(1_000));
            let panic = std::panic::catch_unwind(run).unwrap_err();
            // The barrier of the tick is passed only where another one fails in it.
            (panic_text(panic.as_ref()).to_owned(), *engine.world())
        });
        for (text, last) in found {
            assert_eq!(text, expected);
            let passed = if barrier == Some(1) { 4..=5 } else { 4..=4 };
            assert!(passed.contains(&last), "{last}");
        }
    }
}

/// A rank of PHOLD that has run for ten ticks.
fn begun(ranks: Ranks) -> Engine<Phold> {
    let settings = Settings::new(2_000, 3, 1);
    let mut engine = Engine::new_ranked(Phold::new(2_000, 9.0), (), settings, ranks).unwrap();
    engine.run_until(10).unwrap();
    engine
}

#[test]
fn a_rank_that_ends_is_noticed() {
    let found = outcomes(
        &[1, 1, 1],
        |end| Box::new(end),
        |rank, ranks| {
            let mut engine = begun(ranks);
            if rank != 1 {
                engine.run_until(20).unwrap();
            }
        },
    );
    let texts: Vec<_> = found
        .iter()
        .map(|outcome| {
            outcome
                .as_ref()
                .err()
                .map(|panic| panic_text(panic.as_ref()))
        })
        .collect();
    // A rank that waits for one that has noticed it first sees that one end.
    assert_eq!(texts[1], None);
    for text in [&texts[0], &texts[2]] {
        assert!(text.as_ref().unwrap().ends_with("has ended"), "{texts:?}");
    }
}

#[test]
fn a_caller_can_stop_all_ranks() {
    let found = outcomes(
        &[1, 1, 1],
        |end| Box::new(end),
        |rank, ranks| {
            let mut engine = begun(ranks);
            if rank == 0 {
                engine.stop_ranks("the disk is full");
                return;
            }
            engine.run_until(20).unwrap();
        },
    );
    assert!(found[0].is_ok());
    for panic in found.into_iter().skip(1) {
        assert_eq!(
            panic_text(panic.unwrap_err().as_ref()),
            "rank 0: the disk is full"
        );
    }
}

/// Returns the errors of three ranks, the last of which has other settings.
fn refusals(last: Settings, shares: &[u32], model: fn(usize) -> Phold) -> Vec<String> {
    together(&[1, 1, 1], |rank, mut ranks| {
        let settings = if rank == 2 {
            last
        } else {
            Settings::new(900, 3, 1)
        };
        if rank == 2 {
            ranks.shares = shares.to_vec();
        }
        let engine = Engine::new_ranked(model(rank), (), settings, ranks);
        engine
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    })
}

#[test]
fn ranks_that_differ_do_not_start() {
    let usual = Settings::new(900, 3, 1);
    let phold = |_| Phold::new(900, 9.0);
    assert_eq!(refusals(usual, &[1; 3], phold), [""; 3]);
    for (last, shares, other, model) in [
        (
            Settings::new(900, 4, 1),
            [1, 1, 1],
            "seed",
            phold as fn(usize) -> Phold,
        ),
        (
            Settings::new(901, 3, 1),
            [1, 1, 1],
            "number of actors",
            phold,
        ),
        (
            Settings {
                mail_limit: 9,
                ..usual
            },
            [1, 1, 1],
            "limit on envelopes",
            phold,
        ),
        (usual, [1, 1, 2], "shares of the ranks", phold),
        (usual, [1, 1, 1], "tables of the model", |rank| {
            Phold::new(900, if rank == 2 { 9.1 } else { 9.0 })
        }),
    ] {
        let expected = format!("the ranks cannot run: rank 2 has another {other} than rank 0");
        assert_eq!(
            refusals(last, &shares, model),
            [(); 3].map(|()| expected.clone())
        );
    }
    // A setting that is out of range at one rank.
    let refused = refusals(
        Settings {
            threads: 0,
            ..usual
        },
        &[1; 3],
        phold,
    );
    let setting = "threads = 0; allowed: 1 to 1024";
    assert_eq!(refused[2], setting);
    assert_eq!(
        refused[0],
        format!("the ranks cannot run: rank 2: {setting}")
    );
    assert_eq!(refused[1], refused[0]);
}

#[test]
fn impossible_places_are_refused_without_waiting() {
    let refused = together(&[1], |_, ranks| {
        let ranks = patchday_core::Ranks { rank: 1, ..ranks };
        let phold = Phold::new(900, 9.0);
        Engine::new_ranked(phold, (), Settings::new(900, 3, 1), ranks).err()
    });
    let expected = SettingsError::Ranks("there is no rank 1 among 1".into());
    assert_eq!(refused, [Some(expected)]);
    let refused = together(&[1, 1], |_, mut ranks| {
        ranks.shares[0] = 0;
        let phold = Phold::new(900, 9.0);
        Engine::new_ranked(phold, (), Settings::new(900, 3, 1), ranks).err()
    });
    assert!(
        refused
            .iter()
            .all(|error| matches!(error, Some(SettingsError::Ranks(_))))
    );
}

#[test]
fn ranks_that_are_out_of_step_stop() {
    let found = outcomes(
        &[1, 1],
        |end| Box::new(end),
        |rank, ranks| {
            let settings = settings_of(rank, 3_000, 11);
            let mut engine = Engine::new_ranked(model(), 0, settings, ranks).unwrap();
            engine.run_until([20, 21][rank]).unwrap();
        },
    );
    let texts = found
        .into_iter()
        .map(|panic| panic_text(panic.unwrap_err().as_ref()).to_owned());
    for text in texts {
        assert_eq!(
            text,
            "the ranks are out of step: [Some(Pause), Some(Tick)], in order of ranks"
        );
    }
}

/// An error at one rank while it reads its snapshots reaches the others.
#[test]
fn a_snapshot_that_one_rank_cannot_read_stops_all() {
    let mut engine = Engine::new(model(), 0, Settings::new(3_000, 11, 1)).unwrap();
    engine.run_until(100).unwrap();
    let (blocks, clock, world) = (engine.block_snapshots(), engine.clock(), *engine.world());
    let found = together(&[1, 1], |rank, ranks| {
        let next = |block: u32| match rank {
            0 => Ok(blocks[block as usize].clone()),
            _ => Err("torn"),
        };
        let settings = settings_of(rank, 3_000, 11);
        let restored: Result<Engine<OrderSensitive>, _> =
            Engine::restore_ranked(model(), world, settings, clock, ranks, next);
        format!("{:?}", restored.err())
    });
    assert_eq!(found[1], "Some(Source(\"torn\"))");
    assert_eq!(
        found[0],
        "Some(Refused(Ranks(\"rank 1: a snapshot cannot be read\")))"
    );
}

#[test]
fn the_limit_on_envelopes_holds_for_all_ranks_together() {
    let growing = OrderSensitive {
        max_sent: 6,
        ..model()
    };
    let settings = |rank| Settings {
        mail_limit: 4_000,
        ..settings_of(rank, 3_000, 11)
    };
    let mut alone = Engine::new(growing.clone(), 0, settings(0)).unwrap();
    let expected = alone.run_until(1_000).unwrap_err();
    assert!(matches!(expected, Halt::MailLimit { .. }));
    let digest = alone.digest();
    let found = together(&[1, 4, 1], |rank, ranks| {
        let mut engine = Engine::new_ranked(growing.clone(), 0, settings(rank), ranks).unwrap();
        (engine.run_until(1_000).unwrap_err(), engine.digest())
    });
    assert_eq!(found, [(); 3].map(|()| (expected.clone(), digest)));
}
