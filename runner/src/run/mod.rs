//! A run from start to end: loop, recorder, resume, progress, estimates and checks.

pub(crate) mod benchmark;
pub(crate) mod error;
pub mod estimate;
pub mod execute;
pub(crate) mod progress;
pub(crate) mod ranks;
pub(crate) mod recorder;
pub(crate) mod result_files;
pub(crate) mod resume;
pub(crate) mod run_loop;
pub(crate) mod settings;
pub(crate) mod start;
pub(crate) mod verification;
