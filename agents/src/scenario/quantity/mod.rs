//! Quantities with units: spans, rates, shares, instants.

pub mod decimal;
pub(crate) mod instant;
pub(crate) mod rate;
pub(crate) mod share;
pub(crate) mod span;

pub use self::{
    decimal::Unreadable,
    instant::{Day, Instant},
    rate::Rate,
    share::Share,
    span::Span,
};
