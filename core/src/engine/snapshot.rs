//! Snapshots: the state of an engine between two ticks, block by block. `restore` creates an engine
//! from it.
//!
//! The snapshot of a block holds the states of its actors, its block state, and the envelopes
//! that wait for it, in the order in which they will be handled. Invariant: a snapshot does not
//! depend on the numbers of threads, shards and ranks, so the restored engine can have other numbers,
//! and continues exactly as the first engine would. The constants of the model can change at a
//! restore, and actors can be added at the end. The caller decides how to store snapshots.
//! Units: ticks, envelopes.

use std::{convert::Infallible, ops::Range};

use crate::{
    actor_id::ActorId,
    engine::{clock::Clock, settings::SettingsError, shard::Shard, tick_loop::Engine},
    mail::{
        layout::{Kinds, Layout},
        partition::Partition,
    },
    model::{Model, kinds_of, weights_of},
    time::Tick,
};

/// The blocks of a shard are visited in this many groups. Each group is a pass over all waiting
/// envelopes of the shard; fewer groups need fewer passes but copy more envelopes at a time.
const GROUPS: u32 = 8;

/// The state of one block, which owns its data.
pub struct BlockSnapshot<M: Model> {
    /// The states of the actors, in order of ids; none if all are dormant and not stored.
    pub states: Vec<M::State>,
    /// The block state.
    pub block_state: M::BlockState,
    /// The envelopes that wait for it: due tick, actor, message. They are in the order of due
    /// ticks, and within a tick in the order in which they will be handled.
    pub mail: Vec<(Tick, ActorId, M::Message)>,
}

/// The state of one block, which borrows the states from an engine.
pub struct BlockView<'a, M: Model> {
    /// The states of the actors, in order of ids; none if all are dormant and not stored.
    pub states: &'a [M::State],
    /// The block state.
    pub block_state: &'a M::BlockState,
    /// The envelopes that wait for it, as in [`BlockSnapshot::mail`].
    pub mail: Vec<(Tick, ActorId, M::Message)>,
}

impl<M: Model> Clone for BlockSnapshot<M>
where
    M::BlockState: Clone,
{
    fn clone(&self) -> Self {
        Self {
            states: self.states.clone(),
            block_state: self.block_state.clone(),
            mail: self.mail.clone(),
        }
    }
}

/// Why an engine cannot be restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch<E> {
    /// A setting is out of range.
    Refused(SettingsError),
    /// The snapshot has more actors than the settings.
    FewerActors {
        /// Actors of the snapshot.
        snapshot: u32,
        /// Actors of the settings.
        settings: u32,
    },
    /// A block is not valid: its number, and what is wrong.
    Block(u32, &'static str),
    /// The source of the snapshots failed.
    Source(E),
}

impl<E> Mismatch<E> {
    /// Returns what is wrong, for the other ranks.
    pub(crate) fn description(&self) -> String {
        match self {
            Self::Refused(error) => error.to_string(),
            Self::FewerActors { snapshot, settings } => {
                format!("the snapshot has {snapshot} actors, and the settings {settings}")
            }
            Self::Block(block, fault) => {
                format!("the snapshot of block {block} is not valid: {fault}")
            }
            Self::Source(_) => "a snapshot cannot be read".into(),
        }
    }
}

/// Returns the actors of a block, in the order of [`BlockSnapshot::states`], at a snapshot with this
/// progress. `kinds` are those of the model for the actors of the snapshot.
pub fn actors_of(kinds: Kinds, clock: Clock, block: u32) -> impl Iterator<Item = ActorId> {
    Layout::with_bits(kinds, clock.block_bits).actors_of(block)
}

/// Returns the blocks of each rank that has one of these shares, if `actors` actors of a model are restored
/// from a snapshot with this progress.
pub fn blocks_of_ranks<M: Model>(
    model: &M,
    actors: u32,
    clock: Clock,
    shares: &[u32],
) -> Vec<Range<u32>> {
    let layout = Layout::with_bits(kinds_of(model, actors), clock.block_bits);
    let weights = weights_of(model, &layout);
    let of = |rank| Partition::of_rank(layout, &weights, shares, rank, 1).own_blocks();
    (0..shares.len()).map(of).collect()
}

/// Returns the part of the active actors that the rank with the most of them has, if `ranks` ranks divide the
/// expected events of a model with `actors` actors equally.
pub fn largest_part<M: Model>(model: &M, actors: u32, ranks: u32) -> f64 {
    let layout = Layout::new(kinds_of(model, actors));
    let weights = weights_of(model, &layout);
    let shares = vec![1; ranks.max(1) as usize];
    let mut edges = weights.cut(0, layout.stored(), &shares);
    edges.push(layout.stored());
    let most = edges.windows(2).map(|pair| pair[1] - pair[0]).max();
    f64::from(most.unwrap_or(0)) / f64::from(layout.stored())
}

impl<M: Model> Engine<M> {
    /// Returns the progress of the engine, to be stored with the snapshots of its blocks.
    pub fn clock(&self) -> Clock {
        Clock {
            now: self.now(),
            last: self.progress.last,
            handled: self.handled(),
            actors: self.settings().actors,
            block_bits: self.partition.layout.bits,
            seed: self.settings().seed,
        }
    }

