//! The engine: settings, the tick loop, shards, snapshots and the digest of a state.

pub(crate) mod assignment;
pub mod balance;
pub mod clock;
pub mod digest;
pub(crate) mod hand_over;
pub mod mail_peaks;
pub mod memory;
pub(crate) mod progress;
pub(crate) mod settings;
pub(crate) mod shard;
pub mod snapshot;
mod state_digest;
pub(crate) mod tick_loop;
