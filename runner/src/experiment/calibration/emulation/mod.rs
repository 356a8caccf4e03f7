//! Emulators of the outputs of runs, with their chance and misfit.

pub(crate) mod branch;
pub(crate) mod emulator;
pub(crate) mod residuals;
