//! Charts: curves over time and values over a key.

pub(crate) mod curves;
pub(crate) mod key_chart;
pub(crate) mod time_frame;
pub(crate) mod time_series;
