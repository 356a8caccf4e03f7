//! How a run can end before its end.

use std::path::PathBuf;

use crate::host::error::{CommandError, Exit};

/// How a run can end before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The run was interrupted by a signal.
    #[error("interrupted at {at}: {next}")]
    Interrupted {
        /// The simulated instant.
        at: String,
        /// Where the results are, and how to continue.
        next: String,
    },
    /// The run was stopped because memory was about to run out.
    #[error("stopped at {at} before memory runs out: {why}; {next}")]
    OutOfMemory {
        /// The simulated instant.
        at: String,
        /// What was about to run out.
        why: String,
        /// Where the results are, and how to continue.
        next: String,
    },
    /// A handler of the model panicked.
    #[error("the run failed: {reason}; the results so far are in {}", kept.display())]
    Panicked {
        /// The message of the panic.
        reason: String,
        /// The run directory.
        kept: PathBuf,
    },
}

impl CommandError for RunError {
    fn exit(&self) -> Exit {
        match self {
            Self::Interrupted { .. } => Exit::Interrupted,
            Self::OutOfMemory { .. } => Exit::OutOfMemory,
            Self::Panicked { .. } => Exit::Failed,
        }
    }
}
