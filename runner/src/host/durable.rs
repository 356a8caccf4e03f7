//! Directories and files that survive a loss of power, and hidden files that never follow a link.
//!
//! The name of a new file or directory is durable only once the directory that contains it is
//! synced. A failed sync is an error; a system that cannot sync directories is not.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use crate::host::error::FileError;

/// Syncs a directory, so that the names in it survive a loss of power.
///
/// # Errors
/// Returns an error with the path if the sync fails. A directory that was removed meanwhile or cannot
/// be opened for reading, and a system that cannot sync directories, are no error.
pub(crate) fn sync_directory(directory: &Path) -> Result<(), FileError> {
    let named = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    let synced = match File::open(named) {
        // A directory that was removed meanwhile has no names to keep.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::NotFound
            ) =>
        {
            return Ok(());
        }
        opened => opened.and_then(|file| file.sync_all()),
    };
    match synced {
        Err(error) if !is_unsupported(&error) => {
            Err(FileError::at("sync the directory", named)(error))
        }
        _ => Ok(()),
    }
}

/// Whether a system or file system cannot sync directories.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unsupported | ErrorKind::InvalidInput
    )
}

/// Syncs the directory that contains `path`.
///
/// # Errors
/// Returns an error with the path if the sync fails.
pub(crate) fn sync_parent(path: &Path) -> Result<(), FileError> {
    path.parent().map_or(Ok(()), sync_directory)
}

/// Creates a directory and the missing ones above it, and syncs the parent of each. Returns those
/// that were created, the outermost first.
///
/// # Errors
/// Returns an error with the path if a directory cannot be created or synced.
pub(crate) fn create_directories(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let above = path.ancestors();
    let missing = above.take_while(|it| !it.as_os_str().is_empty() && !it.is_dir());
    let missing: Vec<&Path> = missing.collect();
    let mut made = Vec::new();
    for directory in missing.into_iter().rev() {
        match fs::create_dir(directory) {
            Ok(()) => {
                made.push(directory.to_owned());
                sync_parent(directory)?;
            }
            // Another process has created it meanwhile.
            Err(_) if directory.is_dir() => {}
            Err(error) => return Err(FileError::at("create the directory", directory)(error)),
        }
    }
    Ok(made)
}

/// Removes directories that were created and are still empty; `made` is the outermost first.
pub(crate) fn remove_empty(made: &[PathBuf]) {
    // Ignore errors: an empty directory does no harm.
    for path in made.iter().rev() {
        let _ = fs::remove_dir(path);
    }
}

/// Creates a file, in place of one of this name that an earlier process left in a directory of this
/// program. What has the name is removed, so that a link is neither followed nor written through.
///
/// # Errors
/// Returns an error if the file cannot be removed or created.
pub(crate) fn create_in_place(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    create_new(path)
}

/// Creates a file for reading and appending that must not exist, not even as a link.
///
/// # Errors
/// Returns an error if the file exists or cannot be created.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .append(true)
        .create_new(true)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_directories_are_created_and_listed() {
        let root = tempfile::tempdir().unwrap();
        let (outer, inner) = (root.path().join("a"), root.path().join("a/b"));
        assert_eq!(create_directories(&inner).unwrap(), [outer, inner.clone()]);
        assert_eq!(create_directories(&inner).unwrap(), Vec::<PathBuf>::new());
        fs::write(inner.join("file"), "").unwrap();
        let refused = create_directories(&inner.join("file/c")).unwrap_err();
        assert!(refused.to_string().contains("file"), "{refused}");
    }

    #[test]
    fn a_removed_directory_needs_no_sync() {
        let root = tempfile::tempdir().unwrap();
        sync_directory(root.path()).unwrap();
        sync_directory(Path::new("")).unwrap();
        sync_directory(&root.path().join("none")).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_never_followed() {
        let root = tempfile::tempdir().unwrap();
        let (mine, link) = (root.path().join("mine"), root.path().join(".x.partial"));
        fs::write(&mine, "mine").unwrap();
        std::os::unix::fs::symlink(&mine, &link).unwrap();
        assert_eq!(
            create_new(&link).unwrap_err().kind(),
            ErrorKind::AlreadyExists
        );
        drop(create_in_place(&link).unwrap());
        assert_eq!(fs::read(&link).unwrap(), b"");
        assert_eq!(fs::read(&mine).unwrap(), b"mine");
    }
}
