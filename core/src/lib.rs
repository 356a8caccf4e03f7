//! The engine of patchday: millions of actors, sharded across threads, with
//! results that do not depend on how many threads or shards there are.
//!
//! Aims, in order of importance: the same digest for the same seed; the whole
//! population, one actor each; speed; a model written in plain sequential code.
//! The crate knows nothing of what is simulated, of files or of wall-clock time.
//!
//! # A model of your own
//!
//! A rumour: whoever hears it for the first time tells three others, a few
//! ticks later.
//!
//! ```
//! use patchday_core::{ActorId, InitContext, Context, Engine, Model, Settings, Tally, Tick};
//!
//! struct Rumour {
//!     people: u32,
//! }
//!
//! #[derive(Default)]
//! struct Heard(u64);
//!
//! impl Tally for Heard {
//!     fn merge(&mut self, other: &mut Self) {
//!         self.0 += std::mem::take(&mut other.0);
//!     }
//! }
//!
//! impl Model for Rumour {
//!     type State = bool; // whether this actor has heard it
//!     type Message = (); // the rumour
//!     type BlockState = ();
//!     type World = u64; // how many have heard it, as of the last barrier
//!     type Tally = Heard;
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
//!             context.send(draw.below(0, self.people), 1 + draw.below(1, 5), ());
//!         }
//!     }
//!
//!     fn end_tick(&self, world: &mut u64, tally: &mut Heard, _: Tick) {
//!         *world += std::mem::take(&mut tally.0);
//!     }
//! }
//!
//! let digest = |threads, shards| {
//!     let settings = Settings { shards, ..Settings::new(10_000, 42, threads) };
//!     let mut engine = Engine::new(Rumour { people: 10_000 }, 0, settings).unwrap();
//!     engine.run_until(100).unwrap();
//!     // With three tellings each, a rumour reaches the share x = 1 - exp(-3 x).
//!     assert!((9_300..9_500).contains(engine.world()));
//!     engine.digest()
//! };
//! assert_eq!(digest(1, 1), digest(2, 5));
//! ```
//!
//! # The law
//!
//! *Same model, same seed: same digest, for any number of threads and shards.*
//!
//! # Guarantees on the order of mail
//!
//! 1. Mail that is due at a tick is handled in that tick, all of it.
//! 2. Two envelopes that reach one actor in one tick are handled in the order
//!    (tick sent, sender's block, order in which that block handled its own
//!    mail, order of posting). Mail of creation comes first; mail injected by
//!    a trigger counts as sent in its tick.
//! 3. A broadcast is handled before all other mail of its tick.
//! 4. In a tick every actor reads the same world: that of the last barrier.
//!
//! Why 2 holds for any partition: a shard works through its blocks in ascending
//! order, so its outbox is in order of the sender's block; batches are delivered
//! in ascending order of the sending shard, and shards own ascending runs of
//! blocks; wheels and the distribution to blocks keep the order of arrival.
//! By induction over ticks, what an actor sees does not depend on where the
//! borders of shards lie.
//!
//! # One tick
//!
//! ```text
//! fire      triggers act on the world and inject mail                one thread
//! deliver   batches of the tick before enter the wheel            | every shard
//! receive   due mail, block by block; actors act                     | in parallel,
//! post      outboxes leave as batches                                | no locks
//! settle    tallies merge, the world moves on                        one thread
//! ```
//!
//! # Rooms
//!
//! | Room | What is in it |
//! | --- | --- |
//! | [`Model`], [`Context`] (`actor`) | what a model is and what an actor sees |
//! | `mail`, `exchange`, `sync` | envelopes, outboxes, channels between shards, what they are made of |
//! | `wheel`, `pool` | mail that waits, and its memory |
//! | `partition`, `shard`, [`Engine`] | who owns what; one worker's tick; the loop |
//! | [`snapshot`] | the whole state, block by block, and an engine made again from it |
//! | [`random`], [`digest`], `hint` | addressed draws; fingerprints; the only `unsafe` |
//! | [`phold`], [`mod@reference`] | the standard load; the plain interpreter |

pub(crate) mod actor_id;
pub mod engine;
pub(crate) mod mail;
pub(crate) mod model;
pub mod phold;
pub(crate) mod queue;
pub mod random;
pub mod reference;
pub(crate) mod time;

pub use crate::actor_id::ActorId;
pub use crate::engine::settings::{Settings, SettingsError};
pub use crate::engine::tick_loop::{Engine, Halt};
pub use crate::mail::envelope::Packet;
pub use crate::model::{Context, InitContext, Injection, Model, Tally};
pub use crate::random::{Chance, Draw, Purpose, Random};
pub use crate::time::{LOOKAHEAD, MAX_DELAY, MAX_TICK, Span, Tick};
