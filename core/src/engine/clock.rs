//! The progress of an engine, which a snapshot stores beside the blocks.
//!
//! Units: ticks, envelopes, actors.

use serde::{Deserialize, Serialize};

use crate::time::Tick;

/// The progress of an engine, and the settings that a restored engine must have, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The next tick: all ticks before it are done.
    pub now: Tick,
    /// The last tick that was executed and not skipped.
    pub last: Tick,
    /// Envelopes handled so far.
    pub handled: u64,
    /// Number of actors.
    pub actors: u32,
    /// Base-2 logarithm of the number of actors in a block.
    pub block_bits: u32,
    /// The seed of all draws.
    pub seed: u64,
}
