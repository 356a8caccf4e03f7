//! Designs: factors, the points at which an experiment runs, and variants.

pub(crate) mod direction_numbers;
pub(crate) mod effects;
pub(crate) mod factors;
pub(crate) mod points;
pub(crate) mod range;
pub(crate) mod saltelli;
pub(crate) mod samplers;
#[cfg(test)]
pub(crate) mod test_functions;
pub(crate) mod trajectories;
pub(crate) mod variant;
