//! Snapshots: the state of an engine between two ticks, block by block, and an engine restored
//! from it.
//!
//! The snapshot of a block holds the states of its actors, its block state, and the envelopes
//! that wait for it, in the order in which they will be handled. Invariant: a snapshot does not
//! depend on the numbers of threads and shards, so the restored engine can have other numbers,
//! and continues exactly as the first engine would. The constants of the model can change at a
//! restore, and actors can be added at the end. The caller decides how to store snapshots.
//! Units: ticks, envelopes.

use std::{convert::Infallible, ops::Range};

use crate::{
    actor_id::ActorId,
    engine::{
        clock::Clock,
        settings::{Settings, SettingsError},
        shard::Shard,
        tick_loop::{Engine, workers},
    },
    mail::{
        envelope::Envelope,
        layout::{Kinds, Layout},
        partition::Partition,
    },
    model::{InitContext, Model, kinds_of},
    random::Random,
    time::{MAX_DELAY, MAX_TICK, Tick},
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

/// Returns the actors of a block, in the order of [`BlockSnapshot::states`], at a snapshot with this
/// progress. `kinds` are those of the model for the actors of the snapshot.
pub fn actors_of(kinds: Kinds, clock: Clock, block: u32) -> impl Iterator<Item = ActorId> {
    Layout::with_bits(kinds, clock.block_bits).actors_of(block)
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

    /// Passes a view of every block to `taker`, in ascending order and in groups, until `taker`
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

    /// Returns the snapshots of all blocks, in ascending order. They take as much memory as the
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

    /// Creates an engine that continues from a snapshot. `next` returns the snapshot of the
    /// block with the given number; it is called in ascending order. Actors that the snapshot
    /// does not have are created as at the start, but without their first messages.
    ///
    /// # Errors
    /// Returns an error if the snapshot does not match the settings or is not valid, or if
    /// `next` fails.
    pub fn restore<E>(
        model: M,
        world: M::World,
        settings: Settings,
        clock: Clock,
        mut next: impl FnMut(u32) -> Result<BlockSnapshot<M>, E>,
    ) -> Result<Self, Mismatch<E>> {
        if clock.actors > settings.actors {
            return Err(Mismatch::FewerActors {
                snapshot: clock.actors,
                settings: settings.actors,
            });
        }
        // The limit on events keeps their sums from overflowing; a run of years has fewer.
        let is_valid =
            clock.now <= MAX_TICK && clock.last <= clock.now && clock.handled <= u64::MAX >> 1;
        // Other blocks than those of the model could need much more memory.
        let kinds = model.kinds(clock.actors);
        let fits = kinds.are_of(clock.actors) && Layout::new(kinds).bits == clock.block_bits;
        if !is_valid || !fits {
            return Err(Mismatch::Block(
                0,
                "the progress of the engine is inconsistent",
            ));
        }
        settings.check().map_err(Mismatch::Refused)?;
        let layout = Layout::with_bits(kinds_of(&model, settings.actors), clock.block_bits);
        let partition = Partition::new(layout, settings.shards);
        let mut shards = Vec::with_capacity(settings.shards);
        for index in 0..settings.shards {
            let mut shard = Shard::empty(index, &model, &partition, settings.shards, clock.last);
            for block in partition.blocks(index) {
                let known = layout.actors_of(block).take_while(|id| *id < clock.actors);
                let known = known.count();
                let snapshot = if known == 0 {
                    BlockSnapshot {
                        states: Vec::new(),
                        block_state: M::BlockState::default(),
                        mail: Vec::new(),
                    }
                } else {
                    next(block).map_err(Mismatch::Source)?
                };
                if let Some(fault) = fault(&snapshot, &layout, block, known, clock) {
                    return Err(Mismatch::Block(block, fault));
                }
                shard.add_block(block, &layout, snapshot);
                if block < layout.stored() {
                    for id in layout.actors_of(block).skip(known) {
                        shard.add_actor(&model, &world, id, Random::new(settings.seed));
                    }
                }
            }
            shards.push(shard);
        }
        let workers = workers(settings.threads).map_err(Mismatch::Refused)?;
        Ok(Self::assembled(
            model, world, settings, partition, shards, clock, workers,
        ))
    }
}

/// Returns what is wrong with the snapshot of a block of which the first `known` actors exist, if
/// anything.
fn fault<M: Model>(
    snapshot: &BlockSnapshot<M>,
    layout: &Layout,
    block: u32,
    known: usize,
    clock: Clock,
) -> Option<&'static str> {
    let is_dormant = block >= layout.stored() && snapshot.states.is_empty();
    if !is_dormant && snapshot.states.len() != known {
        return Some("it has the wrong number of actors");
    }
    let dues = || snapshot.mail.iter().map(|(due, ..)| *due);
    let ahead = dues().all(|due| due >= clock.now && due - clock.last <= MAX_DELAY);
    if !ahead || !dues().is_sorted() {
        return Some("the due ticks of its envelopes are not ascending or out of range");
    }
    let is_own = |to: ActorId| to < clock.actors && layout.block_of(to) == block;
    let own = snapshot.mail.iter().all(|(_, to, _)| is_own(*to));
    (!own).then_some("it has envelopes for actors of other blocks")
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

    /// Adds the next block from its snapshot.
    fn add_block(&mut self, block: u32, layout: &Layout, snapshot: BlockSnapshot<M>) {
        if self.states.stored().contains(&block) {
            snapshot
                .states
                .into_iter()
                .for_each(|state| self.states.push(state));
        } else {
            let mut states = snapshot.states;
            // Dormant actors that the snapshot does not have are dormant.
            if let Some(sleeping) = self.states.sleeping().filter(|_| !states.is_empty()) {
                states.resize(layout.size_of(block), *sleeping);
            }
            self.states.wake_with(block, states);
        }
        self.block_states.push(snapshot.block_state);
        for (due, to, message) in snapshot.mail {
            let envelope = Envelope {
                to,
                due_low: due as u16,
                message,
            };
            self.wheel.insert(due, envelope);
        }
    }

    /// Creates one more actor, without its first messages.
    fn add_actor(&mut self, model: &M, world: &M::World, id: ActorId, random: Random) {
        let mut init = InitContext {
            id,
            random,
            mail: &mut Vec::new(),
        };
        self.states.push(model.create(world, id, &mut init));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phold::Phold;

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
