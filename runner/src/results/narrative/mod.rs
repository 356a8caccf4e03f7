//! Texts about a run: the summary as printed, events, dips and the timeline.

pub(crate) mod dips;
pub(crate) mod events;
mod in_force;
pub(crate) mod screen;
mod service_faults;
pub(crate) mod summary;
pub(crate) mod timeline;
