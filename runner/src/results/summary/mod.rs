//! `summary.json`: its fields, each declared once with its figure, and how they are computed.

mod aggregates;
mod compute;
mod fields;
mod spans;

pub(crate) use fields::{Figure, FigureId, Summary};
pub(crate) use spans::OutageSpan;
