//! How a run ended.

use patchday_core::Halt;

/// How a run ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The run reached its end.
    Finished,
    /// The run was stopped by a signal, or before memory ran out.
    Interrupted,
    /// The engine stopped because more messages were waiting than memory allows.
    Halted(Halt),
    /// A handler of the model panicked, with this message.
    Panicked(String),
}
