//! Actors: what a model is, and what an actor sees when mail reaches it.
//!
//! A [`Model`] gives the types (state, message, world, tally) and the
//! behaviour. An actor's state changes only in [`Model::receive`]; what it
//! reads beyond its own state is the world as it stood at the last barrier;
//! what it says goes out as mail through [`Context::post`].

use std::hash::Hash;

use crate::{
    actor_id::ActorId,
    mail::{exchange::Exchange, outbox::Outbox, partition::Partition},
    random::{Draw, Purpose, Random},
    time::{LOOKAHEAD, MAX_DELAY, Span, Tick},
};

/// What was counted during a tick. Every shard fills its own; the barrier
/// merges them in ascending order of shards. Sums merge the same way under any
/// partition; a list must be put in order when it is settled.
pub trait Tally: Default + Send + Sync {
    /// Take all of `other` over and leave it empty, ready for the next tick.
    fn merge(&mut self, other: &mut Self);
}

impl Tally for () {
    fn merge(&mut self, (): &mut Self) {}
}

/// A model: the kinds of actors, their messages and their behaviour.
///
/// Only [`create`](Model::create) and [`receive`](Model::receive) are required.
/// See the crate page for a small model from end to end.
pub trait Model: Send + Sync + Sized {
    /// The private state of one actor; 16 bytes or less keep the engine fast.
    type State: Copy + Send + Sync + Hash;
    /// What one actor says to another; six bytes or less make envelopes of 12.
    type Message: Copy + Send + Sync + Hash;
    /// Room shared by the actors of one block for what only a few of them
    /// need. An actor may touch only what is its own in it, or results would
    /// depend on the order within a tick in ways no model intends.
    type BlockState: Default + Send + Sync + Hash;
    /// What every actor may read during a tick and only the barrier may write.
    type World: Sync + Send + Hash;
    /// What is counted during a tick.
    type Tally: Tally;

    /// The state of actor `id` at tick 0, and the mail it sends itself then.
    fn create(
        &self,
        world: &Self::World,
        id: ActorId,
        init: &mut InitContext<'_, Self>,
    ) -> Self::State;

    /// An actor handles one message. The only place where its state changes.
    fn receive(&self, world: &Self::World, message: Self::Message, context: &mut Context<'_, Self>);

    /// The first tick, not before `now`, at which [`fire`](Model::fire) wants
    /// to be called; `None` for never.
    fn next_trigger(&self, _world: &Self::World, _now: Tick) -> Option<Tick> {
        None
    }

    /// Exogenous events act on the world and inject mail, before any actor
    /// acts in tick `now`.
    fn fire(&self, _world: &mut Self::World, _now: Tick, _injection: &mut Injection<Self>) {}

    /// Whether a message broadcast by a trigger reaches this actor.
    fn receives_broadcast(
        &self,
        _id: ActorId,
        _state: &Self::State,
        _message: &Self::Message,
    ) -> bool {
        true
    }

    /// The barrier: the world moves on by what was counted in tick `now`.
    /// Called for every tick in which mail was handled or a trigger fired.
    fn end_tick(&self, _world: &mut Self::World, _tally: &mut Self::Tally, _now: Tick) {}
}

/// What an actor's creation may do: draw, and send mail to itself. Mail to
/// itself alone, because the mail of a whole population in flight at once
/// would double the memory of a run.
#[derive(Debug)]
pub struct InitContext<'a, M: Model> {
    pub(crate) id: ActorId,
    pub(crate) random: Random,
    pub(crate) mail: &'a mut Vec<(Tick, M::Message)>,
}

