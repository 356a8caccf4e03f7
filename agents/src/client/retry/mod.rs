//! Retry policies: their parameters, and the pauses that they give.

pub(crate) mod policy;
pub(crate) mod section;
