//! Whether a run can begin in a directory without replacing anything.

use std::{fs, io, path::Path};

use crate::store::{atomic_file::hidden, layout::FILES};

/// The file that reserves disk space for the final files of a run.
pub(crate) const RESERVED: &str = "reserved";

/// Whether a directory is empty, apart from hidden files of a run that was killed before its first
/// file appeared.
///
/// # Errors
/// Returns an error if the directory cannot be read.
pub(crate) fn is_free(path: &Path) -> io::Result<bool> {
    let known = |entry: fs::DirEntry| {
        let name = entry.file_name();
        let mut names = FILES.iter().chain([&RESERVED]);
        // A link of such a name is not from a run.
        names.any(|own| name.to_str() == Some(&hidden(own)))
            && entry.file_type().is_ok_and(|found| found.is_file())
    };
    let mut entries = fs::read_dir(path)?;
    entries.try_fold(true, |free, entry| Ok(free && known(entry?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_files_of_a_killed_run_count_as_an_empty_directory() {
        let root = tempfile::tempdir().unwrap();
        assert!(is_free(root.path()).unwrap());
        fs::write(root.path().join(".reserved.partial"), "  ").unwrap();
        fs::write(root.path().join(".manifest.json.partial"), "{").unwrap();
        assert!(is_free(root.path()).unwrap());
        for name in ["notes.txt", ".notes.txt.partial", "manifest.json"] {
            let path = root.path().join(name);
            fs::write(&path, "").unwrap();
            assert!(!is_free(root.path()).unwrap(), "{name}");
            fs::remove_file(&path).unwrap();
        }
        assert!(is_free(&root.path().join("none")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_or_directory_of_a_hidden_name_is_of_another() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(".series.csv.partial");
        std::os::unix::fs::symlink(root.path().join("mine"), &path).unwrap();
        assert!(!is_free(root.path()).unwrap());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(!is_free(root.path()).unwrap());
    }
}
