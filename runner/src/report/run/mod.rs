//! The report of a run.

pub(crate) mod page;
pub(crate) mod panels;
pub(crate) mod run_data;
pub(crate) mod services;
pub(crate) mod status_strips;
pub(crate) mod tables;
