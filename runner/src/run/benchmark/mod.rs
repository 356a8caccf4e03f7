//! Measurements of what the machine can do.

pub(crate) mod measurement;
pub(crate) mod random_updates;
pub(crate) mod round_robin;
