//! The run directory. Its files appear complete or not at all.
//!
//! A file is written under a hidden name, synced and renamed. The series grows under its hidden
//! name and is renamed when the run ends or is stopped. Disk space for the final files is reserved
//! at the start, so that a full disk does not lose them. A directory that is not empty is left
//! unchanged, unless its run is replaced: then only files of a run are removed, and only when the
//! new run can begin. At every moment a directory with files of a run has a manifest that
//! describes them. The directory is locked while a run writes into it, and created again if it is
//! removed or renamed meanwhile. Sizes are in bytes.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use parking_lot::Mutex;

use crate::{
    host::{
        durable::{create_directories, remove_empty, sync_directory},
        error::FileError,
        same_file::is_at,
    },
    store::{
        atomic_file::{AtomicFile, hidden},
        checkpoint::format,
        error::StoreError,
        layout::{EXPORTS, FILES, LIVE, LIVE_ASIDE, MANIFEST},
        manifest::Manifest,
        place::{
            free::{RESERVED, is_free},
            lock::lock,
        },
    },
};

/// The reserved space; the final files together are smaller.
const RESERVED_BYTES: usize = 384 << 10;
/// The additional space for an observation, which is in two files and the picture.
const RESERVED_BYTES_PER_OBSERVATION: usize = 2 << 10;

/// A directory that one run writes into.
#[derive(Debug)]
pub(crate) struct RunDirectory {
    path: PathBuf,
    /// The directories that were created for this run, the outermost first.
    made: Vec<PathBuf>,
    /// Whether it was empty before.
    fresh: bool,
    /// The reserved space.
    reserved: usize,
    /// The open directory, locked as long as it is open.
    lock: Mutex<File>,
}

impl RunDirectory {
    /// Creates the directory, or uses an empty one, or with `force` one that contains a run.
    /// Reserves space for the final files of a run with so many observations.
    ///
    /// # Errors
    /// Returns an error if the directory cannot be created, contains other files, or is locked.
    pub(crate) fn create(
        path: &Path,
        force: bool,
        observations: usize,
    ) -> Result<Self, StoreError> {
        let made = create_directories(path)?;
        let held = lock(path).inspect_err(|_| remove_empty(&made))?;
        let mut directory = Self {
            path: path.to_owned(),
            made,
            fresh: false,
            reserved: reserved_bytes(observations),
            lock: Mutex::new(held),
        };
        directory.fresh = directory
            .check_content(force)
            .inspect_err(|_| remove_empty(&directory.made))?;
        let kept = directory
            .check_files()
            .and_then(|()| Ok(directory.reserve_space()?))
            .inspect_err(|_| directory.discard());
        kept.map(|()| directory)
    }

    /// Whether the directory is empty, which is decided while it is locked.
    ///
    /// # Errors
    /// Returns an error if it contains files that must not be replaced.
    fn check_content(&self, force: bool) -> Result<bool, StoreError> {
        let path = &self.path;
        if is_free(path).map_err(FileError::at("read the directory", path))? {
            return Ok(true);
        }
        if !force {
            return Err(StoreError::Occupied(path.to_owned()));
        }
        // Without a manifest, files of these names do not belong to a run.
        let mut names = FILES.iter().chain(&EXPORTS);
        let names_taken = names.any(|name| fs::symlink_metadata(path.join(name)).is_ok());
        if names_taken && Manifest::read(path).is_err() {
            return Err(StoreError::Foreign(path.to_owned()));
        }
        Ok(false)
    }

    /// Locks the directory of a run.
    pub(crate) fn open(path: &Path, observations: usize) -> Result<Self, StoreError> {
        Ok(Self {
            path: path.to_owned(),
            made: Vec::new(),
            fresh: false,
            reserved: reserved_bytes(observations),
            lock: Mutex::new(lock(path)?),
        })
    }

    /// Opens the directory of a run that is resumed, and reserves space in it.
    ///
    /// # Errors
    /// Returns an error if the directory is locked or cannot be written.
    pub(crate) fn reopen(path: &Path, observations: usize) -> Result<Self, StoreError> {
        let directory = Self::open(path, observations)?;
        // Incomplete files of a killed run only take space, and its heartbeat and exports are out
        // of date.
        format::clear_torn(path);
        directory.remove(LIVE).and(directory.remove(LIVE_ASIDE))?;
        EXPORTS.iter().try_for_each(|name| directory.remove(name))?;
        directory.reserve_space()?;
        Ok(directory)
    }

