//! Experiments: questions that take many runs.

pub(crate) mod calibration;
pub(crate) mod compare;
pub(crate) mod design;
pub(crate) mod error;
pub(crate) mod fit;
pub(crate) mod fork;
pub(crate) mod jobs;
pub(crate) mod map;
pub(crate) mod sensitivity;
pub(crate) mod stats;
pub(crate) mod storage;
pub(crate) mod sweep;
pub(crate) mod tip;
