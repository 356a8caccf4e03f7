//! Commands about one run: run it, watch it, repeat it, compare it, and show or export its results.

pub mod diff;
pub mod execute;
pub mod export;
pub mod report;
pub mod verify;
pub mod watch;
