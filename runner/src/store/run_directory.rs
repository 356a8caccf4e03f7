//! The run directory: files that appear whole or not at all.
//!
//! A file is written aside under a hidden name, synced and renamed. The series
//! grows under its hidden name during the run and is renamed at the end, also of a
//! run that was stopped; rows reach it whole. Room for the files of the end is kept
//! from the beginning, so that a disk that fills does not cost them. A directory
//! that holds anything is left alone, unless its run is to be replaced: then the
//! files of a run are removed, and nothing else, and not before the new run can begin:
//! a refusal leaves the old one as it was. At every moment a directory with files of a
//! run has a manifest that says whose they are. The directory is locked while a run
//! writes into it, and made again if somebody removes or renames it meanwhile.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use parking_lot::Mutex;

use crate::{
    host::{error::FileError, same_file::is_at},
    store::{
        atomic_file::{AtomicFile, hidden},
        checkpoint::format,
        error::StoreError,
        layout::{EXPORTS, FILES, LIVE, LIVE_ASIDE, MANIFEST},
        lock::lock,
        manifest::Manifest,
    },
};

/// What keeps room for the files of the end.
const RESERVED: &str = "room";
/// So much room: the files of the end are smaller, all together.
const RESERVED_BYTES: usize = 384 << 10;
/// And so much for every observation, which is in two files and the picture.
const RESERVED_BYTES_PER_OBSERVATION: usize = 2 << 10;

/// A directory that one run writes into.
#[derive(Debug)]
pub(crate) struct RunDirectory {
    path: PathBuf,
    /// Whether it was made for this run, and whether there was nothing in it before.
    made: bool,
    fresh: bool,
    /// The room kept in it, in bytes.
    room: usize,
    /// The open directory; it is locked as long as it is open.
    lock: Mutex<File>,
}

impl RunDirectory {
    /// Makes the directory, or takes an empty one, or with `force` one that holds
    /// a run, and keeps room in it for so many observations.
    pub(crate) fn create(
        path: &Path,
        force: bool,
        observations: usize,
    ) -> Result<Self, StoreError> {
        let made = !path.exists();
        fs::create_dir_all(path).map_err(FileError::at("create the directory", path))?;
        let fresh = is_free(path).map_err(FileError::at("read the directory", path))?;
        if !fresh {
            if !force {
                return Err(StoreError::Occupied(path.to_owned()));
            }
            // Files of these names that no run made are somebody's own.
            let mut names = FILES.iter().chain(&EXPORTS);
            let names_taken = names.any(|name| path.join(name).exists());
            if names_taken && Manifest::read(path).is_err() {
                return Err(StoreError::Foreign(path.to_owned()));
            }
        }
        let directory = Self {
            path: path.to_owned(),
            made,
            fresh,
            room: reserved_bytes(observations),
            lock: Mutex::new(lock(path)?),
        };
        let kept = directory
            .check_files()
            .and_then(|()| Ok(directory.reserve_space()?))
            .inspect_err(|_| directory.discard());
        kept.map(|()| directory)
    }

    /// Opens the directory of a run that is to go on, and keeps room in it.
    pub(crate) fn reopen(path: &Path, observations: usize) -> Result<Self, StoreError> {
        let directory = Self {
            path: path.to_owned(),
            made: false,
            fresh: false,
            room: reserved_bytes(observations),
            lock: Mutex::new(lock(path)?),
        };
        // What a run that was killed was writing takes room for nothing, and what it said of
        // itself last is not what this one says.
        format::clear_torn(path);
        directory.remove(LIVE).and(directory.remove(LIVE_ASIDE))?;
        EXPORTS.iter().try_for_each(|name| directory.remove(name))?;
        directory.reserve_space()?;
        Ok(directory)
    }