    /// Passes a view of every block of this rank to `taker`, in ascending order and in groups, until `taker`
    /// fails. A group is about an eighth of a shard, so that only a small part of the envelopes
    /// is in memory twice.
    ///
    /// # Errors
    /// Returns an error if `taker` does.
    pub fn blocks<E>(
        &self,
        mut taker: impl FnMut(Vec<BlockView<'_, M>>) -> Result<(), E>,
    ) -> Result<(), E> {
        for shard in &self.shards {
            let blocks = shard.blocks();
            let step = (blocks.len() as u32).div_ceil(GROUPS).max(1);
            for start in blocks.clone().step_by(step as usize) {
                let group = start..blocks.end.min(start + step);
                taker(shard.views(group, &self.partition.layout))?;
            }
        }
        Ok(())
    }

    /// Returns the snapshots of all blocks of this rank, in ascending order. They take as much memory as the
    /// engine; [`blocks`](Self::blocks) takes a part of it.
    pub fn block_snapshots(&self) -> Vec<BlockSnapshot<M>>
    where
        M::BlockState: Clone,
    {
        let mut all = Vec::new();
        let taken = self.blocks(|views| {
            all.extend(views.into_iter().map(|view| BlockSnapshot {
                states: view.states.to_vec(),
                block_state: view.block_state.clone(),
                mail: view.mail,
            }));
            Ok::<(), Infallible>(())
        });
        match taken {
            Ok(()) => all,
            Err(never) => match never {},
        }
    }
}

impl<M: Model> Shard<M> {
    /// Returns views of some blocks of this shard.
    fn views(&self, group: Range<u32>, layout: &Layout) -> Vec<BlockView<'_, M>> {
        let mut mail: Vec<Vec<(Tick, ActorId, M::Message)>> = vec![Vec::new(); group.len()];
        self.wheel.for_each(|due, envelope| {
            let block = layout.block_of(envelope.to);
            if group.contains(&block) {
                let place = (block - group.start) as usize;
                mail[place].push((due, envelope.to, envelope.message));
            }
        });
        let views = mail.into_iter().zip(group).map(|(mut mail, block)| {
            // The sort is stable, because the order of arrival within a due tick matters.
            mail.sort_by_key(|(due, ..)| *due);
            let (states, block_state) = self.block(block);
            BlockView {
                states,
                block_state,
                mail,
            }
        });
        views.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::settings::Settings, phold::Phold};

    fn settings(actors: u32, threads: usize, shards: usize) -> Settings {
        Settings {
            shards,
            ..Settings::new(actors, 7, threads)
        }
    }

    #[test]
    fn a_restored_engine_continues_like_the_first_one() {
        let model = || Phold::new(5_000, 20.0);
        let mut whole = Engine::new(model(), (), settings(5_000, 1, 1)).unwrap();
        whole.run_until(300).unwrap();
        for (stop, before, after) in [
            (0, (1, 1), (2, 3)),
            (1, (2, 5), (1, 1)),
            (257, (1, 3), (3, 64)),
        ] {
            let mut first = Engine::new(model(), (), settings(5_000, before.0, before.1)).unwrap();
            first.run_until(stop).unwrap();
            let mut snapshots = first.block_snapshots().into_iter();
            let settings = settings(5_000, after.0, after.1);
            let next = |_| snapshots.next().ok_or(());
            let mut second = Engine::restore(model(), (), settings, first.clock(), next).unwrap();
            assert_eq!(second.digest(), first.digest());
            second.run_until(300).unwrap();
            assert_eq!(second.digest(), whole.digest(), "{stop}");
            assert_eq!(
                (second.sent(), second.clock()),
                (whole.sent(), whole.clock())
            );
        }
    }

    #[test]
    fn snapshots_that_do_not_match_are_rejected() {
        let mut engine = Engine::new(Phold::new(200, 20.0), (), settings(200, 1, 1)).unwrap();
        engine.run_until(20).unwrap();
        let clock = engine.clock();
        let restore = |actors, clock: Clock, spoil: fn(&mut BlockSnapshot<Phold>)| {
            let mut snapshots = engine.block_snapshots().into_iter();
            let next = |_| {
                let mut snapshot = snapshots.next().ok_or("no more blocks")?;
                spoil(&mut snapshot);
                Ok::<_, &str>(snapshot)
            };
            Engine::restore(
                Phold::new(200, 20.0),
                (),
                settings(actors, 1, 2),
                clock,
                next,
            )
            .err()
        };
        assert!(restore(200, clock, |_| {}).is_none());
        let fewer = restore(199, clock, |_| {});
        assert!(matches!(fewer, Some(Mismatch::FewerActors { .. })));
        let late = Clock {
            now: 10_000,
            ..clock
        };
        assert!(matches!(
            restore(200, late, |_| {}),
            Some(Mismatch::Block(0, _))
        ));
        let endless = Clock {
            handled: u64::MAX,
            ..clock
        };
        assert!(matches!(
            restore(200, endless, |_| {}),
            Some(Mismatch::Block(0, _))
        ));
        let more = Clock {
            actors: 190,
            ..clock
        };
        assert!(restore(200, more, |_| {}).is_some());
        for spoil in [
            (|snapshot| snapshot.states.truncate(3)) as fn(&mut BlockSnapshot<Phold>),
            |snapshot| snapshot.mail.reverse(),
            |snapshot| snapshot.mail.iter_mut().for_each(|mail| mail.1 += 100),
        ] {
            assert!(matches!(
                restore(200, clock, spoil),
                Some(Mismatch::Block(..))
            ));
        }
    }
}
