//! Why a scenario cannot be loaded.

use crate::{
    host::error::{CommandError, Exit},
    scenario::{diagnostics::Findings, load::MOST_BYTES},
};

/// Why a scenario cannot be loaded.
///
/// Every variant exits with the code for bad usage.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file or its overrides have errors.
    #[error(transparent)]
    Findings(#[from] Findings),
    /// The scenario is invalid after scaling.
    #[error("{file} at scale {scale}:\n  {}", findings.join("\n  "))]
    Scaled {
        /// The scenario file.
        file: String,
        /// The factor for users and capacities.
        scale: f64,
        /// The errors; they have no position, since the file holds the values before scaling.
        findings: Vec<String>,
    },
    /// `--until` is neither an instant nor a duration.
    #[error(
        "--until: `{0}`: expected an instant in UTC, such as 2007-08-16T12:00:00Z, or a duration \
         after the start, such as 36h"
    )]
    Until(String),
    /// The scenario with every key and origin is larger than a scenario may be.
    #[error(
        "{file}: with every key and origin it has {bytes} bytes; at most {MOST_BYTES} are allowed"
    )]
    TooLarge {
        /// The scenario file.
        file: String,
        /// The size of the effective scenario.
        bytes: usize,
    },
}

impl CommandError for LoadError {
    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

impl CommandError for Findings {
    fn exit(&self) -> Exit {
        Exit::Usage
    }
}