    /// Keeps room for the files of the end.
    fn reserve_space(&self) -> Result<(), FileError> {
        let mut room = self.create_file(RESERVED)?;
        let kept = room.write_all(&vec![0x20; self.room]);
        kept.map_err(|error| {
            // What was got of it is of no use, and others may need it.
            room.discard();
            FileError::at("keep room for results in", &self.path)(error)
        })
    }

    /// Makes the directory again if it was removed or renamed, and says whether that was so.
    ///
    /// # Errors
    /// What the system said, or that something else has its name now.
    pub(crate) fn ensure_exists(&self) -> Result<bool, StoreError> {
        let path = &self.path;
        let mut held = self.lock.lock();
        if is_at(&held, path) {
            return Ok(false);
        }
        fs::create_dir_all(path).map_err(FileError::at("create the directory", path))?;
        let free = is_free(path).map_err(FileError::at("read the directory", path))?;
        if !free {
            let taken = io::Error::new(io::ErrorKind::AlreadyExists, "another has its name");
            return Err(FileError::at("go on in the directory", path)(taken).into());
        }
        *held = lock(path)?;
        self.reserve_space()?;
        Ok(true)
    }

    /// Refuses a directory in which something else has the name of a run's file: it
    /// could not be removed when its turn comes.
    fn check_files(&self) -> Result<(), StoreError> {
        let odd = |name: &&&str| fs::metadata(self.path.join(name)).is_ok_and(|it| !it.is_file());
        match FILES.iter().chain(&EXPORTS).find(odd) {
            Some(_) => Err(StoreError::Foreign(self.path.clone())),
            None => Ok(()),
        }
    }

