//! The quantities of a scenario, each a type of its own.
//!
//! No key of a scenario is a bare number if its value is a time, a rate or a share, so that a
//! unit cannot be mistaken. Each type reads the text of a scenario ([`std::str::FromStr`]) and
//! prints a canonical text ([`std::fmt::Display`]). Invariant: the printed text reads back to
//! the same value, bit for bit.
//!
//! | Type | Unit | Written as |
//! | --- | --- | --- |
//! | [`Share`] | 1 | `0.25` |
//! | [`Span`] | whole milliseconds | `"90s"`, `"2h 30m"`, `"250ms"` |
//! | [`Rate`] | events per second | `"500/s"`, `"10000/m"` |
//! | [`Instant`] | milliseconds since 1970, UTC | `"2007-08-14T00:00:00Z"` |
//! | [`Moment`] | an instant, or a span after the start | `"2007-08-14T00:00:00Z"`, `"2d 6h"` |
//! | [`Day`] | days since 1970-01-01 | `"2007-08-15"` |
//! | [`UtcOffset`] | minutes | `"+1h"`, `"-5h 30m"`, `"+05:30"` |
//!
//! [`TickLength`] and [`RunClock`] convert them into ticks.

pub mod decimal;
pub(crate) mod instant;
pub(crate) mod moment;
pub(crate) mod rate;
pub(crate) mod run_clock;
pub(crate) mod share;
pub(crate) mod span;
pub(crate) mod utc_offset;

pub use self::{
    decimal::Unreadable,
    instant::{Day, Instant},
    moment::Moment,
    rate::Rate,
    run_clock::{RunClock, TickLength},
    share::Share,
    span::Span,
    utc_offset::UtcOffset,
};
