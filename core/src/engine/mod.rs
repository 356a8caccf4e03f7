//! The engine: settings, the tick loop, shards, snapshots and the digest of a state.

pub mod balance;
pub mod clock;
pub mod digest;
pub mod mail_peaks;
pub mod memory;
pub(crate) mod settings;
pub(crate) mod shard;
pub mod snapshot;
mod state_digest;
pub(crate) mod state_store;
pub(crate) mod tick_loop;
