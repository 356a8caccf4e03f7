//! The engine: settings, the tick loop, shards, snapshots and their restoration, and the digest of a state.

pub mod balance;
pub mod clock;
pub mod digest;
pub mod mail_peaks;
pub mod memory;
mod restore;
pub(crate) mod settings;
pub(crate) mod shard;
pub mod snapshot;
mod state_digest;
pub(crate) mod tick_loop;
