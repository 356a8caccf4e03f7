//! The claim of a directory for an answer that takes many runs.
//!
//! A claimed directory is created, locked, and has a mark until its work has ended. The mark names
//! the work. If the process is killed, the mark stays, and the same work can claim the directory
//! again without `--force`: everything in it was left by the killed process. Work that fails before
//! it has written a file leaves the directory as it was. Whether a directory
//! can be claimed is decided while it is locked, so that two processes never both claim it.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{
    host::{
        durable::{create_directories, create_in_place, remove_empty, sync_directory},
        error::{Failure, FileError},
        limited_read,
    },
    store::{error::StoreError, place::lock::lock},
};

/// The file that marks a directory whose work has not ended.
const MARK: &str = ".unfinished";
/// The mark while it is written.
const MARK_ASIDE: &str = ".unfinished.partial";
/// The largest mark, in bytes.
const LONGEST: u64 = 4 << 10;

/// A directory that this process has claimed.
#[derive(Debug)]
pub(crate) struct Claim {
    path: PathBuf,
    /// The directories that were created for the claim, the outermost first.
    made: Vec<PathBuf>,
    taken_over: bool,
    finished: bool,
    /// The open directory, locked as long as it is open.
    _lock: File,
}

impl Claim {
    /// Claims a directory for `work`, one line that names the question and its hash. A directory
    /// that is empty, or that a killed process left with the same work, is claimed. For any other,
    /// `may_replace` decides, while the directory is locked.
    ///
    /// # Errors
    /// Returns an error if the directory cannot be created, if another process has claimed it, or
    /// if it contains something else that must not be replaced, and the errors of `may_replace`.
    pub(crate) fn take(
        path: &Path,
        work: &str,
        may_replace: impl FnOnce(&Path) -> Result<bool, Failure>,
    ) -> Result<Self, Failure> {
        let made = create_directories(path)?;
        let lock = lock(path).map_err(Failure::from);
        let mut claim = Self {
            path: path.to_owned(),
            taken_over: false,
            finished: true,
            _lock: lock.inspect_err(|_| remove_empty(&made))?,
            made,
        };
        let taken = claim.check(work, may_replace).and_then(|taken_over| {
            claim.taken_over = taken_over;
            Ok(claim.mark(work)?)
        });
        taken.inspect_err(|_| remove_empty(&claim.made))?;
        claim.finished = false;
        Ok(claim)
    }

    /// Whether a killed process left the directory with the same work. Returns an error if the
    /// directory must not be replaced.
    fn check(
        &self,
        work: &str,
        may_replace: impl FnOnce(&Path) -> Result<bool, Failure>,
    ) -> Result<bool, Failure> {
        let path = &self.path;
        let other = unfinished_work(path);
        if other.as_deref() == Some(work) {
            return Ok(true);
        }
        let entries = fs::read_dir(path).and_then(|entries| {
            let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
            names.collect::<io::Result<Vec<_>>>()
        });
        let entries = entries.map_err(Failure::file("read the directory", path))?;
        let is_own = |name: &std::ffi::OsString| name == MARK_ASIDE;
        if entries.iter().all(is_own) || may_replace(path)? {
            return Ok(false);
        }
        Err(match other {
            Some(work) => StoreError::Unfinished {
                path: path.clone(),
                work: work.split(' ').next().unwrap_or_default().to_owned(),
            },
            None => StoreError::Occupied(path.clone()),
        }
        .into())
    }

    fn mark(&self, work: &str) -> Result<(), FileError> {
        let (mark, aside) = (self.path.join(MARK), self.path.join(MARK_ASIDE));
        let written = || -> io::Result<()> {
            let mut file = create_in_place(&aside)?;
            writeln!(file, "{work}")?;
            file.sync_all()?;
            fs::rename(&aside, &mark)
        };
        written().map_err(FileError::at("write", &mark))?;
        sync_directory(&self.path)
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a killed process left the directory with the same work, so that its files may be
    /// replaced.
    pub(crate) fn is_taken_over(&self) -> bool {
        self.taken_over
    }

    /// Removes the mark: the work has ended and its files are complete.
    ///
    /// # Errors
    /// Returns an error if the mark cannot be removed.
    pub(crate) fn finish(mut self) -> Result<(), FileError> {
        self.finished = true;
        let mark = self.path.join(MARK);
        match fs::remove_file(&mark) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(FileError::at("remove", &mark)(error))
            }
            _ => sync_directory(&self.path),
        }
    }
}

impl Drop for Claim {
    /// Restores a directory whose work has failed before it wrote a file. A directory with files
    /// keeps its mark.
    fn drop(&mut self) {
        let is_mark =
            |entry: io::Result<fs::DirEntry>| entry.is_ok_and(|it| it.file_name() == MARK);
        let mut entries = fs::read_dir(&self.path).into_iter().flatten();
        if !self.finished && entries.all(is_mark) {
            // Ignore errors: the same work can claim the directory again.
            let _ = fs::remove_file(self.path.join(MARK));
            remove_empty(&self.made);
        }
    }
}

/// The work of a directory that has a mark; `None` without one.
pub(crate) fn unfinished_work(directory: &Path) -> Option<String> {
    let mark = directory.join(MARK);
    let is_file = fs::symlink_metadata(&mark).is_ok_and(|it| it.is_file());
    let text = is_file.then(|| limited_read::whole(&mark, LONGEST).ok())??;
    Some(String::from_utf8(text).ok()?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(path: &Path, work: &str, force: bool) -> Result<Claim, Failure> {
        Claim::take(path, work, |_| Ok(force))
    }

    #[test]
    fn the_same_work_takes_over_and_other_work_needs_force() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b");
        let claim = take(&path, "tip 1", false).unwrap();
        assert!(!claim.is_taken_over());
        let refused = take(&path, "tip 1", true).unwrap_err().to_string();
        assert!(refused.contains("is writing into"), "{refused}");
        fs::write(path.join("half"), "").unwrap();
        // As if the process were killed.
        drop(claim);
        assert_eq!(unfinished_work(&path).as_deref(), Some("tip 1"));
        let refused = take(&path, "map 2", false).unwrap_err().to_string();
        assert!(refused.contains("unfinished `map`") || refused.contains("unfinished `tip`"));
        let claim = take(&path, "tip 1", false).unwrap();
        assert!(claim.is_taken_over());
        claim.finish().unwrap();
        assert_eq!(unfinished_work(&path), None);
        // Finished files are replaced only if they may be.
        assert!(take(&path, "tip 1", false).is_err());
        assert!(!take(&path, "map 2", true).unwrap().is_taken_over());
    }

    #[test]
    fn files_of_others_are_never_claimed_and_a_claim_without_a_file_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b");
        drop(take(&path, "tip 1", false).unwrap());
        assert!(!root.path().join("a").exists());
        fs::write(root.path().join("notes.txt"), "mine").unwrap();
        let refused = take(root.path(), "tip 1", false).unwrap_err();
        assert!(refused.to_string().contains("not empty"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
        let names: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
        assert_eq!(names.len(), 1);
    }
}
