//! Figures of one's own (`[[figure]]` of a scenario): their ids, and their values from the samples.

mod accumulate;
mod id;

pub(crate) use accumulate::OwnFigures;
pub(crate) use id::{OwnFigureId, OwnValue};
