//! An snapshot: all there is to know of a simulation at a tick, and where two part.
//!
//! An snapshot goes through bytes on its way from one simulation to the next, as a
//! checkpoint does. Two snapshots are compared part by part: finer than the digest, which
//! sums up waiting mail without its order.

use patchday_agents::{
    BlockState, Message, Network, Simulation, Snapshot, State, scenario::Scenario,
};
use patchday_core::{ActorId, Tick, engine::snapshot::BlockSnapshot};
use serde::{Deserialize, Serialize};

use crate::plan::Parallelism;

/// One block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) states: Vec<State>,
    pub(crate) block_state: BlockState,
    pub(crate) mail: Vec<(Tick, ActorId, Message)>,
}

/// All blocks, and where the simulation stands beside them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FullSnapshot {
    pub(crate) rest: Snapshot,
    pub(crate) blocks: Vec<Block>,
}

/// What differs first between two snapshots.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Location {
    /// The state of this actor.
    Actor(ActorId),
    /// The block_state of the block of this actor and its neighbours.
    BlockState(ActorId),
    /// What waits for this actor.
    Mail(ActorId),
    /// What is not actors: the world, the clock, what the series was told.
    World,
}

impl FullSnapshot {
    pub(crate) fn capture(simulation: &Simulation) -> Self {
        let mut blocks = Vec::new();
        let taken = simulation.blocks(|views| {
            blocks.extend(views.into_iter().map(|view| Block {
                states: view.states.to_vec(),
                block_state: view.block_state.clone(),
                mail: view.mail,
            }));
            Ok::<(), ()>(())
        });
        assert_eq!(taken, Ok(()));
        Self {
            rest: simulation.standing(),
            blocks,
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        postcard::from_bytes(bytes).unwrap()
    }

    /// A simulation of the scenario `after` that goes on from here, where one of `before`
    /// stood.
    pub(crate) fn resume(
        self,
        scenarios: (&Scenario, &Scenario),
        parallelism: Parallelism,
    ) -> Simulation {
        let mut blocks = self.blocks.into_iter();
        let next = |_| {
            blocks
                .next()
                .ok_or("no more blocks")
                .map(|block| BlockSnapshot::<Network> {
                    states: block.states,
                    block_state: block.block_state,
                    mail: block.mail,
                })
        };
        let Parallelism {
            threads, shards, ..
        } = parallelism;
        let resumed = Simulation::resume(scenarios, threads, shards, u64::MAX, self.rest, next);
        let mut simulation = resumed.unwrap_or_else(|mismatch| panic!("{mismatch:?}"));
        assert!(blocks.next().is_none(), "blocks are left over");
        parallelism.apply_to(&mut simulation);
        simulation
    }

    /// Where the two part, and how; none if they are the same. The state of an actor is
    /// named before its mail: who acts otherwise than before changes, and others then
    /// have mail of it.
    pub(crate) fn first_difference(&self, other: &Self) -> Option<(Location, String)> {
        let shape = |snapshot: &Self| -> Vec<usize> {
            snapshot
                .blocks
                .iter()
                .map(|block| block.states.len())
                .collect()
        };
        assert_eq!(shape(self), shape(other), "blocks of other sizes");
        let pairs = || {
            let mut first = 0;
            let pairs = self.blocks.iter().zip(&other.blocks);
            pairs.map(move |(one, two)| {
                first += one.states.len() as ActorId;
                (first - one.states.len() as ActorId, one, two)
            })
        };
        let states = pairs().find_map(|(first, one, two)| {
            let mut states = (first..).zip(one.states.iter().zip(&two.states));
            let (actor, states) = states.find(|(_, (one, two))| one != two)?;
            Some((Location::Actor(actor), differing_lines(states.0, states.1)))
        });
        let block_states = || {
            let mut differing = pairs().filter(|(_, one, two)| one.block_state != two.block_state);
            let (first, one, two) = differing.next()?;
            Some((
                Location::BlockState(first),
                differing_lines(&one.block_state, &two.block_state),
            ))
        };
        let mail = || {
            let mut differing = pairs().filter(|(_, one, two)| one.mail != two.mail);
            let (first, one, two) = differing.next()?;
            let own = |block: &Block, actor| -> Vec<(Tick, ActorId, Message)> {
                let letters = block.mail.iter().filter(|(_, to, _)| *to == actor);
                letters.copied().collect()
            };
            let mut actors = first..first + one.states.len() as ActorId;
            if let Some(actor) = actors.find(|actor| own(one, *actor) != own(two, *actor)) {
                return Some((
                    Location::Mail(actor),
                    differing_lines(&own(one, actor), &own(two, actor)),
                ));
            }
            // Each has its letters in order, but not the block as a whole.
            let mut letters = one.mail.iter().zip(&two.mail);
            let (one, two) = letters.find(|(one, two)| one != two)?;
            Some((Location::Mail(one.1), differing_lines(one, two)))
        };
        let world = || {
            let bytes = |standing| postcard::to_stdvec(standing).unwrap();
            (bytes(&self.rest) != bytes(&other.rest))
                .then(|| (Location::World, differing_lines(&self.rest, &other.rest)))
        };
        states.or_else(block_states).or_else(mail).or_else(world)
    }
}

/// The first lines in which two things differ.
fn differing_lines(one: &impl std::fmt::Debug, two: &impl std::fmt::Debug) -> String {
    let (one, two) = (format!("{one:#?}"), format!("{two:#?}"));
    let lines = one.lines().zip(two.lines());
    let differing: Vec<String> = lines
        .filter(|(one, two)| one != two)
        .take(6)
        .map(|(one, two)| format!("{} | {}", one.trim(), two.trim()))
        .collect();
    match differing.is_empty() {
        true => format!(
            "{} lines | {} lines",
            one.lines().count(),
            two.lines().count()
        ),
        false => differing.join("; "),
    }
}
