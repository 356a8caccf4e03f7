//! The model interface: what a model implements, and what an actor can do.
//!
//! A [`Model`] defines types (state, message, world, tally) and behaviour. Invariants: the
//! state of an actor changes only in [`Model::receive`]; besides its own state an actor reads
//! only the world as of the last barrier; it affects other actors only by messages
//! ([`Context::send`]). Units: ticks.

use std::hash::Hash;

use crate::{
    actor_id::ActorId,
    mail::{
        exchange::Exchange,
        layout::{Kinds, Layout},
        outbox::Outbox,
        partition::Partition,
        weights::BlockWeights,
    },
    random::{Draw, Purpose, Random},
    time::{LOOKAHEAD, MAX_DELAY, Span, Tick},
};

/// Counts of a tick. Each shard has a tally of its own; the barrier merges them in ascending
/// order of shards. Sums are the same for any partition. A list is not: [`Model::end_tick`]
/// must sort it.
pub trait Tally: Default + Send + Sync {
    /// Adds `other` to `self` and resets `other` for the next tick.
    fn merge(&mut self, other: &mut Self);
}

impl Tally for () {
    fn merge(&mut self, (): &mut Self) {}
}

/// The two passes of [`Model::prefetch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefetchPass {
    /// Prefetches what can be located without reading memory that is not cached.
    First,
    /// Prefetches what the data refers to that the first pass prefetched.
    Second,
}

/// A model: its actors, their messages and their behaviour.
///
/// Only [`create`](Model::create) and [`receive`](Model::receive) are required.
/// The crate page shows a complete small model.
pub trait Model: Send + Sync + Sized {
    /// The state of one actor. The engine is fastest with 16 bytes or less.
    type State: Copy + Send + Sync + Hash;
    /// A message. With six bytes or less, aligned to two bytes, an envelope takes 12 bytes.
    type Message: Copy + Send + Sync + Hash;
    /// Storage shared by the actors of one block, for data that only a few of them need.
    /// An actor should change only its own entries: otherwise results depend on the order
    /// in which the actors of a block are handled.
    type BlockState: Default + Send + Sync + Hash;
    /// Data that every actor can read. It changes only between ticks: in
    /// [`fire`](Model::fire) and [`end_tick`](Model::end_tick).
    type World: Sync + Send + Hash;
    /// The counts of a tick.
    type Tally: Tally;

    /// Returns how many of `actors` actors are active, dormant and spread; the sum must be `actors`.
    /// All are active unless the model says otherwise. The numbers of active and dormant actors must
    /// not depend on `actors` if spread actors are to be added when an engine is restored.
    fn kinds(&self, actors: u32) -> Kinds {
        Kinds::active(actors)
    }

    /// Returns the state of every dormant actor, if there are any. It must be the state that
    /// [`create`](Model::create) returns for them, without sending a message, and an actor in
    /// this state must not [receive broadcasts](Model::receives_broadcast).
    fn dormant_state(&self) -> Option<Self::State> {
        None
    }

    /// Returns how many events a spread actor is expected to have for each one of an active actor. Blocks are
    /// divided among ranks and shards so that each has equally many expected events; results do not depend on it.
    fn expected_events(&self, _spread: ActorId) -> u32 {
        1
    }

    /// Returns a digest of what the model computes from floating-point numbers before a run, such as
    /// tables of a distribution. Another processor or library can round them differently: the ranks of
    /// a run do not start if their fingerprints differ.
    fn fingerprint(&self) -> u64 {
        0
    }

    /// Returns the state of actor `id` at tick 0, and sends its first messages.
    fn create(
        &self,
        world: &Self::World,
        id: ActorId,
        init: &mut InitContext<'_, Self>,
    ) -> Self::State;

    /// Handles one message. This is the only place where the state of an actor changes.
    fn receive(&self, world: &Self::World, message: Self::Message, context: &mut Context<'_, Self>);

    /// Prefetches what [`receive`](Model::receive) will read of the block state for a message to
    /// actor `to`. Called twice for each message, some messages ahead: a hint for speed, which
    /// needs no code.
    fn prefetch(
        &self,
        _to: ActorId,
        _message: Self::Message,
        _block_state: &Self::BlockState,
        _pass: PrefetchPass,
    ) {
    }

    /// Returns the first tick at or after `now` at which [`fire`](Model::fire) must be
    /// called, or `None` if there is none.
    fn next_trigger(&self, _world: &Self::World, _now: Tick) -> Option<Tick> {
        None
    }

    /// Runs the triggers of tick `now`: changes the world and injects messages, before any
    /// actor handles a message in this tick.
    fn fire(&self, _world: &mut Self::World, _now: Tick, _injection: &mut Injection<Self>) {}

    /// Returns whether this actor handles a message that a trigger broadcasts.
    fn receives_broadcast(
        &self,
        _id: ActorId,
        _state: &Self::State,
        _message: &Self::Message,
    ) -> bool {
        true
    }

    /// The barrier: updates the world with the counts of tick `now`. Called for each tick in
    /// which an envelope was handled or a trigger fired.
    fn end_tick(&self, _world: &mut Self::World, _tally: &mut Self::Tally, _now: Tick) {}
}

/// What an actor can do at its creation: draw random numbers and send messages to itself.
/// Such messages go directly into the timing wheel of the actor's shard: in the outboxes, one
/// message of every actor at once would double the memory of a run.
#[derive(Debug)]
pub struct InitContext<'a, M: Model> {
    pub(crate) id: ActorId,
    pub(crate) random: Random,
    pub(crate) mail: &'a mut Vec<(Tick, M::Message)>,
}

