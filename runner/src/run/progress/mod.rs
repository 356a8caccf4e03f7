//! Progress while a run executes: what is shown, and its rate.

pub(crate) mod display;
pub(crate) mod rate;
pub(crate) mod waiting;
