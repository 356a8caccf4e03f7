//! What is counted at servers and senders, for reports only.

pub(crate) mod counts;
pub(crate) mod fleet_stats;
pub(crate) mod latency;
