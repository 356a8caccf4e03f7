//! The commands that make more than one run.

mod answer;
mod batch;
pub mod compare;
pub mod fit;
pub mod fork;
pub mod map;
pub mod merge;
pub mod sensitivity;
pub mod study;
pub mod sweep;
pub mod tip;
