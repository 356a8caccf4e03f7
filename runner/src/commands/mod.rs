//! The commands: options, calls and output. Options of clap do not leave this folder; each command
//! converts them to plain settings.

pub mod bench;
pub mod cli;
pub(crate) mod error;
pub mod experiment;
pub mod options;
pub mod ranks;
pub mod reference;
pub mod run;
pub mod scenario;
pub mod shell;
