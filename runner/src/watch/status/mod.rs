//! The status of a run, read from its directory.

pub(crate) mod bands;
pub(crate) mod heartbeat;
pub(crate) mod run_events;
pub(crate) mod run_status;
pub(crate) mod run_view;
pub(crate) mod series_tail;
pub(crate) mod turning_points;
