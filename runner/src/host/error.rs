//! How the program ends: exit codes, and everything that can go wrong with a
//! command as one type. The one place that prints an error and ends the program.
//!
//! Every failure is a sentence that says what and where. A file that cannot be
//! opened or made is bad usage (2); one that fails while a run is under way, as
//! on a full disk, is a failed run (3).

use std::{
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use parking_lot::Mutex;
use patchday_core::SettingsError;

use crate::{host::escape, scenario::diagnostics::Report};

/// What the exit code of the program says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All is well.
    Fine = 0,
    /// An expectation was not met, or digests differ.
    Unmet = 1,
    /// A bad scenario, or bad usage.
    Usage = 2,
    /// A run failed under way.
    Failed = 3,
    /// It would not fit in memory, or was stopped before it no longer did.
    NoRoom = 4,
    /// Somebody interrupted it; what was computed is kept.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The scenario has errors.
    #[error("{0}")]
    Scenario(Box<Report>),
    /// An option that cannot be followed.
    #[error("{0}")]
    Usage(String),
    /// Something about a file or directory.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: "write", "create the directory".
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A run directory that holds something already.
    #[error(
        "{} exists and is not empty; choose another with --out, or give --force to replace its run",
        .0.display()
    )]
    Occupied(PathBuf),
    /// A directory that holds files named like those of a run, but no run.
    #[error(
        "{} holds files that no run made, or a manifest that cannot be read, and --force replaces \
         only a run; choose another with --out",
        .0.display()
    )]
    Foreign(PathBuf),
    /// A directory into which a run writes now.
    #[error("another run is writing into {}; choose another with --out", .0.display())]
    Busy(PathBuf),
    /// A result could not be written while a run was under way, or at its end.
    #[error("cannot {action} {}: {source}", path.display())]
    Lost {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The engine refused its settings.
    #[error("{0}")]
    Refused(#[from] SettingsError),
    /// More memory would be needed than there is, or soon is.
    #[error("{0}")]
    NoRoom(String),
    /// A handler of the model panicked.
    #[error("the run failed: {reason}; what was computed is in {}", kept.display())]
    Panicked {
        /// What the panic said.
        reason: String,
        /// The run directory.
        kept: PathBuf,
    },
    /// A measurement or a repeated run in a process or thread of its own failed.
    #[error("{0}")]
    Broken(String),
    /// Somebody pressed Ctrl-C or asked the program to end.
    #[error("interrupted{0}")]
    Interrupted(String),
}

impl Failure {
    /// For `map_err`: what was tried with which file.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }

    /// The same, of a run that is under way: then it is not usage that is wrong.
    pub(crate) fn under_way(self) -> Self {
        match self {
            Self::File {
                action,
                path,
                source,
            } => Self::Lost {
                action,
                path,
                source,
            },
            other => other,
        }
    }

    /// The exit code that says so.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Scenario(_)
            | Self::Usage(_)
            | Self::Occupied(_)
            | Self::Foreign(_)
            | Self::Busy(_) => Exit::Usage,
            Self::Refused(SettingsError::Setting { .. }) => Exit::Usage,
            Self::Refused(SettingsError::Threads(_)) => Exit::Failed,
            Self::File { source, .. } => match source.kind() {
                ErrorKind::NotFound
                | ErrorKind::PermissionDenied
                | ErrorKind::AlreadyExists
                | ErrorKind::NotADirectory
                | ErrorKind::IsADirectory
                | ErrorKind::ReadOnlyFilesystem
                | ErrorKind::InvalidFilename
                | ErrorKind::InvalidData
                | ErrorKind::InvalidInput => Exit::Usage,
                _ => Exit::Failed,
            },
            Self::Lost { .. } | Self::Panicked { .. } | Self::Broken(_) => Exit::Failed,
            Self::NoRoom(_) => Exit::NoRoom,
            Self::Interrupted(_) => Exit::Interrupted,
        }
    }
}

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self::Scenario(Box::new(report))
    }
}

/// Prints why a command failed, if it did, and gives the exit code.
pub fn finish(outcome: Result<Exit, Failure>) -> ExitCode {
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            say(&failure.to_string());
            failure.exit().into()
        }
    }
}

/// Prints a result on standard output. A reader who has seen enough and closed
/// the pipe is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let text = escape::lines(text);
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).map_err(Failure::file("write", Path::new("standard output")))
        }
        _ => Ok(()),
    }
}

/// What was said while it would have spoilt a screen; none while there is no screen.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Says something on standard error. That nobody listens is no error.
pub(crate) fn say(text: &str) {
    let mut held = HELD.lock();
    if let Some(held) = held.as_mut() {
        held.push(text.to_owned());
    } else {
        let _ = writeln!(io::stderr().lock(), "{}", escape::said(text));
    }
}

/// From now on what is said is held back.
pub(crate) fn hold_back() {
    HELD.lock().get_or_insert_default();
}

/// Says what was held back; nothing is from now on.
pub(crate) fn speak_up() {
    let held = HELD.lock().take();
    for text in held.into_iter().flatten() {
        say(&text);
    }
}

/// What was said last and is held back.
pub(crate) fn held_last() -> Option<String> {
    HELD.lock().as_ref().and_then(|held| held.last().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(kind: ErrorKind) -> u8 {
        let failure = Failure::file("write", Path::new("x"))(kind.into());
        failure.exit() as u8
    }

    #[test]
    fn a_missing_file_is_usage_and_a_full_disk_a_failed_run() {
        assert_eq!(code(ErrorKind::NotFound), 2);
        assert_eq!(code(ErrorKind::PermissionDenied), 2);
        assert_eq!(code(ErrorKind::StorageFull), 3);
        assert_eq!(Failure::NoRoom(String::new()).exit() as u8, 4);
        assert_eq!(Failure::Interrupted(String::new()).exit() as u8, 130);
    }

    #[test]
    fn a_failure_names_the_file() {
        let failure = Failure::file("create the directory", Path::new("/no/where"))(
            ErrorKind::PermissionDenied.into(),
        );
        assert_eq!(
            failure.to_string(),
            "cannot create the directory /no/where: permission denied"
        );
    }
}
