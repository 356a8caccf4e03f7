//! Whether an open file or directory is still the one that its path names.
//!
//! A run lasts for hours, and its files can be removed or renamed meanwhile. An open file
//! survives without its name, but what is written to it then is lost when it is closed.

use std::{fs::File, io::ErrorKind, path::Path};

use same_file::Handle;

/// Whether `path` names the open `file`. If the path exists but cannot be examined, as without
/// free file descriptors, it is assumed that it does.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    let named = match Handle::from_path(path) {
        Ok(named) => named,
        Err(error) => {
            return !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
        }
    };
    let open = file.try_clone().and_then(Handle::from_file);
    open.map_or(true, |open| open == named)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_recognised_after_a_rename_and_a_new_file_of_its_name_is_not() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a");
        let file = File::create(&path).unwrap();
        assert!(is_at(&file, &path));
        fs::rename(&path, root.path().join("b")).unwrap();
        assert!(!is_at(&file, &path));
        assert!(is_at(&file, &root.path().join("b")));
        fs::write(&path, "").unwrap();
        assert!(!is_at(&file, &path));
        assert!(!is_at(&file, &path.join("c")));
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_is_recognised() {
        let root = tempfile::tempdir().unwrap();
        let directory = File::open(root.path()).unwrap();
        assert!(is_at(&directory, root.path()));
    }
}
