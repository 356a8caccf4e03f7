//! Whether an open file, or directory, is still what stands under its name.
//!
//! A run lasts for hours, and meanwhile somebody may remove or rename what it writes into.
//! The system lets an open file live on without its name; whoever writes into such a file
//! writes for nobody.

use std::{
    fs::{self, File},
    path::Path,
};

/// Whether `file` is what stands at `path`. Where the system does not tell files apart,
/// whether anything does.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let known = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(file), Ok(there)) => known(file) == known(there),
        // That it cannot be asked says nothing of the file.
        (Err(_), there) => there.is_ok(),
        (Ok(_), Err(_)) => false,
    }
}

/// Whether anything stands at `path`: this system does not tell files apart.
#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_again_and_another_of_its_name_is_not_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a");
        let file = File::create(&path).unwrap();
        assert!(is_at(&file, &path));
        fs::rename(&path, root.path().join("b")).unwrap();
        assert!(!is_at(&file, &path));
        assert!(is_at(&file, &root.path().join("b")));
        fs::write(&path, "").unwrap();
        assert!(!is_at(&file, &path));
        let directory = File::open(root.path()).unwrap();
        assert!(is_at(&directory, root.path()));
    }
}
