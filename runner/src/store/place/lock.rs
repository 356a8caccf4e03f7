//! The lock of a directory: one process at a time writes into it.

use std::{
    fs::{self, File},
    path::Path,
};

use crate::{
    host::{error::FileError, lock_holder::LockHolder},
    store::error::StoreError,
};

/// Opens and locks a directory. On a file system without locks it is only opened.
///
/// # Errors
/// Returns an error if another process holds the lock, or if the directory cannot be opened.
pub(crate) fn lock(path: &Path) -> Result<File, StoreError> {
    let directory = File::open(path).map_err(FileError::at("read the directory", path))?;
    match directory.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(StoreError::Busy {
            path: path.to_owned(),
            holder: LockHolder::of(&directory),
        }),
        Err(fs::TryLockError::Error(_)) | Ok(()) => Ok(directory),
    }
}

/// Whether a run writes into a directory; `None` on a file system without locks.
pub(crate) fn is_locked(path: &Path) -> Option<bool> {
    // A shared lock for a moment: it only hinders a run that starts at this instant.
    match File::open(path).ok()?.try_lock_shared() {
        Ok(()) => Some(false),
        Err(fs::TryLockError::WouldBlock) => Some(true),
        Err(fs::TryLockError::Error(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let first = lock(root.path()).unwrap();
        let refused = lock(root.path()).unwrap_err();
        assert!(matches!(refused, StoreError::Busy { .. }), "{refused}");
        drop(first);
        lock(root.path()).unwrap();
    }
}
