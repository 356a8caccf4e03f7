//! Metrics: the columns of the series and their values, figures of one's own, and audits of gauges and links.

pub(crate) mod audit;
pub mod cell;
pub mod columns;
pub(crate) mod fleet_figures;
pub mod own_figure;
pub(crate) mod region_name;
pub(crate) mod sample_context;
