//! Audits: the whole state of a network at one moment, for tests. No run reads them.

pub(crate) mod gauges;
pub(crate) mod links;
