//! Measurements of the speed of the machine.

pub(crate) mod measurement;
pub(crate) mod random_updates;
pub(crate) mod round_robin;
