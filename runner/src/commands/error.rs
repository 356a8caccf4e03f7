//! Why a command fails for a reason of its own, and not of the code that it calls.

use std::path::PathBuf;

use crate::host::{
    error::{CommandError, Exit},
    format::{grouped, memory},
};

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvocationError {
    /// The name of a new scenario is not the name of a file.
    #[error("`{}` is not the name of a file", .0.display())]
    FileName(PathBuf),
    /// The file of a new scenario exists.
    #[error("{} exists already; --force replaces it", .0.display())]
    Exists(PathBuf),
    /// There is no such key.
    #[error("schema: no key `{0}`")]
    NoKey(String),
    /// The limit of address space is below what the program needs for any command.
    #[error(
        "every command needs at least {} of address space, but only {} is available; \
         `ulimit -v` sets the limit",
        memory(*.least), memory(*.limit)
    )]
    AddressSpace {
        /// The limit, in bytes.
        limit: u64,
        /// What the program needs, in bytes.
        least: u64,
    },
    /// A single measurement without its size.
    #[error("--single needs --actors and --threads")]
    SingleMeasurement,
    /// A measurement needs more memory than is available.
    #[error(
        "{} actors need about {}, but only {} is available{}",
        grouped((*.actors).into()), memory(*.bytes), memory(*.available), way_out(*.most)
    )]
    TooManyActors {
        /// Number of actors.
        actors: u32,
        /// The memory that they need, in bytes.
        bytes: u64,
        /// The memory that is available, in bytes.
        available: u64,
        /// The number of actors that fits; 0 if it is not to be named.
        most: u64,
    },
    /// A measurement cannot be started, or its process exited early.
    #[error("the measurement of {actors} actors, threads {threads}: {fault}")]
    Measurement {
        /// Number of actors.
        actors: u32,
        /// Numbers of threads.
        threads: String,
        /// The cause.
        fault: String,
    },
    /// A directory has no results.
    #[error("{}: it holds neither a run nor an experiment", .0.display())]
    NoResults(PathBuf),
    /// A signal ended `patchday watch`.
    #[error("interrupted: only the watching; the run is not affected")]
    WatchInterrupted,
    /// A study was interrupted.
    #[error("interrupted: not all steps were run")]
    StudyInterrupted,
    /// A step of a study cannot be started.
    #[error("{command}: {source}")]
    Step {
        /// The command of the step.
        command: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The path of this program is unknown.
    #[error(transparent)]
    Program(std::io::Error),
    /// An answer cannot be converted to JSON.
    #[error(transparent)]
    Json(serde_json::Error),
}

/// The hint with the number of actors that fits.
fn way_out(most: u64) -> String {
    if most == 0 {
        String::new()
    } else {
        format!("; --actors {most} would fit")
    }
}

impl CommandError for InvocationError {
    fn exit(&self) -> Exit {
        match self {
            Self::TooManyActors { .. } | Self::AddressSpace { .. } => Exit::OutOfMemory,
            Self::WatchInterrupted | Self::StudyInterrupted => Exit::Interrupted,
            Self::Measurement { .. } | Self::Step { .. } | Self::Program(_) | Self::Json(_) => {
                Exit::Failed
            }
            Self::FileName(_)
            | Self::Exists(_)
            | Self::NoKey(_)
            | Self::SingleMeasurement
            | Self::NoResults(_) => Exit::Usage,
        }
    }
}
