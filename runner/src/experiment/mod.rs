//! Experiments: questions that take many runs.

pub mod compare;
pub mod design;
pub mod fork;
pub(crate) mod jobs;
pub mod map;
pub(crate) mod page;
pub(crate) mod stats;
pub(crate) mod storage;
pub mod sweep;
pub mod tip;
