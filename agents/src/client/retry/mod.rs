//! Retry policies: their parameters and checks, and the pauses that they give.

pub(crate) mod check;
pub(crate) mod policy;
pub(crate) mod section;
