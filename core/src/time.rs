//! Simulated time: ticks and spans.
//!
//! A [`Tick`] is a point in time, counted from the start of the run; a [`Span`] is a length of
//! time. Both are in ticks; the model decides how long a tick is. The delay of a message is
//! from [`LOOKAHEAD`] to [`MAX_DELAY`]: the lower bound allows all actors to act in parallel
//! within a tick, the upper bound limits the size of the timing wheel.

/// A point in simulated time, in ticks since the start of the run.
pub type Tick = u32;

/// A length of simulated time, in ticks.
pub type Span = u32;

/// The minimum delay of a message, in ticks. An actor cannot affect another actor in the same
/// tick, so all actors can act in parallel within a tick.
pub const LOOKAHEAD: Span = 1;

/// The maximum delay of a message, in ticks: 127 windows of 2^16 ticks, about 96 days if a
/// tick is one second.
pub const MAX_DELAY: Span = 127 << 16;

/// The last tick at which a run can end. The sum of a tick and two delays fits a [`Tick`].
pub const MAX_TICK: Tick = u32::MAX - 2 * MAX_DELAY;
