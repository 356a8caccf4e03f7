//! A shard: the actors, timing wheel and outbox that one thread owns during a tick.
//!
//! A tick of a shard: it moves the batches of the previous tick into the wheel, takes the due
//! envelopes out, sorts them by block with a stable counting sort, and lets the actors handle
//! them, block by block in ascending order. It touches only blocks with due envelopes. Shards share
//! nothing but the exchange. Units: ticks, envelopes.

use std::{hash::Hash, ops::Range};

use crate::{
    actor_id::ActorId,
    engine::{
        digest::Digester,
        shard::{block_set::BlockSet, state_store::StateStore},
    },
    mail::{
        envelope::Envelope,
        exchange::{Batch, Exchange},
        layout::Layout,
        outbox::Outbox,
        partition::Partition,
    },
    model::{Context, InitContext, Injection, Model, PrefetchPass, Route},
    queue::timing_wheel::TimingWheel,
    random::Random,
    time::Tick,
};

pub(crate) mod block_set;
mod block_sort;
pub(crate) mod state_store;

/// The states of this many envelopes are prefetched together. With few due envelopes, each
/// state is on a page of its own, and the page walks of a group overlap. Measured in a retry
/// storm: 5 to 15 % faster than prefetching one state at a time; with many envelopes, equal. Groups
/// of 32 are 6 % faster than groups of 16 in PHOLD with 10 million actors, and as fast as 64.
const PREFETCH_GROUP: usize = 32;

/// [`Model::prefetch`] is called if a block has fewer due envelopes than this on average, in a shard
/// of more than [`LARGE`] states: otherwise the data is cached, and the calls cost more than they save.
const SPARSE: usize = 4;
const LARGE: usize = 1 << 20;

/// Data that all shards read during a tick.
pub(crate) struct TickInput<'a, M: Model> {
    pub(crate) model: &'a M,
    pub(crate) world: &'a M::World,
    pub(crate) partition: &'a Partition,
    pub(crate) exchange: &'a Exchange<M::Message>,
    pub(crate) random: Random,
    pub(crate) now: Tick,
    /// The tick in which the batches that are delivered now were sent.
    pub(crate) before: Tick,
    pub(crate) injection: &'a Injection<M>,
}

/// The actors of some consecutive blocks, and their envelopes.
pub(crate) struct Shard<M: Model> {
    index: usize,
    pub(super) first_block: u32,
    pub(crate) states: StateStore<M::State>,
    pub(crate) block_states: Vec<M::BlockState>,
    pub(crate) wheel: TimingWheel<M::Message>,
    pub(crate) outbox: Outbox<M::Message>,
    pub(crate) tally: M::Tally,
    /// Envelopes handled in the current tick.
    pub(crate) handled: u64,
    /// The earliest tick at which the wheel has something to do, as of the last tick of this shard.
    pub(crate) due: Tick,
    /// Nanoseconds of the current tick, if they are measured.
    pub(crate) spent: u64,
    /// The due envelopes, sorted by block; envelopes after them are from earlier ticks.
    pub(super) sorted: Vec<Envelope<M::Message>>,
    /// For each block with due envelopes, the index in `sorted` after its last envelope; 0 for all
    /// others.
    pub(super) ends: Vec<u32>,
    /// The blocks with due envelopes.
    pub(super) due_blocks: BlockSet,
}

impl<M: Model> Shard<M> {
    /// Creates the actors of a shard and their first envelopes.
    pub(crate) fn create(
        index: usize,
        model: &M,
        world: &M::World,
        partition: &Partition,
        random: Random,
    ) -> Self {
        let mut shard = Self::empty(index, model, partition, 0);
        let mut mail = Vec::new();
        for id in shard
            .states
            .stored()
            .flat_map(|block| partition.layout.actors_of(block))
        {
            shard.states.push(model.create(
                world,
                id,
                &mut InitContext {
                    id,
                    random,
                    mail: &mut mail,
                },
            ));
            for (due, message) in mail.drain(..) {
                shard.wheel.insert(
                    due,
                    Envelope {
                        to: id,
                        due_low: due as u16,
                        message,
                    },
                );
            }
        }
        let blocks = partition.blocks(index);
        shard
            .block_states
            .extend(blocks.map(|_| M::BlockState::default()));
        shard
    }

