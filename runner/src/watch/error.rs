//! Why a run cannot be watched.

use std::path::PathBuf;

use crate::host::error::{CommandError, Exit};

/// Why a run cannot be watched.
///
/// Every variant exits with the code for bad usage.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    /// The path is not a directory.
    #[error("{}: it is a file; give the directory of a run", .0.display())]
    NotDirectory(PathBuf),
    /// The directory does not exist.
    #[error(
        "{}: there is no such directory; a run can be watched after it has started",
        .0.display()
    )]
    NoDirectory(PathBuf),
}

impl CommandError for WatchError {
    fn exit(&self) -> Exit {
        Exit::Usage
    }
}