    /// Reserves space for the final files.
    fn reserve_space(&self) -> Result<(), FileError> {
        let mut file = self.create_file(RESERVED)?;
        let kept = file.write_all(&vec![0x20; self.reserved]);
        kept.map_err(|error| {
            // Reserving only a part of the space would be useless.
            file.discard();
            FileError::at("reserve disk space for the results in", &self.path)(error)
        })
    }

    /// Creates the directory again if it was removed or renamed, and returns whether it was.
    ///
    /// # Errors
    /// Returns an error if it cannot be created, or if its path names another directory now.
    pub(crate) fn ensure_exists(&self) -> Result<bool, StoreError> {
        let path = &self.path;
        let mut held = self.lock.lock();
        if is_at(&held, path) {
            return Ok(false);
        }
        create_directories(path)?;
        let free = is_free(path).map_err(FileError::at("read the directory", path))?;
        if !free {
            let reason = "another directory has its name";
            let taken = io::Error::new(io::ErrorKind::AlreadyExists, reason);
            return Err(FileError::at("continue in the directory", path)(taken).into());
        }
        *held = lock(path)?;
        self.reserve_space()?;
        Ok(true)
    }

    /// Returns an error if something other than a file has the name of a run's file: it could not
    /// be removed later.
    fn check_files(&self) -> Result<(), StoreError> {
        let odd = |name: &&&str| fs::metadata(self.path.join(name)).is_ok_and(|it| !it.is_file());
        match FILES.iter().chain(&EXPORTS).find(odd) {
            Some(_) => Err(StoreError::Foreign(self.path.clone())),
            None => Ok(()),
        }
    }

    /// Replaces the files of the previous run by the manifest of this one. If the process is
    /// killed meanwhile, the directory contains a run that its manifest describes: the previous one
    /// without checkpoints, or the new one.
    ///
    /// # Errors
    /// Returns an error if a file cannot be removed or written.
    pub(crate) fn replace(&self, manifest: &str) -> Result<(), FileError> {
        format::clear_torn(&self.path);
        EXPORTS
            .iter()
            .try_for_each(|name| self.remove(name).and(self.remove(&hidden(name))))?;
        self.remove(LIVE).and(self.remove(LIVE_ASIDE))?;
        format::list(&self.path)
            .iter()
            .try_for_each(|old| fs::remove_file(old).map_err(FileError::at("remove", old)))?;
        // The old checkpoints must not come back beside the new manifest after a loss of power.
        let checkpoints = self.path.join(format::DIRECTORY);
        if checkpoints.is_dir() {
            sync_directory(&checkpoints)?;
        }
        self.write(MANIFEST, manifest.as_bytes())?;
        let others = FILES.iter().filter(|name| **name != MANIFEST);
        others
            .into_iter()
            .try_for_each(|name| self.remove(name).and(self.remove(&hidden(name))))
    }

