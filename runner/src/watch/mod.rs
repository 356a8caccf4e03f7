//! Watching a run while it executes.

pub(crate) mod error;
pub(crate) mod lines;
pub(crate) mod status;
pub(crate) mod tui;
