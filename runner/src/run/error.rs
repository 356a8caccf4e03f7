//! Why a run cannot start or continue, or stopped before its end.

use std::path::PathBuf;

use patchday_core::Halt;

use crate::{
    host::{
        error::{CommandError, Exit},
        format::{grouped, memory},
    },
    store::layout::{CONFIG, MANIFEST},
};

/// Why a run fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The run was interrupted by a signal.
    #[error("interrupted at {at}: {next}")]
    Interrupted {
        /// The simulated instant.
        at: String,
        /// Where the results are, and the command that continues.
        next: String,
    },
    /// The run was stopped because memory was about to run out.
    #[error("stopped at {at} before memory runs out: {why}; {next}")]
    OutOfMemory {
        /// The simulated instant.
        at: String,
        /// The limit that was about to be exceeded.
        why: String,
        /// Where the results are, and the command that continues.
        next: String,
    },
    /// A handler of the model panicked.
    #[error("the run failed: {reason}; {next}")]
    Panicked {
        /// The message of the panic.
        reason: String,
        /// Where the results so far are, and how to continue.
        next: String,
    },
    /// The run needs more memory than is available.
    #[error(
        "{scenario} with {} users needs about {}, with {} in reserve, but only {} is available; \
         {way_out}",
        grouped(*.users), memory(*.bytes), memory(*.reserve), memory(*.available)
    )]
    TooLarge {
        /// The scenario file.
        scenario: String,
        /// Its users.
        users: u64,
        /// The memory the run needs, in bytes.
        bytes: u64,
        /// The memory that must stay free, for a checkpoint and other processes, in bytes.
        reserve: u64,
        /// The memory that is available, in bytes.
        available: u64,
        /// A scale that fits, if there is one.
        way_out: String,
    },
    /// The engine stopped the pilot.
    #[error("the pilot halted: {0}")]
    PilotHalted(Halt),
    /// The directory has no checkpoint that is whole.
    #[error("{}: no checkpoint to resume from{why}{way_out}", run.display())]
    NoCheckpoint {
        /// The run directory.
        run: PathBuf,
        /// Whether there are damaged ones, or none.
        why: &'static str,
        /// The command that runs it again from the start, if it is known.
        way_out: String,
    },
    /// `--resume` with options that would change the run.
    #[error("--resume continues a run unchanged; `patchday fork` continues one with changes")]
    ResumeChanges,
    /// The checkpoint is of another scenario.
    #[error(
        "{}: its checkpoint is of another scenario than {CONFIG} or the one given: hash {hash}",
        run.display()
    )]
    OtherScenario {
        /// The run directory.
        run: PathBuf,
        /// The hash of the scenario of the checkpoint.
        hash: String,
    },
    /// The manifest in a checkpoint is damaged.
    #[error("{}: its manifest: {fault}", checkpoint.display())]
    CheckpointManifest {
        /// The checkpoint.
        checkpoint: PathBuf,
        /// The damage, with its line.
        fault: String,
    },
    /// A run that has not ended cannot be verified.
    #[error("{}: the run has no digest to compare with: it is {ended}", run.display())]
    NoDigest {
        /// The run directory.
        run: PathBuf,
        /// How the run ended.
        ended: String,
    },
    /// The manifest has more ticks than the scenario.
    #[error(
        "{}: {MANIFEST} has {ticks} ticks, but the scenario only {most}",
        run.display()
    )]
    TooManyTicks {
        /// The run directory.
        run: PathBuf,
        /// Ticks in the manifest.
        ticks: u32,
        /// Ticks of the scenario.
        most: u32,
    },
    /// The engine stopped a repeat.
    #[error("repeat halted: {0}")]
    RepeatHalted(Halt),
    /// A repeat panicked.
    #[error("repeat failed: {0}")]
    RepeatFailed(String),
    /// The thread of a repeat panicked.
    #[error("a repeat panicked")]
    RepeatPanicked,
    /// The repeats were interrupted.
    #[error("interrupted: not all repeats were made")]
    RepeatsInterrupted,
    /// A row of a series cannot be compared.
    #[error(transparent)]
    Rows(std::io::Error),
    /// The engine stopped a measurement.
    #[error("PHOLD halted: {0}")]
    PholdHalted(Halt),
    /// The parent process of a measurement has exited.
    #[error("the process that started this measurement has exited")]
    NoParent,
    /// A measurement cannot be converted to JSON.
    #[error(transparent)]
    Json(serde_json::Error),
}

impl CommandError for RunError {
    fn exit(&self) -> Exit {
        match self {
            Self::Interrupted { .. } | Self::RepeatsInterrupted => Exit::Interrupted,
            Self::OutOfMemory { .. } | Self::TooLarge { .. } => Exit::OutOfMemory,
            Self::Panicked { .. }
            | Self::PilotHalted(_)
            | Self::RepeatHalted(_)
            | Self::RepeatFailed(_)
            | Self::RepeatPanicked
            | Self::Rows(_)
            | Self::PholdHalted(_)
            | Self::NoParent
            | Self::Json(_) => Exit::Failed,
            Self::NoCheckpoint { .. }
            | Self::ResumeChanges
            | Self::OtherScenario { .. }
            | Self::CheckpointManifest { .. }
            | Self::NoDigest { .. }
            | Self::TooManyTicks { .. } => Exit::Usage,
        }
    }
}
