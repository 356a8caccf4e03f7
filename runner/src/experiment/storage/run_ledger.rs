//! The ledger of runs: a file with a line for each run that ended, for all questions.
//!
//! A question asks for runs by their keys (`run_ledger_lines`) and runs only what the ledger does not
//! have. A question that was stopped therefore goes on where it was, and two questions share runs.
//!
//! **Where it is.** In the directory `.ledger` beside the directory of the answer: `runs/.ledger` by
//! default, and `DIR/../.ledger` with `--out DIR`. All answers in one place share it, the working
//! directory may be read-only, and the parts of a sweep on a cluster, which write into one place, find
//! each other's runs. If a directory cannot be created there, as beside a mounted volume, the ledger
//! is inside the directory of the answer. `--ledger DIR` names another place. Each version of the
//! program has a file of its own, so an old one can be removed whole.
//!
//! **Invariants.** Several processes may append at once: an append is made under an exclusive lock of
//! the file, and is one write that is synced before the run counts as done. A last line that a crash
//! has cut is removed by the next append, under the lock; without locks, as on some network file
//! systems, it is ended with a line break instead. An invalid line is never read as data, and no
//! valid line is ever changed. If the file is removed or renamed meanwhile, it is written again.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::{
    experiment::storage::run_ledger_lines::{RunKey, key_of, read_run, run_line},
    host::{
        console::say,
        durable::{create_directories, sync_parent},
        error::Failure,
        same_file::is_at,
    },
    results::run_record::RunRecord,
};

/// The name of the directory.
pub(crate) const DIRECTORY: &str = ".ledger";
/// Bytes that are read at once.
const PIECE: usize = 1 << 20;

/// Where a line is, in bytes.
#[derive(Clone, Copy, Debug)]
struct LinePlace {
    offset: u64,
    length: usize,
}

/// A ledger that is open for reading and appending.
#[derive(Debug)]
pub(crate) struct RunLedger {
    file: File,
    path: PathBuf,
    index: BTreeMap<RunKey, LinePlace>,
    /// The end of the lines that are in the index.
    seen: u64,
    /// Invalid lines so far.
    invalid: usize,
}

impl RunLedger {
    /// Opens the ledger of this program for an answer in the directory `answer`, or in the directory
    /// `chosen`. It is created if it does not exist.
    ///
    /// # Errors
    /// Returns an error with the path if it cannot be created or read.
    pub(crate) fn open(chosen: Option<&Path>, answer: &Path) -> Result<Self, Failure> {
        let Some(chosen) = chosen else {
            return match Self::open_in(&beside(answer)) {
                Err(_) if !beside(answer).is_dir() => Self::open_in(&answer.join(DIRECTORY)),
                opened => opened,
            };
        };
        Self::open_in(chosen)
    }

    fn open_in(directory: &Path) -> Result<Self, Failure> {
        create_directories(directory)?;
        let path = directory.join(file_name());
        let file = open_file(&path).map_err(Failure::file("write", &path))?;
        Self::new(file, path)
    }

    /// Opens the ledger that [`RunLedger::open`] would open, for reading only; `None` if it does not
    /// exist. Nothing is created.
    ///
    /// # Errors
    /// Returns an error with the path if it cannot be read.
    pub(crate) fn look(chosen: Option<&Path>, answer: &Path) -> Result<Option<Self>, Failure> {
        let directories = match chosen {
            Some(chosen) => vec![chosen.to_owned()],
            None => vec![beside(answer), answer.join(DIRECTORY)],
        };
        let paths = directories
            .iter()
            .map(|directory| directory.join(file_name()));
        let Some(path) = { paths }.find(|path| path.exists()) else {
            return Ok(None);
        };
        let file = File::open(&path).map_err(Failure::file("read", &path))?;
        Self::new(file, path).map(Some)
    }

