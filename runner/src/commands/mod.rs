//! The commands: options, calls and what is printed.

pub mod bench;
pub mod check;
pub mod new;
pub mod options;
pub mod question_options;
pub mod report;
pub mod shell;
pub mod study;
pub mod watch;
