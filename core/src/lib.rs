//! The simulation engine of patchday: it runs up to 2^32 - 2^16 actors that exchange
//! messages, on several threads, in discrete time.
//!
//! The aims of the engine, in order of importance:
//!
//! 1. the same result for the same seed, for any number of threads and shards;
//! 2. full scale: each member of a population is a separate actor;
//! 3. speed;
//! 4. a model is plain sequential code, without locks or atomics.
//!
//! The crate does not depend on what is simulated, and it reads neither files nor the clock.
//!
//! # Terms
//!
//! | Term | Meaning |
//! | --- | --- |
//! | actor | the unit of a model: it has an id and a state, and it changes only when it handles a message |
//! | tick | the unit of time, an integer; the model decides how long a tick is |
//! | message, envelope | what an actor sends; an envelope is a message with receiver and due tick |
//! | world | data that every actor can read and that changes only between ticks |
//! | tally | what the actors of a shard count during a tick |
//! | active, dormant, spread actor | an actor with a state from the start; one whose state is not stored until a message reaches its block; one of a few with many messages ([`Kinds`]) |
//! | block | a range of actor ids, of a size that depends only on the number of active actors, and its part of the spread actors |
//! | shard | a range of blocks; one thread at a time works on a shard |
//! | trigger | code of the model that runs before a tick: it changes the world and injects messages |
//! | rank, link | a process that owns a part of the shards of a run; what carries bytes between ranks |
//! | barrier | the end of a tick: tallies are merged and the world is updated |
//!
//! # Determinism guarantee
//!
//! *The same model, the same number of actors and the same seed give the same states, the same
//! world and the same [digest](Engine::digest) at every tick, for any number of threads, shards and
//! ranks, and also if the engine is stopped, saved and [restored](Engine::restore).*
//!
//! It holds because the order in which an actor handles its messages does not depend on the
//! partition (next section), and because a random draw is a function of its address
//! ([`random`]), not of the draws before it.
//!
//! # Order of messages
//!
//! 1. An envelope is handled in the tick in which it is due. The delay is at least
//!    [`LOOKAHEAD`], so no actor can see in a tick what another actor does in that tick.
//! 2. If an actor has several envelopes in one tick, it handles them in the order of: the tick
//!    in which they were sent, the block of the sender, the order in which that block handled
//!    its own envelopes, the order of sending. Envelopes from the creation of the actors come
//!    first. An envelope injected by a trigger counts as sent in the tick of the trigger.
//! 3. A broadcast is handled before all other messages of its tick. A block handles the broadcasts of
//!    a tick one after the other, each by all of its actors.
//! 4. All actors read the same world in a tick: the world as of the last barrier.
//!
//! Rule 2 holds for any partition. A shard handles its blocks in ascending order, so its outbox
//! is in the order of the sender's block. Batches are delivered in ascending order of the
//! sending shard, and shards own ascending ranges of blocks. The timing wheel and the
//! distribution to blocks are stable: they keep the order of arrival. By induction over the
//! ticks, the order that an actor sees does not depend on where one shard ends and the next
//! begins.
//!
//! # One tick
//!
//! ```text
//! 1 fire      triggers change the world and inject messages               one thread
//! 2 deliver   batches of the previous tick enter the timing wheels        | every shard
//! 3 receive   due envelopes are handled, block by block                   | in parallel,
//! 4 send      outboxes pass their batches to the exchange                 | no locks
//! 5 end tick  tallies are merged, the world is updated                    one thread
//! ```
//!
//! The cost of a tick depends on the number of envelopes that are due, not on the number of
//! actors. Ticks without due envelopes and triggers are skipped. At the end of every call of
//! [`Engine::run_until`] the engine checks that envelopes sent = handled + in flight.
//!
//! # Several processes
//!
//! A run can be divided among several processes, its ranks ([`Engine::new_ranked`]). Each rank owns a
//! range of blocks with its share of the expected events ([`Model::expected_events`]), and divides it into shards
//! of its own; every other rank is one more shard. At the
//! end of a tick each rank sends one message to every other rank ([`Link::swap`]): its counts, its
//! tally, its next busy tick and its envelopes for that rank. All ranks add the tallies up in order of
//! ranks, and each updates its own copy of the world. Since results do not depend on the partition,
//! they do not depend on the ranks. If the model panics at one rank, all ranks stop at the same tick
//! with the same message.
//!
//! # Example
//!
//! A rumour spreads: an actor that receives it for the first time sends it to three others, one
//! to five ticks later. `examples/rumour.rs` is a longer version of this model,
//! `examples/phold.rs` measures the speed of the engine.
//!
//! ```
//! use patchday_core::{ActorId, Context, Engine, InitContext, Model, Settings, Tally, Tick};
//!
//! struct Rumour {
//!     actors: u32,
//! }
//!
//! #[derive(Default)]
//! struct NewlyReached(u64);
//!
//! impl Tally for NewlyReached {
//!     fn merge(&mut self, other: &mut Self) {
//!         self.0 += std::mem::take(&mut other.0);
//!     }
//! }
//!
//! impl Model for Rumour {
//!     type State = bool; // whether the rumour has reached this actor
//!     type Message = (); // the rumour
//!     type BlockState = ();
//!     type World = u64; // number of actors reached, as of the last barrier
//!     type Tally = NewlyReached;
//!
//!     fn create(&self, _: &u64, id: ActorId, init: &mut InitContext<'_, Self>) -> bool {
//!         if id == 0 {
//!             init.send(1, ());
//!         }
//!         false
//!     }
//!
//!     fn receive(&self, _: &u64, (): (), context: &mut Context<'_, Self>) {
//!         if std::mem::replace(context.state, true) {
//!             return;
//!         }
//!         context.tally.0 += 1;
//!         for index in 0..3 {
//!             let draw = context.draw(1, index);
//!             context.send(draw.below(0, self.actors), 1 + draw.below(1, 5), ());
//!         }
//!     }
//!
//!     fn end_tick(&self, world: &mut u64, tally: &mut NewlyReached, _: Tick) {
//!         *world += std::mem::take(&mut tally.0);
//!     }
//! }
//!
//! let digest = |threads, shards| {
//!     let settings = Settings { shards, ..Settings::new(10_000, 42, threads) };
//!     let mut engine = Engine::new(Rumour { actors: 10_000 }, 0, settings).unwrap();
//!     engine.run_until(100).unwrap();
//!     // Each actor sends three messages: the share reached solves x = 1 - exp(-3 x).
//!     assert!((9_300..9_500).contains(engine.world()));
//!     engine.digest()
//! };
//! assert_eq!(digest(1, 1), digest(2, 5));
//! ```
//!
//! # Modules
//!
//! | Module | Contents |
//! | --- | --- |
//! | `model` | [`Model`], [`Context`]: what a model implements and what an actor can do |
//! | `time`, `actor_id` | [`Tick`], [`Span`] and [`ActorId`] |
//! | [`random`] | random draws by address |
//! | [`engine`] | [`Engine`] (`tick_loop`), [`Settings`], `shard`, [`snapshot`](engine::snapshot), [`digest`](engine::digest) |
//! | `mail` | envelopes, outboxes, the exchange between shards, the layout of actors in blocks, the partition into shards |
//! | `queue` | the timing wheel, its memory, and prefetching (the only `unsafe` code) |
//! | [`ranks`] | the link between the processes of a run and the messages they exchange |
//! | [`phold`] | PHOLD, the standard synthetic load of parallel simulation |
//! | [`mod@reference`] | a simple interpreter with the same results, for tests |

pub(crate) mod actor_id;
pub mod engine;
pub(crate) mod mail;
pub(crate) mod model;
pub mod phold;
pub(crate) mod queue;
pub mod random;
pub mod ranks;
pub mod reference;
pub(crate) mod time;

pub use crate::actor_id::ActorId;
pub use crate::engine::settings::{Settings, SettingsError};
pub use crate::engine::tick_loop::{Engine, Halt};
pub use crate::mail::envelope::Packet;
pub use crate::mail::layout::Kinds;
pub use crate::model::{Context, InitContext, Injection, Model, PrefetchPass, Tally};
pub use crate::queue::prefetch::prefetch;
pub use crate::random::{Chance, Draw, Purpose, Random};
pub use crate::ranks::{
    channels::ChannelLink,
    fault::panic_text,
    link::{Link, Ranks},
    wire::WireMessage,
};
pub use crate::time::{LOOKAHEAD, MAX_DELAY, MAX_TICK, Span, Tick};
