//! `summary.json`: its fields, each declared once with its figure, and how they are computed.

mod aggregates;
mod compute;
mod fields;

pub(crate) use fields::{FigureId, OutageSpan, Summary};
