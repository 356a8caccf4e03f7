//! The commands: options, calls and what is printed.

pub mod bench;
pub mod check;
pub mod diff;
pub mod experiment;
pub mod export;
pub mod new;
pub mod options;
pub mod plan;
pub mod reference;
pub mod report;
pub mod run;
pub mod schema;
pub mod shell;
pub mod verify;
pub mod watch;
