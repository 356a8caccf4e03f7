//! Statistics: intervals, and logistic curves.

pub(crate) mod bounded;
pub(crate) mod censored;
pub(crate) mod intervals;
pub(crate) mod logistic;
pub(crate) mod paired;
