//! A simulation of several ranks that rank 0 leads: it gives the rows, the digest and the blocks of a
//! single process, and learns why another rank wants to stop.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{convert::Infallible, panic::AssertUnwindSafe, thread};

use common::cut_down;
use patchday_agents::{Follower, Simulation, scenario::Scenario};
use patchday_core::{ChannelLink, Ranks};

/// The blocks of a rank, each as bytes.
fn packed(simulation: &Simulation, taker: &mut dyn FnMut(Vec<u8>)) {
    let taken = simulation.blocks(|views| {
        for view in views {
            taker(postcard::to_stdvec(&(view.states, view.block_state, &view.mail)).unwrap());
        }
        Ok::<_, Infallible>(())
    });
    assert!(taken.is_ok());
}

/// A follower that wants to stop after some orders, and can fail to pack its blocks.
struct Packing {
    orders_left: Option<u32>,
    fails: bool,
}

impl Follower for Packing {
    fn stop_cause(&mut self) -> Option<String> {
        let left = self.orders_left.as_mut()?;
        *left = left.saturating_sub(1);
        (*left == 0).then(|| "no memory".to_owned())
    }

    fn pack(
        &mut self,
        simulation: &Simulation,
        taker: &mut dyn FnMut(Vec<u8>),
    ) -> Result<(), String> {
        packed(simulation, taker);
        if self.fails {
            return Err("too large".into());
        }
        Ok(())
    }
}

/// Runs `lead` on rank 0 and a follower on each other rank. Returns what `lead` does, and the texts of
/// followers that panicked.
fn led<T: Send>(
    scenario: &Scenario,
    followers: impl Fn(usize) -> Packing + Sync,
    lead: impl FnOnce(&mut Simulation) -> T + Send,
) -> (T, Vec<String>) {
    let shares = [2, 1, 3];
    let simulation = |rank: usize, link: ChannelLink| {
        let link = Box::new(link);
        let shares = shares.to_vec();
        let ranks = Ranks { link, rank, shares };
        Simulation::new_ranked(scenario, 3, 1, 1 + rank, u64::MAX, ranks).unwrap()
    };
    thread::scope(|scope| {
        let mut links = ChannelLink::connect(shares.len()).into_iter().enumerate();
        let first = links.next().unwrap().1;
        let (simulation, followers) = (&simulation, &followers);
        let others: Vec<_> = links
            .map(|(rank, link)| {
                scope.spawn(move || {
                    let mut simulation = simulation(rank, link);
                    let mut follower = followers(rank);
                    let follow = AssertUnwindSafe(|| simulation.follow(&mut follower));
                    let outcome = std::panic::catch_unwind(follow);
                    outcome
                        .err()
                        .map(|panic| *panic.downcast::<String>().unwrap())
                })
            })
            .collect();
        let mut leader = simulation(0, first);
        leader.lead();
        let done = lead(&mut leader);
        drop(leader);
        let texts = others.into_iter().map(|other| other.join().unwrap());
        (done, texts.flatten().collect())
    })
}

fn calm(_: usize) -> Packing {
    Packing {
        orders_left: None,
        fails: false,
    }
}

#[test]
fn rank_0_alone_gives_rows_digest_and_blocks_of_all() {
    let scenario = cut_down(20_000, 6);
    let run = |simulation: &mut Simulation| {
        let mut rows = Vec::new();
        for hour in 1..=5 {
            simulation.run_until(hour * 3_600).unwrap();
            rows.push(simulation.sample());
        }
        let mut blocks = Vec::new();
        packed(simulation, &mut |block| blocks.push(block));
        let others = simulation.blocks_of_others(
            |block| {
                blocks.push(block);
                Ok(())
            },
            |text| text,
        );
        assert_eq!(others, Ok(()));
        let digest = simulation.digest();
        // The run goes on after its blocks were passed.
        simulation.run_until(6 * 3_600).unwrap();
        (rows, blocks, digest, simulation.digest())
    };
    let mut alone = Simulation::new(&scenario, 3, 1, 1, u64::MAX).unwrap();
    alone.lead();
    let expected = run(&mut alone);
    assert!(expected.1.len() > 20);
    let (found, texts) = led(&scenario, calm, run);
    assert_eq!((found, texts), (expected, Vec::new()));
}

#[test]
fn rank_0_learns_that_another_rank_wants_to_stop() {
    let scenario = cut_down(2_000, 6);
    let stopping = |rank: usize| Packing {
        orders_left: (rank == 2).then_some(4),
        fails: false,
    };
    let (orders, _) = led(&scenario, stopping, |simulation| {
        (1..20).find(|minute| {
            simulation.run_until(minute * 60).unwrap();
            simulation.stop_cause() == Some("rank 2: no memory")
        })
    });
    assert_eq!(orders, Some(4));
}

#[test]
fn blocks_that_cannot_be_passed_or_taken_are_an_error_and_the_run_goes_on() {
    let scenario = cut_down(2_000, 6);
    let failing = |rank: usize| Packing {
        orders_left: None,
        fails: rank == 1,
    };
    let ((outcomes, digest), texts) = led(&scenario, failing, |simulation| {
        simulation.run_until(3_600).unwrap();
        let mut parts = 0;
        let failed = simulation.blocks_of_others(
            |_| {
                parts += 1;
                Ok(())
            },
            |text| text,
        );
        let full = simulation.blocks_of_others(|_| Err("disk full".to_owned()), |text| text);
        simulation.run_until(7_200).unwrap();
        ((failed, full), simulation.digest())
    });
    assert_eq!(outcomes.0, Err("rank 1: too large".to_owned()));
    assert_eq!(outcomes.1, Err("disk full".to_owned()));
    assert!(texts.is_empty());
    let mut alone = Simulation::new(&scenario, 3, 1, 1, u64::MAX).unwrap();
    alone.run_until(7_200).unwrap();
    assert_eq!(digest, alone.digest());
}

#[test]
fn rank_0_can_stop_the_others_with_a_text() {
    let scenario = cut_down(2_000, 6);
    let ((), texts) = led(&scenario, calm, |simulation| {
        simulation.run_until(600).unwrap();
        simulation.stop_ranks("the disk is full");
    });
    assert_eq!(texts, ["rank 0: the disk is full"; 2]);
}
