//! From emulators and observed points to the posterior, and what it says.

pub(crate) mod bands;
pub(crate) mod directions;
pub(crate) mod likelihood;
pub(crate) mod posterior;
pub(crate) mod power;
pub(crate) mod self_check;
