//! The report of a run.

pub(crate) mod charts;
pub(crate) mod column_chart;
pub(crate) mod incident;
pub(crate) mod page;
pub(crate) mod report_file;
pub(crate) mod run_data;
pub(crate) mod service_graph;
mod services;
pub(crate) mod status_strips;
pub(crate) mod tables;
pub(crate) mod thinned_rows;
