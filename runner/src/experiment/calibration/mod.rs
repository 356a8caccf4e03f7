//! Calibration: which values of the keys agree with what was observed, and how sure that is.
//!
//! Pure numerics: vectors in, vectors out; no scenario, no file, no clock. [`driver::calibrate`] is a
//! function of a [`question::CalibrationQuestion`] and of the outputs of the runs it asks for, so a fit is
//! resumed by calling it again over the same ledger. Its stages:
//!
//! 1. look: statements that need no run ([`look`]: contradictory points, points that repeat another);
//! 2. screen: Morris trajectories, if more than four keys vary; keys that move no point are fixed ([`screen`]);
//! 3. wave 1: a Latin hypercube, a tenth of its points run four times for the chance;
//! 4. emulators: a Gaussian process an output, and a set for each kind where runs are of two ([`emulation`]);
//! 5. waves: implausible parts of the range are dropped, new runs in what is left ([`waves`]);
//! 6. posterior by importance sampling, directions, bands ([`inference`]);
//! 7. confirmation: runs of draws of the posterior and of the best runs, with fresh seeds;
//! 8. self-check: each confirmed run taken as if it had been observed ([`inference::self_check`]).
//!
//! A caller maps keys to [`prior::Prior`]s, observed points to [`question::ObservedPoint`]s, and jobs to
//! runs. Outputs are in one unit, the share of the norm. All coordinates are of the unit cube, in
//! which every prior is uniform. The result is an [`answer::CalibrationAnswer`].

pub(crate) mod answer;
pub(crate) mod asking;
pub(crate) mod confirmation;
pub(crate) mod driver;
pub(crate) mod emulation;
pub(crate) mod inference;
pub(crate) mod look;
pub(crate) mod prior;
pub(crate) mod question;
pub(crate) mod screen;
pub(crate) mod spending;
#[cfg(test)]
mod tests;
pub(crate) mod waves;
