//! A shard: the actors, wheel and outbox that one worker owns during a tick.
//!
//! Its part of a tick: take the batches of the tick before into the wheel,
//! take the due mail out, distribute it to blocks with one counting pass that
//! keeps the order of arrival, and let the actors act, block by block in
//! ascending order. Nothing here is shared but the exchange.

use std::{hash::Hash, ops::Range};

use crate::{
    actor_id::ActorId,
    engine::digest::Digester,
    mail::{
        envelope::Envelope,
        exchange::{Batch, Exchange},
        outbox::Outbox,
        partition::Partition,
    },
    model::{Context, InitContext, Injection, Model, Route},
    queue::{chunk_pool::Chain, prefetch, timing_wheel::TimingWheel},
    random::Random,
    time::Tick,
};

/// States are asked for ahead of time, a group of so many envelopes at once. Where
/// mail is thin, each state lies on a page of its own, and the translations of
/// their addresses overlap only if they are asked for together: measured 5 to 15 %
/// faster in a storm than one at a time, and equal where mail is dense.
const GROUP: usize = 16;

/// What every shard reads during a tick.
pub(crate) struct Common<'a, M: Model> {
    pub(crate) model: &'a M,
    pub(crate) world: &'a M::World,
    pub(crate) partition: &'a Partition,
    pub(crate) exchange: &'a Exchange<M::Message>,
    pub(crate) random: Random,
    pub(crate) now: Tick,
    /// The tick in which the batches now delivered were sent.
    pub(crate) before: Tick,
    pub(crate) injection: &'a Injection<M>,
}

pub(crate) struct Shard<M: Model> {
    index: usize,
    actors: Range<ActorId>,
    first_block: u32,
    pub(crate) states: Vec<M::State>,
    pub(crate) block_states: Vec<M::BlockState>,
    pub(crate) wheel: TimingWheel<M::Message>,
    pub(crate) outbox: Outbox<M::Message>,
    pub(crate) tally: M::Tally,
    /// Envelopes handled in this tick.
    pub(crate) handled: u64,
    /// Due mail in order of blocks, and where each block's part ends.
    sorted: Vec<Envelope<M::Message>>,
    ends: Vec<u32>,
}

