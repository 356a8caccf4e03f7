//! Estimates of memory and time before a run.

mod call_work;
pub(crate) mod calm_load;
pub(crate) mod memory;
pub(crate) mod pilot;
pub mod plan;
pub(crate) mod price;