impl<M: Model> InitContext<'_, M> {
    /// Mail to itself, due `delay` ticks after the start.
    ///
    /// # Panics
    /// If `delay` is outside `LOOKAHEAD..=MAX_DELAY`.
    pub fn send(&mut self, delay: Span, message: M::Message) {
        assert!(
            (LOOKAHEAD..=MAX_DELAY).contains(&delay),
            "actor {} was created with mail after {delay} ticks; allowed are {LOOKAHEAD} to {MAX_DELAY}",
            self.id
        );
        self.mail.push((delay, message));
    }

    /// The source of all draws, for addresses of the model's own.
    pub fn random(&self) -> Random {
        self.random
    }

    /// The draw for `purpose` and `index` of this actor at tick 0.
    pub fn draw(&self, purpose: Purpose, index: u32) -> Draw {
        self.random.draw(self.id, 0, purpose, index)
    }
}

/// What an actor has at hand while it handles a message.
#[derive(Debug)]
pub struct Context<'a, M: Model> {
    /// Who acts.
    pub id: ActorId,
    /// The current tick.
    pub now: Tick,
    /// The actor's own state.
    pub state: &'a mut M::State,
    /// The room of its block.
    pub block_state: &'a mut M::BlockState,
    /// What is counted in this tick.
    pub tally: &'a mut M::Tally,
    pub(crate) random: Random,
    pub(crate) route: Route<'a, M::Message>,
}

/// Where mail leaves.
#[derive(Debug)]
pub(crate) struct Route<'a, T> {
    pub(crate) outbox: &'a mut Outbox<T>,
    pub(crate) partition: &'a Partition,
    pub(crate) exchange: &'a Exchange<T>,
}

impl<M: Model> Context<'_, M> {
    /// Send a message to `to`, due `delay` ticks from now. A timer is mail to
    /// oneself.
    ///
    /// # Panics
    /// If there is no such actor or `delay` is outside
    /// `LOOKAHEAD..=MAX_DELAY`; the message names actor, tick and seed.
    #[inline]
    pub fn send(&mut self, to: ActorId, delay: Span, message: M::Message) {
        if to >= self.route.partition.actors
            || delay.wrapping_sub(LOOKAHEAD) > MAX_DELAY - LOOKAHEAD
        {
            self.refuse(to, delay);
        }
        let Route {
            outbox,
            partition,
            exchange,
        } = &mut self.route;
        outbox.send(partition, exchange, to, self.now, delay, message);
    }

    /// The draw for `purpose` and `index` of this actor at this tick. It is a pure
    /// function of these four and the seed: an actor that handles two messages in one
    /// tick gets the same draw for both, unless it tells them apart by `index` (a
    /// sender, a serial number).
    #[inline]
    pub fn draw(&self, purpose: Purpose, index: u32) -> Draw {
        self.random.draw(self.id, self.now, purpose, index)
    }

    /// The source of all draws, for addresses of the model's own.
    #[inline]
    pub fn random(&self) -> Random {
        self.random
    }

    #[cold]
    fn refuse(&self, to: ActorId, delay: Span) -> ! {
        panic!(
            "actor {} sent mail to actor {to} with delay {delay} at tick {} (seed {}); \
             allowed are actors below {} and delays {LOOKAHEAD} to {MAX_DELAY}",
            self.id,
            self.now,
            self.random.seed(),
            self.route.partition.actors
        );
    }
}

/// What triggers put into a tick from outside.
#[derive(Debug)]
pub struct Injection<M: Model> {
    pub(crate) mail: Vec<(ActorId, M::Message)>,
    pub(crate) broadcasts: Vec<M::Message>,
}

impl<M: Model> Injection<M> {
    pub(crate) fn new() -> Self {
        Self {
            mail: Vec::new(),
            broadcasts: Vec::new(),
        }
    }

    /// A message that `to` handles in this tick, after the mail sent before it.
    pub fn send(&mut self, to: ActorId, message: M::Message) {
        self.mail.push((to, message));
    }

    /// A message that every actor which [hears](Model::hears) it handles in
    /// this tick, before any other mail of the tick. Costs a pass over the
    /// whole population.
    pub fn broadcast(&mut self, message: M::Message) {
        self.broadcasts.push(message);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.mail.is_empty() && self.broadcasts.is_empty()
    }
}
