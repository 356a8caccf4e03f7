//! What was observed: the points of a scenario or of the reader's own incident, or of a known truth.

pub(crate) mod incident;
pub(crate) mod look;
pub(crate) mod outputs;
pub(crate) mod points;
pub(crate) mod synthetic;
