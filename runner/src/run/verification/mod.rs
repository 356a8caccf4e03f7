//! Comparisons of runs: repeats of one run, and the differences between two.

pub(crate) mod complete_run;
pub(crate) mod diff;
pub(crate) mod first_difference;
pub(crate) mod outcomes;
pub(crate) mod side_by_side;
pub(crate) mod verify;
