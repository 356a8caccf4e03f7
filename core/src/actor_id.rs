//! The address of an actor.

/// The address of an actor: from 0 to the number of actors minus 1, without gaps.
pub type ActorId = u32;
