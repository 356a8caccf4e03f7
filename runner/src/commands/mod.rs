//! The commands: options, calls and what is printed. Options of clap do not leave this folder;
//! each command turns them into plain settings.

pub mod bench;
pub mod cli;
pub mod experiment;
pub mod options;
pub mod reference;
pub mod run;
pub mod scenario;
pub mod shell;
