//! The run directory: files that appear whole or not at all.
//!
//! A file is written aside under a hidden name, synced and renamed. The series
//! grows under its hidden name during the run and is renamed at the end, also of a
//! run that was stopped; rows reach it whole. Room for the files of the end is kept
//! from the beginning, so that a disk that fills does not cost them. A directory
//! that holds anything is left alone, unless its run is to be replaced: then the
//! files of a run are removed, and nothing else, and not before the new run can begin:
//! a refusal leaves the old one as it was. The directory is locked while a run writes
//! into it.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

pub(crate) use crate::whole::{Growing, write_whole};
use crate::{checkpoint, exit::Failure, manifest::Manifest, whole::hidden};

/// The files that a run writes.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The scenario as it ran.
pub(crate) const CONFIG: &str = "config.toml";
/// A row per sample.
pub(crate) const SERIES: &str = "series.csv";
/// The outage in figures.
pub(crate) const SUMMARY: &str = "summary.json";
/// Model beside observation.
pub(crate) const OBSERVED: &str = "observed.csv";
/// The outage as a status page would tell it.
pub(crate) const TIMELINE: &str = "timeline.md";
/// The same for programs.
pub(crate) const EVENTS: &str = "timeline.csv";
/// The picture.
pub(crate) const PLOT: &str = "online.svg";

/// What keeps room for the files of the end.
const ROOM: &str = "room";
/// So much room: the files of the end are smaller, all together.
const ROOM_BYTES: usize = 384 << 10;
/// And so much for every observation, which is in two files and the picture.
const ROOM_BYTES_PER_OBSERVATION: usize = 2 << 10;

/// Everything to look at, on one page.
pub(crate) const REPORT: &str = "report.html";

const FILES: [&str; 9] = [
    MANIFEST, CONFIG, SERIES, SUMMARY, OBSERVED, TIMELINE, EVENTS, PLOT, REPORT,
];
/// The tables of a run in another format, where somebody asked for it. They go when the run
/// goes on or is replaced: then they are of a series that is no more.
const EXPORTS: [&str; 3] = ["series.parquet", "observed.parquet", "timeline.parquet"];

/// A directory that one run writes into.
#[derive(Debug)]
pub(crate) struct RunDirectory {
    path: PathBuf,
    /// Whether it was made for this run.
    made: bool,
    /// The open directory; it is locked as long as it is open.
    _lock: File,
}

impl RunDirectory {
    /// Makes the directory, or takes an empty one, or with `force` one that holds
    /// a run, and keeps room in it for so many observations.
    pub(crate) fn create(path: &Path, force: bool, observations: usize) -> Result<Self, Failure> {
        let made = !path.exists();
        fs::create_dir_all(path).map_err(Failure::file("create the directory", path))?;
        let mut entries = fs::read_dir(path).map_err(Failure::file("read the directory", path))?;
        if entries.next().is_some() {
            if !force {
                return Err(Failure::Occupied(path.to_owned()));
            }
            // Files of these names that no run made are somebody's own.
            let mut names = FILES.iter().chain(&EXPORTS);
            let names_taken = names.any(|name| path.join(name).exists());
            if names_taken && Manifest::read(path).is_err() {
                return Err(Failure::Foreign(path.to_owned()));
            }
        }
        let directory = Self {
            path: path.to_owned(),
            made,
            _lock: lock(path)?,
        };
        let kept = directory
            .check_files()
            .and_then(|()| directory.keep_room(observations))
            .inspect_err(|_| directory.abandon());
        kept.map(|()| directory)
    }

    /// Opens the directory of a run that is to go on, and keeps room in it.
    pub(crate) fn reopen(path: &Path, observations: usize) -> Result<Self, Failure> {
        let directory = Self {
            path: path.to_owned(),
            made: false,
            _lock: lock(path)?,
        };
        EXPORTS.iter().try_for_each(|name| directory.remove(name))?;
        directory.keep_room(observations).map(|()| directory)
    }

    /// Keeps room for the files of the end.
    fn keep_room(&self, observations: usize) -> Result<(), Failure> {
        let bytes = ROOM_BYTES + ROOM_BYTES_PER_OBSERVATION * observations;
        let mut room = self.grow(ROOM)?;
        room.write_all(&vec![0x20; bytes])
            .map_err(Failure::file("keep room for results in", &self.path))
    }

