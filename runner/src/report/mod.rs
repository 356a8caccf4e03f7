//! Reports: pictures and pages from a run directory.

pub(crate) mod chart;
pub(crate) mod error;
pub(crate) mod html;
pub(crate) mod online_plot;
pub(crate) mod run;
pub(crate) mod svg;
