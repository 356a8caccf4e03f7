//! The machine and the terminal: resources, signals, memory, escaping, number formats, console
//! output, errors and exit codes.

pub mod console;
pub(crate) mod durable;
pub mod error;
pub(crate) mod escape;
pub(crate) mod format;
pub(crate) mod limited_read;
pub(crate) mod lock_holder;
pub(crate) mod memory_guard;
pub mod ranks;
pub(crate) mod resources;
pub(crate) mod same_file;
pub mod signals;
pub(crate) mod text;
