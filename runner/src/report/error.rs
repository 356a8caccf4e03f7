//! Why a report cannot be written.

use std::path::PathBuf;

use crate::host::error::{CommandError, Exit};

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportError {
    /// The summary of a run cannot be parsed.
    #[error("{}: {source}", path.display())]
    Summary {
        /// The file.
        path: PathBuf,
        /// The error, with its position.
        source: serde_json::Error,
    },
    /// The timeline of a run cannot be parsed.
    #[error("{}: {source}", path.display())]
    Timeline {
        /// The file.
        path: PathBuf,
        /// The error, with its position.
        source: csv::Error,
    },
    /// The page cannot be rendered.
    #[error("the report: {0}")]
    Page(#[from] askama::Error),
}

impl CommandError for ReportError {
    fn exit(&self) -> Exit {
        match self {
            Self::Summary { .. } | Self::Timeline { .. } => Exit::Usage,
            Self::Page(_) => Exit::Failed,
        }
    }
}
