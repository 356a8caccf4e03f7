//! Results of a run: samples, outage, summary, observed points, figures, criteria and texts.

pub(crate) mod criteria;
pub(crate) mod curve;
pub(crate) mod error;
pub(crate) mod expectations;
pub(crate) mod figures;
pub(crate) mod narrative;
pub(crate) mod observed;
pub(crate) mod outage;
pub(crate) mod own;
pub(crate) mod run_record;
pub(crate) mod samples;
pub(crate) mod summary;
pub(crate) mod units;
