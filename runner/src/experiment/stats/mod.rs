//! Statistics: intervals, logistic curves, and Gaussian processes.

pub(crate) mod bootstrap;
pub(crate) mod bounded;
pub(crate) mod censored;
pub(crate) mod elementary_effects;
pub(crate) mod gaussian_process;
pub(crate) mod intervals;
pub(crate) mod logistic;
pub(crate) mod matrix;
pub(crate) mod nelder_mead;
pub(crate) mod paired;
pub(crate) mod quantiles;
pub(crate) mod sobol_indices;
