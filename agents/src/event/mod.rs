//! Events that affect the network from outside: the schedule, triggers, and mass events.

pub(crate) mod check;
pub(crate) mod effects;
pub(crate) mod hit;
pub(crate) mod mass_event;
pub(crate) mod params;
pub(crate) mod periodic;
pub(crate) mod schedule;
pub(crate) mod section;
pub(crate) mod triggers;
