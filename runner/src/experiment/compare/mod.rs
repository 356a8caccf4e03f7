//! `compare`: variants of a scenario, paired.

pub(crate) mod answer;
pub(crate) mod curves;
pub(crate) mod page;
pub(crate) mod page_ranking;
pub(crate) mod pairs;
pub(crate) mod question;
pub(crate) mod ranking;
