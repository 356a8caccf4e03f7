//! Errors and exit codes: what every error type of the program has in common.
//!
//! Each layer has an error type of its own with a variant for each cause. [`CommandError`] gives
//! each of them an exit code, and [`Failure`] holds any of them on its way to the end of the
//! program, so this module knows none of the layers above it.
//!
//! Every message says what failed and where. A file that cannot be opened or created is bad
//! usage (2); one that fails during a run, as on a full disk, is a failed run (3).

use std::{
    error::Error,
    fmt,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process::ExitCode,
};

use patchday_core::SettingsError;

/// The meaning of the program's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Success.
    Fine = 0,
    /// An expectation was not met, or digests differ.
    Unmet = 1,
    /// Invalid scenario or usage.
    Usage = 2,
    /// A run failed after it had begun.
    Failed = 3,
    /// The run would not fit in memory, or was stopped before memory ran out.
    OutOfMemory = 4,
    /// Interrupted by a signal; results computed so far are kept.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that can end a command.
pub trait CommandError: Error + Send + Sync + 'static {
    /// The exit code if the error occurs before a run begins.
    fn exit(&self) -> Exit;

    /// The exit code if the error occurs during a run, when the usage cannot be wrong any more.
    fn exit_during_run(&self) -> Exit {
        self.exit()
    }
}

/// Why a command failed: an error of any layer, with its exit code.
#[derive(Debug)]
pub struct Failure {
    cause: Box<dyn CommandError>,
    during_run: bool,
}

impl Failure {
    /// A failed operation on a file, for `map_err`.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let located = FileError::at(action, path);
        move |source| located(source).into()
    }

    /// The same failure during a run: a file error is then not bad usage.
    pub(crate) fn during_run(self) -> Self {
        Self {
            during_run: true,
            ..self
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        if self.during_run {
            self.cause.exit_during_run()
        } else {
            self.cause.exit()
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl<E: CommandError> From<E> for Failure {
    fn from(cause: E) -> Self {
        Self {
            cause: Box::new(cause),
            during_run: false,
        }
    }
}

/// A failed operation on a file or directory.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct FileError {
    /// The operation as a verb: "write", "create the directory".
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    /// An error with the operation and the path, for `map_err`.
    pub(crate) fn at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self {
            action,
            path,
            source,
        }
    }
}

impl CommandError for FileError {
    fn exit(&self) -> Exit {
        match self.source.kind() {
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
        }
    }

    fn exit_during_run(&self) -> Exit {
        Exit::Failed
    }
}

impl CommandError for SettingsError {
    fn exit(&self) -> Exit {
        match self {
            Self::Setting { .. } => Exit::Usage,
            Self::Threads(_) | Self::Ranks(_) => Exit::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(kind: ErrorKind) -> u8 {
        let failure = Failure::file("write", Path::new("x"))(kind.into());
        failure.exit() as u8
    }

    #[test]
    fn a_missing_file_is_bad_usage_and_a_full_disk_a_failed_run() {
        assert_eq!(code(ErrorKind::NotFound), 2);
        assert_eq!(code(ErrorKind::PermissionDenied), 2);
        assert_eq!(code(ErrorKind::StorageFull), 3);
    }

    #[test]
    fn during_a_run_a_missing_file_is_a_failed_run() {
        let failure = Failure::file("write", Path::new("x"))(ErrorKind::NotFound.into());
        assert_eq!(failure.during_run().exit() as u8, 3);
        let setting = SettingsError::Setting {
            name: "actors",
            found: 0,
            allowed: "1 or more",
        };
        assert_eq!(Failure::from(setting).during_run().exit() as u8, 2);
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
