//! Commands about a scenario: write, check and describe it, and estimate what a run needs.

pub mod check;
pub mod new;
pub mod plan;
pub mod schema;
