//! Jobs: single runs of an experiment, and the executor that runs them in parallel.

pub(crate) mod executor;
pub(crate) mod job;
