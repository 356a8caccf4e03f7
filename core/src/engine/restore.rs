//! An engine restored from a snapshot, alone or as one of several ranks.
//!
//! Invariants: the restored engine continues exactly as the one of the snapshot would; a snapshot that
//! is not valid is rejected before anything runs. Units: ticks, envelopes.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    actor_id::ActorId,
    engine::{
        clock::Clock,
        settings::Settings,
        shard::Shard,
        snapshot::{BlockSnapshot, Mismatch},
        tick_loop::{
            Engine,
            ranked::{rounds, together},
            workers,
        },
    },
    mail::{envelope::Envelope, layout::Layout, partition::Partition, weights::BlockWeights},
    model::{InitContext, Model, kinds_of, weights_of},
    random::Random,
    ranks::{link::Ranks, wire::WireMessage},
    time::{MAX_DELAY, MAX_TICK},
};

impl<M: Model> Engine<M> {
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
        next: impl FnMut(u32) -> Result<BlockSnapshot<M>, E>,
    ) -> Result<Self, Mismatch<E>> {
        settings.check().map_err(Mismatch::Refused)?;
        let partition = |layout, weights| Partition::new(layout, &weights, settings.shards);
        Self::restored(model, world, settings, clock, partition, next)
    }

    /// Creates one of several ranks that continue from a snapshot. `next` is called for the blocks of
    /// this rank. The snapshot can be of any number of ranks.
    ///
    /// # Errors
    /// Returns an error as [`restore`](Self::restore), or if another rank does, or the ranks do not agree
    /// on what they run. All ranks return an error then.
    pub fn restore_ranked<E>(
        model: M,
        world: M::World,
        settings: Settings,
        clock: Clock,
        ranks: Ranks,
        next: impl FnMut(u32) -> Result<BlockSnapshot<M>, E>,
    ) -> Result<Self, Mismatch<E>>
    where
        M: 'static,
        M::Message: WireMessage,
        M::Tally: Serialize + DeserializeOwned,
    {
        let shares = ranks.shares.clone();
        let mut rounds = rounds(ranks).map_err(Mismatch::Refused)?;
        let create = |rank| {
            let checked = settings.check_ranked(shares.len());
            checked.map_err(Mismatch::Refused)?;
            let partition = |layout, weights| {
                Partition::of_rank(layout, &weights, &shares, rank, settings.shards)
            };
            Self::restored(model, world, settings, clock, partition, next)
        };
        let engine = together(&mut rounds, create, Mismatch::description)?;
        engine.joined(rounds, &shares).map_err(Mismatch::Refused)
    }

    fn restored<E>(
        model: M,
        world: M::World,
        settings: Settings,
        clock: Clock,
        partition: impl FnOnce(Layout, BlockWeights) -> Partition,
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
        let layout = Layout::with_bits(kinds_of(&model, settings.actors), clock.block_bits);
        let weights = weights_of(&model, &layout);
        let partition = partition(layout, weights);
        let mut shards = Vec::with_capacity(settings.shards);
        for index in partition.own() {
            let mut shard = Shard::empty(index, &model, &partition, clock.last);
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
