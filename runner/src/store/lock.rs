//! Who writes into a run directory: one run at a time, as long as its lock is held.

use std::{
    fs::{self, File},
    path::Path,
};

use crate::{host::error::FileError, store::error::StoreError};

/// The directory, open and locked; refused if another run has the lock. Where there
/// are no locks, there is none.
///
/// # Errors
/// That another run has it, or that it cannot be opened.
pub(crate) fn lock(path: &Path) -> Result<File, StoreError> {
    let directory = File::open(path).map_err(FileError::at("read the directory", path))?;
    match directory.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(StoreError::Busy(path.to_owned())),
        Err(fs::TryLockError::Error(_)) | Ok(()) => Ok(directory),
    }
}

/// Whether a run writes into a directory; none where there are no locks.
pub(crate) fn is_locked(path: &Path) -> Option<bool> {
    // Shared, and for a moment only: it keeps nobody but a run that begins right then.
    match File::open(path).ok()?.try_lock_shared() {
        Ok(()) => Some(false),
        Err(fs::TryLockError::WouldBlock) => Some(true),
        Err(fs::TryLockError::Error(_)) => None,
    }
}
