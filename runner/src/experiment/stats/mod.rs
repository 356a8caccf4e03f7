//! Statistics: intervals, logistic curves, and Gaussian processes.

pub(crate) mod bootstrap;
pub(crate) mod bounded;
pub(crate) mod censored;
pub(crate) mod elementary_effects;
#[allow(dead_code, reason = "used by the questions that emulate runs")]
pub(crate) mod gaussian_process;
pub(crate) mod intervals;
pub(crate) mod logistic;
#[allow(dead_code, reason = "used by the Gaussian process")]
pub(crate) mod matrix;
#[allow(dead_code, reason = "used by the Gaussian process")]
pub(crate) mod nelder_mead;
pub(crate) mod paired;
pub(crate) mod sobol_indices;
