//! Jobs: one run of an experiment, and the executor of all of them.

pub(crate) mod executor;
pub(crate) mod job;
