//! The samples of a run: the points that figures and texts need, and columns that are kept whole.

pub(in crate::results) mod compact_numbers;
mod fleet_rows;
pub(crate) mod fleet_tables;
mod kept;
mod minute_points;

pub(crate) use kept::KeptSeries;
#[cfg(test)]
pub(crate) use minute_points::tests;
pub(crate) use minute_points::{SamplePoint, Samples, points};