    /// Creates a shard without states, whose wheel is at tick `last`. The caller adds the blocks in
    /// order.
    pub(crate) fn empty(index: usize, model: &M, partition: &Partition, last: Tick) -> Self {
        let blocks = partition.blocks(index);
        let sleeping = model.dormant_state();
        let states = StateStore::new(partition.layout, blocks.clone(), sleeping);
        let mut wheel = TimingWheel::new(states.capacity());
        wheel.advance(last);
        Self {
            index,
            first_block: blocks.start,
            states,
            block_states: Vec::with_capacity(blocks.len()),
            wheel,
            outbox: Outbox::new(index, partition.len()),
            tally: M::Tally::default(),
            handled: 0,
            due: Tick::MAX,
            spent: 0,
            sorted: Vec::new(),
            ends: vec![0; blocks.len()],
            due_blocks: BlockSet::new(blocks.len()),
        }
    }

    /// Returns the earliest tick at which an envelope in the wheel may be due. Envelopes in the
    /// exchange do not count.
    pub(crate) fn next(&self) -> Option<Tick> {
        self.wheel.next()
    }

    /// Executes one tick of this shard.
    pub(crate) fn tick(&mut self, input: &TickInput<'_, M>) {
        self.handled = 0;
        self.outbox.sent = 0;
        self.outbox.earliest = Tick::MAX;
        self.deliver(input);
        let due = self.wheel.take_due();
        let count = due.len() as usize;
        if count == 0 && input.injection.broadcasts.is_empty() {
            return;
        }
        self.sort_by_block(input.partition.layout, due);
        self.handle(input, count);
        self.outbox.flush(input.exchange);
    }

    fn deliver(&mut self, input: &TickInput<'_, M>) {
        self.wheel.advance(input.now);
        self.receive_batches(input.exchange, input.before);
        for (to, message) in &input.injection.mail {
            if input.partition.shard_of(*to) == self.index {
                let envelope = Envelope {
                    to: *to,
                    due_low: input.now as u16,
                    message: *message,
                };
                self.wheel.insert(input.now, envelope);
            }
        }
    }

    /// Moves the batches that were sent in tick `before` into the wheel.
    pub(crate) fn receive_batches(&mut self, exchange: &Exchange<M::Message>, before: Tick) {
        let wheel = &mut self.wheel;
        exchange.deliver(self.index, |batch| match batch {
            Batch::Near(mail) => wheel.insert_batch(before, mail),
            Batch::Far(mail) => mail
                .iter()
                .for_each(|far| wheel.insert(far.due, far.envelope)),
        });
    }

    /// Lets the actors handle the first `count` envelopes of `sorted`.
    fn handle(&mut self, input: &TickInput<'_, M>, count: usize) {
        let layout = input.partition.layout;
        let first = self.first_block;
        if !input.injection.broadcasts.is_empty() {
            // Every block can have an actor that receives a broadcast.
            (0..self.ends.len()).for_each(|block| self.due_blocks.insert(block));
        }
        let mut panic_report = PanicReport {
            actor: 0,
            tick: input.now,
            seed: input.random.seed(),
        };
        let Self {
            states,
            block_states,
            sorted,
            ends,
            due_blocks,
            tally,
            outbox,
            ..
        } = self;
        let sorted = &sorted[..count];
        let sparse = states.capacity() > LARGE && count < SPARSE * due_blocks.len();
        let mut start = 0;
        due_blocks.drain(|index| {
            let block = first + index as u32;
            // A block without due envelopes has none in `sorted`.
            let end = std::mem::take(&mut ends[index]).max(start as u32) as usize;
            let mut receive = |id: ActorId,
                               message: M::Message,
                               state: &mut M::State,
                               block_state: &mut M::BlockState| {
                panic_report.actor = id;
                let mut context = Context {
                    id,
                    now: input.now,
                    state,
                    block_state,
                    tally,
                    random: input.random,
                    route: Route {
                        outbox,
                        partition: input.partition,
                        exchange: input.exchange,
                    },
                };
                input.model.receive(input.world, message, &mut context);
            };
            for message in &input.injection.broadcasts {
                if states.block(block).is_empty() {
                    continue;
                }
                for (id, state) in layout.actors_of(block).zip(states.block_mut(block)) {
                    if input.model.receives_broadcast(id, state, message) {
                        receive(id, *message, state, &mut block_states[index]);
                    }
                }
            }
            while start < end {
                // Groups begin at multiples of their size, wherever the block begins.
                let stop = end.min((start / PREFETCH_GROUP + 1) * PREFETCH_GROUP);
                if start % PREFETCH_GROUP == 0 {
                    // The first group of a tick is prefetched together with the second.
                    let ahead = if start == 0 {
                        0
                    } else {
                        start + PREFETCH_GROUP
                    };
                    let next = ahead..(start + 2 * PREFETCH_GROUP).min(count);
                    let next = sorted.get(next).unwrap_or(&[]);
                    for later in next {
                        states.prefetch(layout.block_of(later.to), layout.place_of(later.to));
                    }
                    if sparse {
                        let now = &sorted[start..count.min(start + PREFETCH_GROUP)];
                        for (group, pass) in
                            [(next, PrefetchPass::First), (now, PrefetchPass::Second)]
                        {
                            announce(input, group, block_states, first, pass);
                        }
                    }
                }
                let block_state = &mut block_states[index];
                let own = states.block_mut(block);
                for envelope in &sorted[start..stop] {
                    let state = &mut own[layout.place_of(envelope.to)];
                    receive(envelope.to, envelope.message, state, block_state);
                }
                start = stop;
            }
        });
        self.handled = start as u64;
        std::mem::forget(panic_report);
    }