    fn new(file: File, path: PathBuf) -> Result<Self, Failure> {
        let mut ledger = Self {
            file,
            path,
            index: BTreeMap::new(),
            seen: 0,
            invalid: 0,
        };
        ledger.refresh()?;
        Ok(ledger)
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it has a run.
    pub(crate) fn contains(&self, key: RunKey) -> bool {
        self.index.contains_key(&key)
    }

    /// The record of a run, if it has it. A line that was damaged meanwhile counts as missing.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be read.
    pub(crate) fn get(&mut self, key: RunKey) -> Result<Option<RunRecord>, Failure> {
        let Some(place) = self.index.get(&key).copied() else {
            return Ok(None);
        };
        let mut line = vec![0; place.length];
        let mut file = &self.file;
        let read = file
            .seek(SeekFrom::Start(place.offset))
            .and_then(|_| file.read_exact(&mut line));
        match read {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
            read => read.map_err(Failure::file("read", &self.path))?,
        }
        match read_run(&line) {
            Ok((found, record)) if found == key => Ok(Some(record)),
            Ok(_) | Err(_) => {
                self.index.remove(&key);
                Ok(None)
            }
        }
    }

    /// Reads the lines that were appended since the last time, by this or another process.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be read.
    pub(crate) fn refresh(&mut self) -> Result<(), Failure> {
        let before = self.invalid;
        let first = self
            .read_lines()
            .map_err(Failure::file("read", &self.path))?;
        let more = self.invalid - before;
        if let (Some(first), 1..) = (first, more) {
            let lines = if more == 1 { "line is" } else { "lines are" };
            say(&format!(
                "warning: {}: {more} {lines} damaged and ignored, the first at byte {first}; runs \
                 that are lost are made again",
                self.path.display()
            ));
        }
        Ok(())
    }

    /// Adds new lines to the index. Returns where the first invalid one is.
    fn read_lines(&mut self) -> io::Result<Option<u64>> {
        let length = self.file.metadata()?.len();
        if length < self.seen {
            // It was cut or replaced in place.
            self.index.clear();
            self.seen = 0;
        }
        let mut first_invalid = None;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.seen))?;
        let mut rest: Vec<u8> = Vec::new();
        let mut piece = vec![0; PIECE.min((length - self.seen) as usize).max(1)];
        loop {
            let count = match file.read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                count => count?,
            };
            if count == 0 {
                return Ok(first_invalid);
            }
            // A line break can only be in what was read now.
            let searched = rest.len();
            rest.extend_from_slice(&piece[..count]);
            let mut begin = 0;
            let mut from = searched;
            while let Some(end) = rest[from..].iter().position(|byte| *byte == b'\n') {
                let line = &rest[begin..=from + end];
                let place = LinePlace {
                    offset: self.seen,
                    length: line.len(),
                };
                match key_of(line) {
                    // The later of two lines counts: it repeats a run that failed.
                    Ok(key) => drop(self.index.insert(key, place)),
                    // The line break that ends a cut line, where files have no locks.
                    Err(_) if line == b"\n" => {}
                    Err(_) => {
                        first_invalid.get_or_insert(self.seen);
                        self.invalid += 1;
                    }
                }
                self.seen += line.len() as u64;
                begin = from + end + 1;
                from = begin;
            }
            rest.drain(..begin);
        }
    }

    /// Appends a run that ended. Returns its record as it will be read back.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be written.
    pub(crate) fn add(&mut self, key: RunKey, record: &RunRecord) -> Result<RunRecord, Failure> {
        self.restore()?;
        let appended = || -> io::Result<RunRecord> {
            let line = run_line(key, record)?;
            let (_, written) = read_run(line.as_bytes()).map_err(io::Error::other)?;
            append(&self.file, line.as_bytes())?;
            Ok(written)
        };
        let record =
            appended().map_err(|error| Failure::file("write", &self.path)(error).during_run())?;
        self.refresh().map_err(Failure::during_run)?;
        Ok(record)
    }

    /// Writes the file again if it was removed or renamed.
    fn restore(&mut self) -> Result<(), Failure> {
        if is_at(&self.file, &self.path) {
            return Ok(());
        }
        let is_new = !self.path.exists();
        let mut text = Vec::new();
        let mut old = &self.file;
        let mut again = || -> Result<File, Failure> {
            if let Some(directory) = self.path.parent() {
                create_directories(directory)?;
            }
            let opened = open_file(&self.path).map_err(Failure::file("write", &self.path))?;
            // If another process has written it again, that one has the same lines.
            if is_new {
                let copied = old
                    .seek(SeekFrom::Start(0))
                    .and_then(|_| old.read_to_end(&mut text))
                    .and_then(|_| append(&opened, &text));
                copied.map_err(Failure::file("write", &self.path))?;
            }
            Ok(opened)
        };
        self.file = again().map_err(Failure::during_run)?;
        self.index.clear();
        self.seen = 0;
        say(&format!(
            "warning: {} was removed or renamed; it is written again",
            self.path.display()
        ));
        self.refresh().map_err(Failure::during_run)
    }
}

/// The name of the file: that of this program.
fn file_name() -> String {
    let (version, git) = (env!("CARGO_PKG_VERSION"), env!("PATCHDAY_GIT"));
    format!("{version}-{git}.jsonl")
}

/// The directory of the ledger beside the directory of an answer.
fn beside(answer: &Path) -> PathBuf {
    match answer.parent() {
        Some(parent) => parent.join(DIRECTORY),
        // The answer is in the root directory.
        None => answer.join(DIRECTORY),
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    let is_new = !path.exists();
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)?;
    if is_new {
        // Ignore errors: a file whose name is lost in a loss of power loses only time.
        let _ = sync_parent(path);
    }
    Ok(file)
}

/// Appends whole lines, after removing a last line that a crash has cut.
fn append(mut file: &File, lines: &[u8]) -> io::Result<()> {
    // On a file system without locks a single write is appended whole in practice.
    let locked = file.lock().is_ok();
    let mut written = || -> io::Result<()> {
        let whole = end_of_lines(file)?;
        let length = file.metadata()?.len();
        let mut text = Vec::with_capacity(lines.len() + 1);
        if whole < length {
            if locked {
                file.set_len(whole)?;
            } else {
                text.push(b'\n');
            }
        }
        text.extend_from_slice(lines);
        file.write_all(&text)?;
        file.sync_data()
    };
    let written = written();
    if locked {
        // Ignore errors: closing the file unlocks it.
        let _ = file.unlock();
    }
    written
}

/// The end of the last line that has its line break.
fn end_of_lines(mut file: &File) -> io::Result<u64> {
    let mut end = file.metadata()?.len();
    let mut piece = vec![0; 4 << 10];
    while end > 0 {
        let begin = end.saturating_sub(piece.len() as u64);
        let part = &mut piece[..(end - begin) as usize];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(part)?;
        if let Some(place) = part.iter().rposition(|byte| *byte == b'\n') {
            return Ok(begin + place as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

#[cfg(test)]
mod tests;
