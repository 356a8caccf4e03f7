//! Designs: factors, points and samplers.

pub(crate) mod factors;
pub mod points;
pub(crate) mod samplers;
