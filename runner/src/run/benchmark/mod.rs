//! Measurements: the speed of the machine, and the work of the shards of a run.

pub(crate) mod measurement;
pub(crate) mod profile;
pub(crate) mod random_updates;
pub(crate) mod round_robin;
