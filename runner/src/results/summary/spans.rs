//! Values of the summary that have a time: extremes, and the span of the outage.
//!
//! Times are RFC 3339 in UTC.

use serde::{Deserialize, Serialize};

/// A value and when it was reached first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Extreme<T> {
    /// The value.
    pub(crate) value: T,
    /// The time of the sample, RFC 3339 in UTC.
    pub(crate) time: String,
}

/// The times of the outage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OutageSpan {
    /// The time of its first sample, RFC 3339 in UTC.
    pub(crate) start: String,
    /// The time of the first sample after it; null if it was not over when the run ended.
    pub(crate) end: Option<String>,
    /// From start to end; null without an end.
    pub(crate) hours: Option<f64>,
}
