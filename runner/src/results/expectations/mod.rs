//! Expectations about the results of a run: how they are judged, and their verdicts as JUnit XML.

mod check;
pub(crate) mod junit;

#[cfg(any(test, fuzzing))]
pub(crate) use check::parse_baseline;
pub(crate) use check::{Expectations, errors};
