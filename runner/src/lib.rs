//! The runner: from a scenario to a run directory, and from many runs to an answer.
//!
//! It reads scenarios, runs simulations of [`patchday_agents`] on the engine of [`patchday_core`],
//! writes their results and compares them. It defines no behaviour of the model, and no result
//! depends on the numbers of threads or shards.
//!
//! | Folder | Contents |
//! | --- | --- |
//! | [`host`] | errors and exit codes, console output, escaping, number formats, signals, memory and threads |
//! | [`scenario`] | from TOML and overrides to a checked and scaled scenario; printing and schema |
//! | `store` | the run directory: lock, atomic files, manifest, series, checkpoints |
//! | `results` | what a run produced: samples, outage, summary, observed points, expectations, text |
//! | `report` | charts (SVG) and pages (HTML) |
//! | `watch` | the state of a run that another process executes, on a screen or as lines |
//! | [`run`] | a run from start to end: loop, recorder, resume, progress, estimates, verification |
//! | [`experiment`] | questions that take many runs: sweep, tip, map, compare, fork, study |
//! | [`mod@export`] | tables for other programs: CSV, Parquet |
//! | [`commands`] | the commands: options, calls, what is printed, exit codes |
//! | `fuzzing` | checks of every reader of external input, for the fuzzer and the tests |
//!
//! A folder imports only from folders above it in this table; a test enforces it.
//!
//! # Where to start
//!
//! A command is a file of [`commands`] with its options, its code and its output. `run::execute`
//! executes a run; its loop is `run::run_loop`. `store::layout` lists the files of a run directory,
//! and `results::summary` defines the figures of an outage.

pub mod commands;
pub mod experiment;
pub mod export;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
pub mod host;
pub(crate) mod report;
pub(crate) mod results;
pub mod run;
pub mod scenario;
pub(crate) mod store;
pub(crate) mod watch;
