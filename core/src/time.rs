//! Time: ticks and spans.
//!
//! A [`Tick`] is an instant, counted from the start of the run; a [`Span`] is a
//! length of simulated time, in ticks. What a tick means in seconds is the
//! model's business. Mail travels at least [`LOOKAHEAD`] and at most
//! [`MAX_DELAY`]; both bounds are what lets a tick run in parallel and the
//! wheel stay small.

/// An instant of simulated time, in ticks since the start of the run.
pub type Tick = u32;

/// A length of simulated time, in ticks.
pub type Span = u32;

/// The least delay of any mail between actors, in ticks. Nothing an actor does
/// in a tick can be noticed by another actor in the same tick, so all actors
/// may act at once.
pub const LOOKAHEAD: Span = 1;

/// The greatest delay of any mail, in ticks: 127 windows of 2^16, some 96 days
/// at one second a tick.
pub const MAX_DELAY: Span = 127 << 16;

/// The greatest tick a run may end at, in ticks: leaves room to add any delay.
pub const MAX_TICK: Tick = u32::MAX - 2 * MAX_DELAY;