impl<M: Model> InitContext<'_, M> {
    /// Sends a message to the actor itself, due at tick `delay`.
    ///
    /// # Panics
    /// Panics if `delay` is outside `LOOKAHEAD..=MAX_DELAY`.
    pub fn send(&mut self, delay: Span, message: M::Message) {
        assert!(
            (LOOKAHEAD..=MAX_DELAY).contains(&delay),
            "actor {} sent a message with delay {delay} at its creation; allowed are delays {LOOKAHEAD} to {MAX_DELAY}",
            self.id
        );
        self.mail.push((delay, message));
    }

    /// Returns the source of all draws, for draws at other addresses.
    pub fn random(&self) -> Random {
        self.random
    }

    /// Returns the draw of this actor at tick 0 for `purpose` and `index`.
    pub fn draw(&self, purpose: Purpose, index: u32) -> Draw {
        self.random.draw(self.id, 0, purpose, index)
    }
}

/// What an actor can read, change and do while it handles a message.
#[derive(Debug)]
pub struct Context<'a, M: Model> {
    /// The id of the actor.
    pub id: ActorId,
    /// The current tick.
    pub now: Tick,
    /// The state of the actor.
    pub state: &'a mut M::State,
    /// The storage of its block.
    pub block_state: &'a mut M::BlockState,
    /// The counts of this tick.
    pub tally: &'a mut M::Tally,
    pub(crate) random: Random,
    pub(crate) route: Route<'a, M::Message>,
}

/// The parts of the engine that a sent message passes.
#[derive(Debug)]
pub(crate) struct Route<'a, T> {
    pub(crate) outbox: &'a mut Outbox<T>,
    pub(crate) partition: &'a Partition,
    pub(crate) exchange: &'a Exchange<T>,
}

impl<M: Model> Context<'_, M> {
    /// Sends a message to actor `to`, due in `delay` ticks. A timer is a message of an actor
    /// to itself.
    ///
    /// # Panics
    /// Panics if `to` is not an actor or `delay` is outside `LOOKAHEAD..=MAX_DELAY`. The
    /// panic message gives actor, tick and seed.
    #[inline]
    pub fn send(&mut self, to: ActorId, delay: Span, message: M::Message) {
        if to >= self.route.partition.layout.actors
            || delay.wrapping_sub(LOOKAHEAD) > MAX_DELAY - LOOKAHEAD
        {
            self.panic_on_send(to, delay);
        }
        let Route {
            outbox,
            partition,
            exchange,
        } = &mut self.route;
        outbox.send(partition, exchange, to, self.now, delay, message);
    }

    /// Returns the draw of this actor at this tick for `purpose` and `index`. It is a pure
    /// function of these four values and the seed. An actor that handles two messages in one
    /// tick gets the same draw for both, unless it uses a different `index` for each (the
    /// sender, a serial number).
    #[inline]
    pub fn draw(&self, purpose: Purpose, index: u32) -> Draw {
        self.random.draw(self.id, self.now, purpose, index)
    }

    /// Returns the source of all draws, for draws at other addresses.
    #[inline]
    pub fn random(&self) -> Random {
        self.random
    }

    #[cold]
    fn panic_on_send(&self, to: ActorId, delay: Span) -> ! {
        panic!(
            "actor {} sent a message to actor {to} with delay {delay} at tick {} (seed {}); \
             allowed are actors below {} and delays {LOOKAHEAD} to {MAX_DELAY}",
            self.id,
            self.now,
            self.random.seed(),
            self.route.partition.layout.actors
        );
    }
}

/// Returns the kinds of the actors of a model.
///
/// # Panics
/// Panics if they are not those of `actors` actors, or there are dormant actors without a state.
pub(crate) fn kinds_of<M: Model>(model: &M, actors: u32) -> Kinds {
    let kinds = model.kinds(actors);
    assert!(
        kinds.are_of(actors),
        "the model has {kinds:?}, which are not {actors} actors"
    );
    assert!(
        kinds.dormant == 0 || model.dormant_state().is_some(),
        "the model has dormant actors and no state for them"
    );
    kinds
}

/// Returns the weights of the blocks of a model.
pub(crate) fn weights_of<M: Model>(model: &M, layout: &Layout) -> BlockWeights {
    BlockWeights::new(layout, |actor| model.expected_events(actor))
}

/// The messages that triggers put into a tick.
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

    /// Sends a message that actor `to` handles in this tick, after its messages that were
    /// sent in earlier ticks.
    pub fn send(&mut self, to: ActorId, message: M::Message) {
        self.mail.push((to, message));
    }

    /// Broadcasts a message: every actor that [receives
    /// broadcasts](Model::receives_broadcast) handles it in this tick, before all other
    /// messages of the tick. The cost is a pass over all actors.
    pub fn broadcast(&mut self, message: M::Message) {
        self.broadcasts.push(message);
    }

    /// Returns whether there are no messages.
    pub(crate) fn is_empty(&self) -> bool {
        self.mail.is_empty() && self.broadcasts.is_empty()
    }
}