    /// Returns the blocks of this shard.
    pub(crate) fn blocks(&self) -> Range<u32> {
        self.first_block..self.first_block + self.block_states.len() as u32
    }

    /// Returns the states and the block state of one block of this shard. There are no states if
    /// they are not stored.
    pub(crate) fn block(&self, block: u32) -> (&[M::State], &M::BlockState) {
        let place = (block - self.first_block) as usize;
        (self.states.block(block), &self.block_states[place])
    }

    /// Returns the digest of each block, in order of blocks: its states and its block state.
    pub(crate) fn digests(&self, layout: &Layout) -> Vec<u64> {
        // All dormant actors are in the same state, so blocks of the same size have the same digest.
        let mut dormant: Option<(usize, Digester)> = None;
        let digests = self.blocks().map(|block| {
            let (states, block_state) = self.block(block);
            let size = layout.size_of(block);
            let of_states = || {
                let mut digester = Digester::new();
                self.states
                    .all(block)
                    .for_each(|state| state.hash(&mut digester));
                digester
            };
            let mut digester = match &dormant {
                _ if !states.is_empty() => of_states(),
                Some((known, digester)) if *known == size => digester.clone(),
                _ => dormant.insert((size, of_states())).1.clone(),
            };
            block_state.hash(&mut digester);
            std::hash::Hasher::finish(&digester)
        });
        digests.collect()
    }

    /// Returns a digest of the waiting envelopes. It is a sum over the envelopes, so it does
    /// not depend on where they are in the wheel, nor on the partition.
    pub(crate) fn mail_digest(&self) -> u64 {
        let mut sum = 0u64;
        self.wheel.for_each(|due, envelope| {
            sum = sum.wrapping_add(Digester::hash_one(&(due, envelope.to, envelope.message)));
        });
        sum
    }

    /// Returns every actor with its state, in order of blocks, and of ids in a block.
    pub(crate) fn states<'a>(
        &'a self,
        layout: &'a Layout,
    ) -> impl Iterator<Item = (ActorId, &'a M::State)> {
        self.blocks()
            .flat_map(move |block| layout.actors_of(block).zip(self.states.all(block)))
    }

    /// Returns the block states of this shard, in order of blocks.
    pub(crate) fn block_states(&self) -> &[M::BlockState] {
        &self.block_states
    }
}

/// Lets the model prefetch data of the blocks for a group of messages.
#[inline(never)]
fn announce<M: Model>(
    input: &TickInput<'_, M>,
    group: &[Envelope<M::Message>],
    block_states: &[M::BlockState],
    first_block: u32,
    pass: PrefetchPass,
) {
    for later in group {
        let block = input.partition.layout.block_of(later.to) - first_block;
        let block_state = &block_states[block as usize];
        input
            .model
            .prefetch(later.to, later.message, block_state, pass);
    }
}

/// Prints actor, tick and seed if the model panics. It is dropped only by unwinding.
struct PanicReport {
    actor: ActorId,
    tick: Tick,
    seed: u64,
}

impl Drop for PanicReport {
    fn drop(&mut self) {
        eprintln!(
            "the model panicked in actor {}, tick {}, seed {}",
            self.actor, self.tick, self.seed
        );
    }
}