    fn remove(&self, name: &str) -> Result<(), FileError> {
        let file = self.path.join(name);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(FileError::at("remove", &file)(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes what was created for a run that could not begin, which restores the directory.
    pub(crate) fn discard(&self) {
        // Ignore errors: the files are overwritten when the directory is used again.
        for name in FILES.iter().chain([&RESERVED]) {
            let _ = self.remove(&hidden(name));
            if self.fresh {
                let _ = self.remove(name);
            }
        }
        remove_empty(&self.made);
    }

    /// Releases the reserved space. Ignore errors: there is only less space.
    pub(crate) fn release_space(&self) {
        let _ = fs::remove_file(self.path.join(hidden(RESERVED)));
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file, which appears when it is complete.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub(crate) fn write(&self, name: &'static str, bytes: &[u8]) -> Result<(), FileError> {
        let mut file = self.create_file(name)?;
        match file.write_all(bytes) {
            Ok(()) => file.finish(),
            Err(error) => {
                let failure = FileError::at("write", file.path())(error);
                file.discard();
                Err(failure)
            }
        }
    }

    /// Continues a file that must begin with the bytes `first`. Returns the file, and the offset of
    /// the first byte that differed, if any; the file is corrected.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or written.
    pub(crate) fn resume_file(
        &self,
        name: &'static str,
        first: &[u8],
    ) -> Result<(AtomicFile, Option<u64>), FileError> {
        AtomicFile::resume(&self.path, name, first)
    }

    /// Creates a file that appears when it is finished.
    ///
    /// # Errors
    /// Returns an error if the file cannot be created.
    pub(crate) fn create_file(&self, name: &'static str) -> Result<AtomicFile, FileError> {
        AtomicFile::begin(&self.path, name)
    }
}

/// The space to reserve for so many observations.
fn reserved_bytes(observations: usize) -> usize {
    RESERVED_BYTES + RESERVED_BYTES_PER_OBSERVATION * observations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        host::error::CommandError,
        store::layout::{SERIES, SUMMARY},
    };

    fn names(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn files_appear_complete_and_nothing_else_is_left() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b");
        let directory = RunDirectory::create(&path, false, 0).unwrap();
        directory.write(SUMMARY, b"{}").unwrap();
        let mut file = directory.create_file(SERIES).unwrap();
        file.write_all(b"time,tick\n").unwrap();
        assert_eq!(
            names(&path),
            [".reserved.partial", ".series.csv.partial", SUMMARY]
        );
        directory.release_space();
        file.finish().unwrap();
        assert_eq!(names(&path), [SERIES, SUMMARY]);
        assert_eq!(fs::read(path.join(SERIES)).unwrap(), b"time,tick\n");
    }

    #[test]
    fn a_directory_that_is_not_empty_is_left_unchanged_without_force() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("notes.txt"), "mine").unwrap();
        fs::write(root.path().join(MANIFEST), "old").unwrap();
        for name in [".series.csv.partial", LIVE, LIVE_ASIDE] {
            fs::write(root.path().join(name), "old").unwrap();
        }
        let refused = RunDirectory::create(root.path(), false, 0).unwrap_err();
        assert!(refused.to_string().contains("--force"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
        // Without a valid manifest the files do not belong to a run.
        let refused = RunDirectory::create(root.path(), true, 0).unwrap_err();
        assert!(refused.to_string().contains("by a run"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
        // Hidden files of a killed run are removed.
        fs::remove_file(root.path().join(MANIFEST)).unwrap();
        let directory = RunDirectory::create(root.path(), true, 0).unwrap();
        directory.replace("new").unwrap();
        directory.release_space();
        assert_eq!(names(root.path()), [MANIFEST, "notes.txt"]);
    }

    #[test]
    fn a_run_that_cannot_begin_leaves_the_previous_one() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(SERIES)).unwrap();
        fs::write(root.path().join("notes.txt"), "mine").unwrap();
        RunDirectory::create(root.path(), true, 0).unwrap_err();
        fs::remove_dir(root.path().join(SERIES)).unwrap();
        RunDirectory::create(root.path(), true, 0)
            .unwrap()
            .discard();
        assert_eq!(names(root.path()), ["notes.txt"]);
        let own = root.path().join("own");
        RunDirectory::create(&own, false, 0).unwrap().discard();
        assert!(!own.exists());
    }

    #[test]
    fn two_runs_do_not_write_into_one_directory() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(
            crate::store::place::lock::is_locked(root.path()),
            Some(false)
        );
        let first = RunDirectory::create(root.path(), false, 0).unwrap();
        assert_eq!(
            crate::store::place::lock::is_locked(root.path()),
            Some(true)
        );
        let refused = RunDirectory::create(root.path(), true, 0).unwrap_err();
        assert!(refused.to_string().contains("another run"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
        first.release_space();
        drop(first);
        RunDirectory::create(root.path(), true, 0).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_removed_directory_is_created_again_unless_its_path_names_another() {
        let root = tempfile::tempdir().unwrap();
        let (path, moved) = (root.path().join("a/run"), root.path().join("moved"));
        let directory = RunDirectory::create(&path, false, 0).unwrap();
        assert!(!directory.ensure_exists().unwrap());
        fs::remove_dir_all(root.path().join("a")).unwrap();
        assert!(directory.ensure_exists().unwrap());
        assert_eq!(names(&path), [".reserved.partial"]);
        assert!(lock(&path).is_err(), "it is locked again");
        fs::rename(&path, &moved).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        let refused = directory.ensure_exists().unwrap_err().to_string();
        assert!(refused.contains("another directory"), "{refused}");
        assert_eq!(names(&path), ["notes.txt"]);
    }

    #[test]
    fn a_file_in_place_of_the_directory_is_an_error_that_names_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        fs::write(&path, "").unwrap();
        let refused = RunDirectory::create(&path, true, 0).unwrap_err();
        assert!(refused.to_string().contains("file"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
    }
}
