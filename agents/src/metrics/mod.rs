//! Metrics: the columns of the series and their values, and audits of gauges and links.

pub(crate) mod audit;
pub mod cell;
pub mod columns;
pub(crate) mod sample_context;
