//! Metrics: the columns of the series, and audits that recount gauges and links.

pub mod columns;
pub(crate) mod gauges;
pub(crate) mod links;
