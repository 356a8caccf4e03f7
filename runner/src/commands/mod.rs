//! The commands: options, calls and what is printed.

pub mod bench;
pub mod check;
pub mod diff;
pub mod export;
pub mod new;
pub mod options;
pub mod plan;
pub mod question_options;
pub mod reference;
pub mod report;
pub mod run;
pub mod schema;
pub mod shell;
pub mod study;
pub mod verify;
pub mod watch;
