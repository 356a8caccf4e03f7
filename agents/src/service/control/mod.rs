//! What changes services during a run: faults, deeds of the operator, health checks, automatic scaling.

pub(crate) mod automation;
pub(crate) mod check;
pub(crate) mod deeds;
pub(crate) mod faults;
pub(crate) mod fleet_state;
pub(crate) mod section;
pub(crate) mod service_control;
pub(crate) mod update;
