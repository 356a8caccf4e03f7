//! The samples of a run: the points that figures and texts need, and columns that are kept whole.

mod kept;
mod points;

pub(crate) use kept::KeptSeries;
#[cfg(test)]
pub(crate) use points::tests;
pub(crate) use points::{SamplePoint, Samples, points};
