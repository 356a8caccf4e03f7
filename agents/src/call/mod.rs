//! Calls: set-up, the legs of a call, and how a call ends.

pub(crate) mod call_leg;
mod callee;
pub(crate) mod carrier;
pub(crate) mod params;
pub(crate) mod setup;