    /// Removes the files of the run before this one, which can begin now and has this
    /// manifest. Killed at any moment, what is left is a run of which the manifest tells:
    /// the old one without checkpoints, or the new one.
    pub(crate) fn replace(&self, manifest: &str) -> Result<(), FileError> {
        format::clear_torn(&self.path);
        EXPORTS
            .iter()
            .try_for_each(|name| self.remove(name).and(self.remove(&hidden(name))))?;
        self.remove(LIVE).and(self.remove(LIVE_ASIDE))?;
        format::list(&self.path)
            .iter()
            .try_for_each(|old| fs::remove_file(old).map_err(FileError::at("remove", old)))?;
        self.write(MANIFEST, manifest.as_bytes())?;
        // What a killed run left aside goes, too; its names are taken anew.
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

    /// Takes back what was made for a run that could not begin, so that the next
    /// try finds the directory as this one did.
    pub(crate) fn discard(&self) {
        // What cannot be removed now is written over when the directory is used again.
        for name in FILES.iter().chain([&RESERVED]) {
            let _ = self.remove(&hidden(name));
            if self.fresh {
                let _ = self.remove(name);
            }
        }
        if self.made {
            let _ = fs::remove_dir(&self.path);
        }
    }

    /// Gives the room back that was kept for the files of the end.
    pub(crate) fn release_space(&self) {
        // If that fails, there is only less room than meant.
        let _ = fs::remove_file(self.path.join(hidden(RESERVED)));
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file whole.
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

    /// Goes on with a file of which these are the first bytes, and gives the byte from
    /// which on it was not so, if it was not.
    pub(crate) fn resume_file(
        &self,
        name: &'static str,
        first: &[u8],
    ) -> Result<(AtomicFile, Option<u64>), FileError> {
        AtomicFile::resume(&self.path, name, first)
    }

    /// Begins a file that grows, and appears when it is finished.
    pub(crate) fn create_file(&self, name: &'static str) -> Result<AtomicFile, FileError> {
        AtomicFile::begin(&self.path, name)
    }
}

/// How much room the files of the end need, in bytes.
fn reserved_bytes(observations: usize) -> usize {
    RESERVED_BYTES + RESERVED_BYTES_PER_OBSERVATION * observations
}

/// Whether nothing is in a directory but what a run that was killed before its first file
/// left aside.
pub(crate) fn is_free(path: &Path) -> io::Result<bool> {
    let known = |name: &std::ffi::OsStr| {
        let mut names = FILES.iter().chain([&RESERVED]);
        names.any(|own| name.to_str() == Some(&hidden(own)))
    };
    let mut entries = fs::read_dir(path)?;
    entries.try_fold(true, |free, entry| Ok(free && known(&entry?.file_name())))
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
    fn files_appear_whole_and_nothing_else_is_left() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b");
        let directory = RunDirectory::create(&path, false, 0).unwrap();
        directory.write(SUMMARY, b"{}").unwrap();
        let mut file = directory.create_file(SERIES).unwrap();
        file.write_all(b"time,tick\n").unwrap();
        assert_eq!(
            names(&path),
            [".room.partial", ".series.csv.partial", SUMMARY]
        );
        directory.release_space();
        file.finish().unwrap();
        assert_eq!(names(&path), [SERIES, SUMMARY]);
        assert_eq!(fs::read(path.join(SERIES)).unwrap(), b"time,tick\n");
    }

    #[test]
    fn what_is_there_is_left_alone_without_force() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("notes.txt"), "mine").unwrap();
        fs::write(root.path().join(MANIFEST), "old").unwrap();
        for name in [".series.csv.partial", LIVE, LIVE_ASIDE] {
            fs::write(root.path().join(name), "old").unwrap();
        }
        let refused = RunDirectory::create(root.path(), false, 0).unwrap_err();
        assert!(refused.to_string().contains("--force"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
        // A manifest that is none: the files are somebody's own.
        let refused = RunDirectory::create(root.path(), true, 0).unwrap_err();
        assert!(refused.to_string().contains("no run made"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
        // What a killed run leaves aside belongs to nobody.
        fs::remove_file(root.path().join(MANIFEST)).unwrap();
        let directory = RunDirectory::create(root.path(), true, 0).unwrap();
        directory.replace("new").unwrap();
        directory.release_space();
        assert_eq!(names(root.path()), [MANIFEST, "notes.txt"]);
    }

    #[test]
    fn a_run_that_cannot_begin_leaves_the_old_one() {
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
        assert_eq!(crate::store::lock::is_locked(root.path()), Some(false));
        let first = RunDirectory::create(root.path(), false, 0).unwrap();
        assert_eq!(crate::store::lock::is_locked(root.path()), Some(true));
        let refused = RunDirectory::create(root.path(), true, 0).unwrap_err();
        assert!(refused.to_string().contains("another run"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
        first.release_space();
        drop(first);
        RunDirectory::create(root.path(), true, 0).unwrap();
    }

    #[test]
    fn what_a_run_left_that_was_killed_at_once_is_nothing() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(".room.partial"), "  ").unwrap();
        fs::write(root.path().join(".manifest.json.partial"), "{").unwrap();
        let directory = RunDirectory::create(root.path(), false, 0).unwrap();
        directory.replace("new").unwrap();
        // A run that cannot begin after all leaves nothing, either.
        directory.discard();
        assert_eq!(names(root.path()), [""; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_vanishes_is_made_again_unless_its_name_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let (path, moved) = (root.path().join("a/run"), root.path().join("moved"));
        let directory = RunDirectory::create(&path, false, 0).unwrap();
        assert!(!directory.ensure_exists().unwrap());
        fs::remove_dir_all(root.path().join("a")).unwrap();
        assert!(directory.ensure_exists().unwrap());
        assert_eq!(names(&path), [".room.partial"]);
        assert!(lock(&path).is_err(), "it is locked again");
        fs::rename(&path, &moved).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        let refused = directory.ensure_exists().unwrap_err().to_string();
        assert!(refused.contains("another has its name"), "{refused}");
        assert_eq!(names(&path), ["notes.txt"]);
    }

    #[test]
    fn a_directory_that_is_a_file_is_refused_with_its_name() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        fs::write(&path, "").unwrap();
        let refused = RunDirectory::create(&path, true, 0).unwrap_err();
        assert!(refused.to_string().contains("file"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
    }
}
