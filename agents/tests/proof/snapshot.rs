//! The complete state of a simulation between two ticks, and the comparison of two such states.
//!
//! A snapshot is serialised to bytes and back before a simulation resumes from it, like a
//! checkpoint. The comparison covers more than the digest, which ignores the order of pending
//! messages.

use patchday_agents::{BlockState, Message, Network, ScenarioChange, Simulation, Snapshot, State};
use patchday_core::{ActorId, Tick, engine::snapshot::BlockSnapshot};
use serde::{Deserialize, Serialize};

use crate::plan::Parallelism;

/// The state of one block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) actors: Vec<ActorId>,
    pub(crate) states: Vec<State>,
    pub(crate) block_state: BlockState,
    pub(crate) mail: Vec<(Tick, ActorId, Message)>,
}

/// The complete state of a simulation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FullSnapshot {
    /// The state outside the blocks: the world, the clock, the last sample.
    pub(crate) rest: Snapshot,
    pub(crate) blocks: Vec<Block>,
}

/// The part of a snapshot in which a difference is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Location {
    /// The state of this actor.
    Actor(ActorId),
    /// The state of the block whose first actor this is.
    BlockState(ActorId),
    /// The pending messages to this actor.
    Mail(ActorId),
    /// The state outside the blocks.
    World,
}

/// The first difference between two snapshots.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    pub(crate) location: Location,
    /// Lines of both debug formats.
    pub(crate) description: String,
}

impl Difference {
    fn new(location: Location, one: &impl std::fmt::Debug, two: &impl std::fmt::Debug) -> Self {
        Self {
            location,
            description: differing_lines(one, two),
        }
    }
}

impl FullSnapshot {
    /// Of several ranks, each captures its own blocks.
    pub(crate) fn capture(simulation: &Simulation) -> Self {
        let blocks = simulation.own_blocks().zip(simulation.block_snapshots());
        let blocks = blocks.map(|(number, block)| Block {
            actors: simulation.actors_of(number).collect(),
            states: block.states,
            block_state: block.block_state,
            mail: block.mail,
        });
        Self {
            rest: simulation.snapshot(),
            blocks: blocks.collect(),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        postcard::from_bytes(bytes).unwrap()
    }

    /// Resumes a simulation from this snapshot. `scenarios` are the scenario that led to it and
    /// the one that continues from it.
    pub(crate) fn resume(
        self,
        scenarios: ScenarioChange<'_>,
        parallelism: Parallelism,
    ) -> Simulation {
        let mut blocks = self.blocks.into_iter();
        let next = |_| {
            blocks
                .next()
                .ok_or("a block is missing")
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
        assert!(blocks.next().is_none(), "not all blocks were read");
        parallelism.apply_to(&mut simulation);
        simulation
    }

    /// Returns the first difference from another snapshot, or `None` if both are equal. States
    /// are compared before messages, because an actor that acts differently changes its own
    /// state and then causes different messages to others.
    pub(crate) fn difference_from(&self, other: &Self) -> Option<Difference> {
        let shape = |snapshot: &Self| -> Vec<usize> {
            snapshot
                .blocks
                .iter()
                .map(|block| block.states.len())
                .collect()
        };
        assert_eq!(shape(self), shape(other), "the blocks have other sizes");
        let pairs = || self.blocks.iter().zip(&other.blocks);
        let states = pairs().find_map(|(one, two)| {
            let mut states = one.actors.iter().zip(one.states.iter().zip(&two.states));
            let (actor, states) = states.find(|(_, (one, two))| one != two)?;
            Some(Difference::new(Location::Actor(*actor), states.0, states.1))
        });
        let block_states = || {
            let mut differing = pairs().filter(|(one, two)| one.block_state != two.block_state);
            let (one, two) = differing.next()?;
            let location = Location::BlockState(one.actors[0]);
            Some(Difference::new(
                location,
                &one.block_state,
                &two.block_state,
            ))
        };
        let mail = || {
            let mut differing = pairs().filter(|(one, two)| one.mail != two.mail);
            let (one, two) = differing.next()?;
            let own = |block: &Block, actor| -> Vec<(Tick, ActorId, Message)> {
                let messages = block.mail.iter().filter(|(_, to, _)| *to == actor);
                messages.copied().collect()
            };
            let mut actors = one.actors.iter().copied();
            if let Some(actor) = actors.find(|actor| own(one, *actor) != own(two, *actor)) {
                let location = Location::Mail(actor);
                return Some(Difference::new(
                    location,
                    &own(one, actor),
                    &own(two, actor),
                ));
            }
            // Each actor has its messages in the same order, but the block as a whole has not.
            let mut messages = one.mail.iter().zip(&two.mail);
            let (one, two) = messages.find(|(one, two)| one != two)?;
            Some(Difference::new(Location::Mail(one.1), one, two))
        };
        let world = || {
            let bytes = |rest| postcard::to_stdvec(rest).unwrap();
            (bytes(&self.rest) != bytes(&other.rest))
                .then(|| Difference::new(Location::World, &self.rest, &other.rest))
        };
        states.or_else(block_states).or_else(mail).or_else(world)
    }
}

/// The first lines in which two debug formats differ, or their numbers of lines.
fn differing_lines(one: &impl std::fmt::Debug, two: &impl std::fmt::Debug) -> String {
    let (one, two) = (format!("{one:#?}"), format!("{two:#?}"));
    let lines = one.lines().zip(two.lines());
    let differing: Vec<String> = lines
        .filter(|(one, two)| one != two)
        .take(6)
        .map(|(one, two)| format!("{} | {}", one.trim(), two.trim()))
        .collect();
    if differing.is_empty() {
        let [one, two] = [one, two].map(|text| text.lines().count());
        return format!("{one} lines | {two} lines");
    }
    differing.join("; ")
}