    /// Refuses a directory in which something else has the name of a run's file: it
    /// could not be removed when its turn comes.
    fn check_files(&self) -> Result<(), Failure> {
        let odd = |name: &&&str| fs::metadata(self.path.join(name)).is_ok_and(|it| !it.is_file());
        match FILES.iter().chain(&EXPORTS).find(odd) {
            Some(_) => Err(Failure::Foreign(self.path.clone())),
            None => Ok(()),
        }
    }

    /// Removes the files of the run before this one, which can begin now.
    pub(crate) fn replace(&self) -> Result<(), Failure> {
        // What a killed run left aside goes, too; its names are taken anew.
        FILES
            .iter()
            .chain(&EXPORTS)
            .try_for_each(|name| self.remove(name).and(self.remove(&hidden(name))))?;
        checkpoint::list(&self.path)
            .iter()
            .try_for_each(|old| fs::remove_file(old).map_err(Failure::file("remove", old)))
    }

    fn remove(&self, name: &str) -> Result<(), Failure> {
        let file = self.path.join(name);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::file("remove", &file)(error))
            }
            _ => Ok(()),
        }
    }

    /// Takes back what was made for a run that could not begin, so that the next
    /// try finds the directory as this one did.
    pub(crate) fn abandon(&self) {
        // What cannot be removed now is written over when the directory is used again.
        for name in FILES.iter().chain([&ROOM]) {
            let _ = self.remove(&hidden(name));
        }
        if self.made {
            let _ = fs::remove_dir(&self.path);
        }
    }

    /// Gives the room back that was kept for the files of the end.
    pub(crate) fn make_room(&self) {
        // If that fails, there is only less room than meant.
        let _ = fs::remove_file(self.path.join(hidden(ROOM)));
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file whole.
    pub(crate) fn write(&self, name: &'static str, bytes: &[u8]) -> Result<(), Failure> {
        write_whole(&self.path.join(name), bytes)
    }

    /// Goes on with a file that had so many bytes, whether it was finished or not.
    pub(crate) fn regrow(&self, name: &'static str, bytes: u64) -> Result<Growing, Failure> {
        Growing::go_on(&self.path.join(name), bytes)
    }

    /// Begins a file that grows, and appears when it is finished.
    pub(crate) fn grow(&self, name: &'static str) -> Result<Growing, Failure> {
        Growing::begin(&self.path.join(name))
    }
}

/// The directory, open and locked; refused if another run has the lock. Where there
/// are no locks, there is none.
fn lock(path: &Path) -> Result<File, Failure> {
    let directory = File::open(path).map_err(Failure::file("read the directory", path))?;
    match directory.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(Failure::Busy(path.to_owned())),
        Err(fs::TryLockError::Error(_)) | Ok(()) => Ok(directory),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let mut growing = directory.grow(SERIES).unwrap();
        growing.write_all(b"time,tick\n").unwrap();
        assert_eq!(
            names(&path),
            [".room.partial", ".series.csv.partial", SUMMARY]
        );
        directory.make_room();
        growing.finish().unwrap();
        assert_eq!(names(&path), [SERIES, SUMMARY]);
        assert_eq!(fs::read(path.join(SERIES)).unwrap(), b"time,tick\n");
    }

    #[test]
    fn what_is_there_is_left_alone_without_force() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("notes.txt"), "mine").unwrap();
        fs::write(root.path().join(MANIFEST), "old").unwrap();
        fs::write(root.path().join(".series.csv.partial"), "old").unwrap();
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
        directory.replace().unwrap();
        directory.make_room();
        assert_eq!(names(root.path()), ["notes.txt"]);
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
            .abandon();
        assert_eq!(names(root.path()), ["notes.txt"]);
        let own = root.path().join("own");
        RunDirectory::create(&own, false, 0).unwrap().abandon();
        assert!(!own.exists());
    }

    #[test]
    fn two_runs_do_not_write_into_one_directory() {
        let root = tempfile::tempdir().unwrap();
        let first = RunDirectory::create(root.path(), false, 0).unwrap();
        let refused = RunDirectory::create(root.path(), true, 0).unwrap_err();
        assert!(refused.to_string().contains("another run"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
        first.make_room();
        drop(first);
        RunDirectory::create(root.path(), true, 0).unwrap();
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
