//! Jobs: single runs of an experiment, the executor that runs them in parallel, and their progress.

pub(crate) mod asked_question;
pub(crate) mod dry_run;
pub(crate) mod executor;
pub(crate) mod job;
pub(crate) mod progress;
pub(crate) mod run_source;
pub(crate) mod scenarios;
pub(crate) mod without_triggers;
