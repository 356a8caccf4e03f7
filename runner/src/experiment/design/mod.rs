//! Designs: factors, the points at which an experiment runs, and variants.

pub(crate) mod effects;
pub(crate) mod factors;
pub(crate) mod points;
pub(crate) mod samplers;
pub(crate) mod variant;
