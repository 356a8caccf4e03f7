//! Statistics: intervals, and logistic curves.

pub(crate) mod bootstrap;
pub(crate) mod bounded;
pub(crate) mod censored;
pub(crate) mod elementary_effects;
pub(crate) mod intervals;
pub(crate) mod logistic;
pub(crate) mod paired;
pub(crate) mod sobol_indices;
