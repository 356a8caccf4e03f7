//! A file at a path that the user chose, or in a directory that is not locked.
//!
//! It appears complete or not at all, and an existing file is replaced only if that is allowed.
//! Until then it grows under a hidden name that no other file has.

use std::{fs, path::Path};

use crate::{
    host::error::FileError,
    store::{
        atomic_file::{AtomicFile, Existing},
        error::StoreError,
    },
};

/// Returns an error if `path` exists and must not be replaced. Called before a long work, so that
/// it is not done in vain.
///
/// # Errors
/// Returns an error that asks for `--force` if the file exists.
pub(crate) fn check(path: &Path, existing: Existing) -> Result<(), StoreError> {
    let is_taken = existing == Existing::Kept && fs::symlink_metadata(path).is_ok();
    if is_taken && !is_stream(path) {
        return Err(StoreError::FileExists(path.to_owned()));
    }
    Ok(())
}

/// Whether a path names a terminal, a pipe or another device, which has no content to replace.
fn is_stream(path: &Path) -> bool {
    path.starts_with("/dev")
        || fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Writes a file.
///
/// # Errors
/// Returns an error if the file exists and must not be replaced, or if it cannot be written.
pub(crate) fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), StoreError> {
    if is_stream(path) {
        return Ok(fs::write(path, bytes).map_err(FileError::at("write", path))?);
    }
    fill(path, existing, |file| {
        use std::io::Write;
        Ok(file
            .write_all(bytes)
            .map_err(FileError::at("write", path))?)
    })
}

/// The same for a file that `fill` writes part by part.
///
/// # Errors
/// Returns an error if the file exists and must not be replaced, or if it cannot be written, and
/// the errors of `fill`.
pub(crate) fn fill<E: From<StoreError>>(
    path: &Path,
    existing: Existing,
    fill: impl FnOnce(&mut AtomicFile) -> Result<(), E>,
) -> Result<(), E> {
    check(path, existing)?;
    let begun = AtomicFile::begin_aside(path, existing).map_err(StoreError::from);
    let mut file = begun?;
    match fill(&mut file) {
        Ok(()) => Ok(file.finish().map_err(StoreError::from)?),
        Err(error) => {
            file.discard();
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_is_kept_without_force() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("report.html");
        write(&path, b"one", Existing::Kept).unwrap();
        let refused = write(&path, b"two", Existing::Kept).unwrap_err();
        assert!(refused.to_string().contains("--force"), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, b"two", Existing::Replaced).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let names: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x");
        let filled = fill(&path, Existing::Kept, |_| {
            fs::write(&path, "mine").map_err(FileError::at("write", &path))?;
            Ok::<(), StoreError>(())
        });
        assert!(filled.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        let names: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
        assert_eq!(names.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn hidden_names_of_others_are_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let (mine, hidden) = (root.path().join("mine"), root.path().join(".x.partial"));
        fs::write(&mine, "mine").unwrap();
        std::os::unix::fs::symlink(&mine, &hidden).unwrap();
        write(&root.path().join("x"), b"new", Existing::Kept).unwrap();
        assert_eq!(fs::read(&mine).unwrap(), b"mine");
        assert!(fs::symlink_metadata(&hidden).unwrap().is_symlink());
        assert_eq!(fs::read(root.path().join("x")).unwrap(), b"new");
        // A link is not followed, not even to nothing.
        let link = root.path().join("link");
        std::os::unix::fs::symlink(root.path().join("none"), &link).unwrap();
        assert!(write(&link, b"new", Existing::Kept).is_err());
        assert!(!root.path().join("none").exists());
    }
}