impl<M: Model> Shard<M> {
    /// Create the actors of a shard and their first mail.
    pub(crate) fn create(
        index: usize,
        model: &M,
        world: &M::World,
        partition: &Partition,
        random: Random,
        shards: usize,
    ) -> Self {
        let mut shard = Self::empty(index, partition, shards, 0);
        let mut mail = Vec::new();
        for id in shard.actors.clone() {
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

    /// A shard without actors, whose wheel stands at `last`; blocks are to be added in
    /// order.
    pub(crate) fn empty(index: usize, partition: &Partition, shards: usize, last: Tick) -> Self {
        let actors = partition.range(index);
        let blocks = partition.blocks(index);
        let mut states = Vec::with_capacity(actors.len());
        prefetch::huge_pages(&mut states);
        let mut wheel = TimingWheel::new(actors.len());
        wheel.advance(last);
        Self {
            index,
            actors,
            first_block: blocks.start,
            states,
            block_states: Vec::with_capacity(blocks.len()),
            wheel,
            outbox: Outbox::new(index, shards),
            tally: M::Tally::default(),
            handled: 0,
            sorted: Vec::new(),
            ends: vec![0; blocks.len() + 1],
        }
    }

    /// The first tick after `now` at which this shard may have something to do,
    /// not counting mail that is still in the exchange.
    pub(crate) fn next(&self) -> Option<Tick> {
        self.wheel.next()
    }

    /// One tick of this shard.
    pub(crate) fn tick(&mut self, common: &Common<'_, M>) {
        self.handled = 0;
        self.outbox.sent = 0;
        self.outbox.earliest = Tick::MAX;
        self.deliver(common);
        let due = self.wheel.take_due();
        if due.len() == 0 && common.injection.broadcasts.is_empty() {
            return;
        }
        self.distribute(common, due);
        self.act(common);
        self.outbox.flush(common.exchange);
    }

    fn deliver(&mut self, common: &Common<'_, M>) {
        self.wheel.advance(common.now);
        self.receive_batches(common.exchange, common.before);
        for (to, message) in &common.injection.mail {
            if self.actors.contains(to) {
                let envelope = Envelope {
                    to: *to,
                    due_low: common.now as u16,
                    message: *message,
                };
                self.wheel.insert(common.now, envelope);
            }
        }
    }

    /// Take the batches sent in tick `before` into the wheel.
    pub(crate) fn receive_batches(&mut self, exchange: &Exchange<M::Message>, before: Tick) {
        let wheel = &mut self.wheel;
        exchange.deliver(self.index, |batch| match batch {
            Batch::Near(mail) => {
                for envelope in mail {
                    let ahead = envelope.due_low.wrapping_sub(before as u16);
                    wheel.insert(before + Tick::from(ahead), *envelope);
                }
            }
            Batch::Far(mail) => mail
                .iter()
                .for_each(|far| wheel.insert(far.due, far.envelope)),
        });
    }

    /// Sort due mail by block and keep the order of arrival inside a block.
    fn distribute(&mut self, common: &Common<'_, M>, due: Chain) {
        let bits = common.partition.bits;
        let first = self.first_block;
        let block = |envelope: &Envelope<M::Message>| ((envelope.to >> bits) - first) as usize;
        let ends = &mut self.ends;
        ends.fill(0);
        self.wheel.visit(&due, |part| {
            for envelope in part {
                ends[block(envelope) + 1] += 1;
            }
        });
        // From counts to starts; filling turns each start into its block's end.
        let mut total = 0;
        for end in ends.iter_mut() {
            total += *end;
            *end = total;
        }
        let sorted = &mut self.sorted;
        let mut whole = false;
        self.wheel.visit(&due, |part| {
            if !whole {
                sorted.clear();
                if sorted.capacity() < total as usize {
                    *sorted = Vec::with_capacity(total as usize * 5 / 4);
                    prefetch::huge_pages(sorted);
                }
                sorted.resize(total as usize, part[0]);
                whole = true;
            }
            for envelope in part {
                let place = &mut ends[block(envelope)];
                sorted[*place as usize] = *envelope;
                *place += 1;
            }
        });
        self.wheel.release(due);
    }

    fn act(&mut self, common: &Common<'_, M>) {
        let bits = common.partition.bits;
        let origin = self.actors.start;
        let mut panic_report = PanicReport {
            actor: origin,
            tick: common.now,
            seed: common.random.seed(),
        };
        let mut start = 0;
        for (index, block_state) in self.block_states.iter_mut().enumerate() {
            let end = self.ends[index] as usize;
            let mut receive = |id: ActorId, message: M::Message, state: &mut M::State| {
                panic_report.actor = id;
                let mut context = Context {
                    id,
                    now: common.now,
                    state,
                    block_state,
                    tally: &mut self.tally,
                    random: common.random,
                    route: Route {
                        outbox: &mut self.outbox,
                        partition: common.partition,
                        exchange: common.exchange,
                    },
                };
                common.model.receive(common.world, message, &mut context);
            };
            for message in &common.injection.broadcasts {
                let low = (self.first_block + index as u32) << bits;
                for id in low..self.actors.end.min(low + (1 << bits)) {
                    let state = &mut self.states[(id - origin) as usize];
                    if common.model.receives_broadcast(id, state, message) {
                        receive(id, *message, state);
                    }
                }
            }
            for place in start..end {
                if place % GROUP == 0 {
                    let group = place + GROUP..(place + 2 * GROUP).min(self.sorted.len());
                    for later in self.sorted.get(group).unwrap_or(&[]) {
                        prefetch::prefetch(&self.states, (later.to - origin) as usize);
                    }
                }
                let envelope = self.sorted[place];
                let state = &mut self.states[(envelope.to - origin) as usize];
                receive(envelope.to, envelope.message, state);
            }
            self.handled += (end - start) as u64;
            start = end;
        }
        std::mem::forget(panic_report);
    }

    /// Its blocks.
    pub(crate) fn blocks(&self) -> Range<u32> {
        self.first_block..self.first_block + self.block_states.len() as u32
    }

    /// The states and the block_state of one of its blocks.
    pub(crate) fn block(&self, block: u32, bits: u32) -> (&[M::State], &M::BlockState) {
        let place = (block - self.first_block) as usize;
        let start = place << bits;
        let end = self.states.len().min((place + 1) << bits);
        (&self.states[start..end], &self.block_states[place])
    }

    /// The digests of this shard's blocks, in order: states and block_state.
    pub(crate) fn digests(&self, bits: u32) -> Vec<u64> {
        self.states
            .chunks(1 << bits)
            .zip(&self.block_states)
            .map(|(states, block_state)| {
                let mut digester = Digester::new();
                for state in states {
                    state.hash(&mut digester);
                }
                block_state.hash(&mut digester);
                std::hash::Hasher::finish(&digester)
            })
            .collect()
    }

    /// A digest of the waiting mail that does not depend on where it lies.
    pub(crate) fn mail_digest(&self) -> u64 {
        let mut sum = 0u64;
        self.wheel.for_each(|due, envelope| {
            sum = sum.wrapping_add(Digester::hash_one(&(due, envelope.to, envelope.message)));
        });
        sum
    }

    /// Every actor with its state, in order.
    pub(crate) fn states(&self) -> impl Iterator<Item = (ActorId, &M::State)> {
        self.actors.clone().zip(&self.states)
    }

    /// The block_states of this shard's blocks, in order.
    pub(crate) fn block_states(&self) -> &[M::BlockState] {
        &self.block_states
    }
}

/// Says who was acting when a model panicked. Dropped only by unwinding.
struct PanicReport {
    actor: ActorId,
    tick: Tick,
    seed: u64,
}

impl Drop for PanicReport {
    fn drop(&mut self) {
        eprintln!(
            "broken at actor {}, tick {}, seed {}",
            self.actor, self.tick, self.seed
        );
    }
}
