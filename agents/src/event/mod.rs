//! Events from outside the network: the schedule, mass events and triggers.

pub(crate) mod check;
pub(crate) mod mass_event;
pub(crate) mod schedule;
pub(crate) mod section;
