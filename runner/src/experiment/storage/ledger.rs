//! The ledger of a batch: a file with one line for each run that ended.
//!
//! The first line identifies the batch by a hash of everything that its results depend on; every
//! other line is a run. A line is written and synced before its run counts as done, and has a
//! checksum. A batch that resumes repeats the runs of invalid lines, and of a last line that a crash
//! left incomplete; commands that only read refuse an invalid line with its number. If the file is
//! removed or renamed while a batch runs, it is written again with all known runs.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use crate::{
    experiment::{
        error::ExperimentError,
        storage::ledger_lines::{
            Batch, Entries, Entry, Fault, batch_line, entry_line, is_begun, parse,
        },
    },
    host::{
        console::say,
        durable::{create_directories, create_in_place, create_new, sync_parent},
        error::Failure,
        lock_holder::LockHolder,
        same_file::is_at,
    },
    store::atomic_file::hidden,
};

/// A ledger that is open for writing.
#[derive(Debug)]
pub(crate) struct Ledger {
    file: File,
    path: PathBuf,
    batch: Batch,
}

impl Ledger {
    /// Creates a ledger; with `replace` also if there is one that has begun.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be created or written, if another process
    /// is writing into it, or if it has begun and must not be replaced.
    pub(crate) fn create(path: &Path, batch: &Batch, replace: bool) -> Result<Self, Failure> {
        let file = create_or_open(path).map_err(Failure::file("write", path))?;
        lock(&file).map_err(Failure::file("write", path))?;
        // Whether it has begun is decided while it is locked.
        let mut text = Vec::new();
        let read = (&file).read_to_end(&mut text);
        read.map_err(Failure::file("read", path))?;
        if !replace && is_begun(&text) {
            return Err(ExperimentError::BatchExists(path.to_owned()).into());
        }
        let begun = || -> io::Result<()> {
            file.set_len(0)?;
            write(&file, batch_line(batch)?.as_bytes())
        };
        begun().map_err(Failure::file("write", path))?;
        sync_parent(path)?;
        Ok(Self {
            file,
            path: path.to_owned(),
            batch: batch.clone(),
        })
    }

    /// Whether the file exists and has begun.
    pub(crate) fn exists(path: &Path) -> bool {
        // A file that cannot be read counts as a ledger, so that opening it reports the error.
        path.exists() && fs::read(path).map_or(true, |text| is_begun(&text))
    }

    /// Opens the ledger of a batch that resumes. Also returns its runs and its invalid lines.
    ///
    /// # Errors
    /// Returns an error with path and line if the file cannot be read, or belongs to another batch.
    pub(crate) fn reopen(
        path: &Path,
        batch: &Batch,
    ) -> Result<(Self, Entries, Vec<Fault>), Failure> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(path)
            .map_err(Failure::file("read", path))?;
        let mut text = Vec::new();
        let read = lock(&file).and_then(|()| file.read_to_end(&mut text));
        read.map_err(Failure::file("read", path))?;
        let found = parse(&text, Some(batch)).map_err(Failure::file("read", path))?;
        if found.batch.batch != batch.batch {
            return Err(ExperimentError::OtherBatch {
                path: path.to_owned(),
                command: found.batch.command,
                batch: batch.batch.clone(),
            }
            .into());
        }
        let ledger = Self {
            file,
            path: path.to_owned(),
            batch: batch.clone(),
        };
        // Invalid lines are removed from the file.
        let ledger = if found.faults.is_empty() {
            ledger
        } else {
            ledger.rewrite(&found.entries)?
        };
        Ok((ledger, found.entries, found.faults))
    }

    /// Appends a run that ended; `known` are all earlier ones.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be written.
    pub(crate) fn add(&mut self, entry: &Entry, known: &Entries) -> Result<(), Failure> {
        self.restore(known)?;
        let line = entry_line(entry, &self.batch);
        let written = line.and_then(|text| write(&self.file, text.as_bytes()));
        written.map_err(|error| Failure::file("write", &self.path)(error).during_run())
    }

    /// Writes the file again, with all known runs, if it was removed or renamed.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be written, or if another file has its name.
    pub(crate) fn restore(&mut self, known: &Entries) -> Result<(), Failure> {
        if is_at(&self.file, &self.path) {
            return Ok(());
        }
        let path = &self.path;
        if path.exists() {
            let taken = io::Error::new(io::ErrorKind::AlreadyExists, "another file has its name");
            return Err(Failure::file("continue", path)(taken).during_run());
        }
        say(&format!(
            "warning: {} was removed or renamed; it is written again with all runs that ended",
            path.display()
        ));
        if let Some(directory) = path.parent() {
            let made = create_directories(directory).map_err(Failure::from);
            made.map_err(Failure::during_run)?;
        }
        *self = self.rewrite(known).map_err(Failure::during_run)?;
        Ok(())
    }

    /// The same ledger in a new file of the same name, with these runs.
    fn rewrite(&self, entries: &Entries) -> Result<Self, Failure> {
        let name = self.path.file_name().unwrap_or_default();
        let aside = self.path.with_file_name(hidden(&name.to_string_lossy()));
        drop(create_in_place(&aside).map_err(Failure::file("create", &aside))?);
        let ledger = Self::create(&aside, &self.batch, true)?;
        let filled = || -> io::Result<()> {
            let mut text = String::new();
            for entry in entries.values() {
                text.push_str(&entry_line(entry, &self.batch)?);
            }
            write(&ledger.file, text.as_bytes())?;
            fs::rename(&aside, &self.path)
        };
        filled().map_err(|error| {
            // Ignore errors: the old ledger is whole, and the next rewriting replaces this one.
            let _ = fs::remove_file(&aside);
            Failure::file("write", &self.path)(error)
        })?;
        sync_parent(&self.path)?;
        Ok(Self {
            path: self.path.clone(),
            ..ledger
        })
    }
}

fn write(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_data()
}

/// Creates a file, or opens the one that is there. A link is replaced, never followed.
fn create_or_open(path: &Path) -> io::Result<File> {
    match create_new(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(path)?.is_symlink() {
                return create_in_place(path);
            }
            OpenOptions::new().read(true).append(true).open(path)
        }
        created => created,
    }
}

fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("another batch{} is writing into it", LockHolder::of(file)),
        )),
        Err(fs::TryLockError::Error(_)) | Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::storage::ledger_lines::{Shard, read, read_begun},
        results::figures::{Figures, Outcome},
    };

    fn batch() -> Batch {
        Batch {
            batch: "x".into(),
            shard: Shard::WHOLE,
            runs: 5,
            factors: vec!["a".into()],
            points: vec![vec!["1".into()]],
            replicates: 5,
            keep: Vec::new(),
            seed: 1,
            command: "patchday sweep".into(),
            command_words: Default::default(),
            reproduce: Default::default(),
            scale: None,
            title: Some("t".into()),
            version: None,
        }
    }

    fn entry(run: usize) -> Entry {
        let figures = Figures::from([("a".into(), Some(0.1)), ("b".into(), None)]);
        let digest = "0".into();
        Entry::new(run, &Outcome::Done { digest, figures }, 1.5)
    }

    /// A ledger of three runs, and the offsets of its lines.
    fn three(path: &Path) -> (Vec<u8>, Vec<usize>) {
        let mut ledger = Ledger::create(path, &batch(), false).unwrap();
        let mut known = Entries::new();
        for run in [3, 0, 4] {
            ledger.add(&entry(run), &known).unwrap();
            known.insert(run, entry(run));
        }
        let text = fs::read(path).unwrap();
        let ends = text.iter().zip(1..).filter(|(byte, _)| **byte == b'\n');
        let begins = std::iter::once(0).chain(ends.map(|(_, end)| end));
        let begins = begins.collect();
        (text, begins)
    }

    #[test]
    fn a_torn_line_is_cut_off_and_nothing_else_is_lost() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("ledger.jsonl");
        let (whole, begins) = three(&path);
        for end in begins[3]..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            assert_eq!(read(&path).unwrap().1.len(), 2, "{end}");
            let (mut ledger, known, faults) = Ledger::reopen(&path, &batch()).unwrap();
            assert_eq!(known.len(), 2, "{end}");
            assert_eq!(faults.len(), usize::from(end > begins[3]), "{end}");
            ledger.add(&entry(4), &known).unwrap();
            drop(ledger);
            let (_, entries, _) = Ledger::reopen(&path, &batch()).unwrap();
            assert_eq!((entries.len(), &entries[&4]), (3, &entry(4)));
        }
    }

    #[test]
    fn no_flipped_bit_is_read_and_only_its_run_is_lost() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("ledger.jsonl");
        let (whole, begins) = three(&path);
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 1 << (place % 8);
            fs::write(&path, &flipped).unwrap();
            let line = begins.iter().filter(|begin| **begin <= place).count();
            // The flip may have joined two lines or split one.
            let place = format!("line {line}");
            match read(&path) {
                Err(error) => assert!(error.to_string().contains(&place), "{error}"),
                Ok((_, entries)) => assert_eq!((line, entries.len()), (4, 2)),
            }
            let (_, entries, faults) = Ledger::reopen(&path, &batch()).unwrap();
            assert!(faults[0].to_string().starts_with(&place), "{place}");
            for (run, found) in &entries {
                assert_eq!(found, &entry(*run), "{place}");
            }
            assert!(entries.len() + 2 >= 3, "{place}");
            // Reopening has removed the invalid lines.
            assert_eq!(read(&path).unwrap().1, entries);
        }
    }

    #[test]
    fn a_file_that_is_not_a_ledger_is_refused_with_the_line() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("ledger.jsonl");
        for text in ["", "\0\0\0", "{}\n", "x\n"] {
            fs::write(&path, text).unwrap();
            assert_eq!(Ledger::exists(&path), text.ends_with('\n'));
            assert_eq!(
                read_begun(&path).is_ok_and(|it| it.is_none()),
                !text.ends_with('\n')
            );
            let error = Ledger::reopen(&path, &batch()).unwrap_err().to_string();
            assert!(error.contains("line 1"), "{error}");
        }
        // With a valid checksum, but with numbers that do not agree.
        for change in [
            (|batch| batch.replicates = 0) as fn(&mut Batch),
            |batch| batch.runs = 6,
            |batch| batch.points = vec![vec!["1".into(), "2".into()]],
            |batch| batch.shard = Shard { number: 2, of: 1 },
        ] {
            let mut odd = batch();
            change(&mut odd);
            fs::write(&path, batch_line(&odd).unwrap()).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains("line 1: its points"), "{error}");
        }
        // A ledger of a version without checksums.
        fs::write(&path, serde_json::to_string(&batch()).unwrap() + "\n").unwrap();
        let error = Ledger::reopen(&path, &batch()).unwrap_err().to_string();
        assert!(error.contains("of another version"), "{error}");
        let mut ledger = Ledger::create(&path, &batch(), true).unwrap();
        ledger.add(&entry(1), &Entries::new()).unwrap();
        ledger.add(&entry(9), &Entries::new()).unwrap();
        drop(ledger);
        let error = read(&path).unwrap_err().to_string();
        assert!(
            error.contains("line 3") && error.contains("run 9 of 5"),
            "{error}"
        );
    }

    #[test]
    fn two_batches_do_not_share_a_ledger_and_the_first_keeps_its_runs() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("ledger.jsonl");
        let mut ledger = Ledger::create(&path, &batch(), false).unwrap();
        ledger.add(&entry(1), &Entries::new()).unwrap();
        assert!(Ledger::reopen(&path, &batch()).is_err());
        assert!(Ledger::create(&path, &batch(), false).is_err());
        assert!(Ledger::create(&path, &batch(), true).is_err());
        assert_eq!(read(&path).unwrap().1.len(), 1);
    }

    #[test]
    fn a_ledger_that_is_removed_is_written_again() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("batch/ledger.jsonl");
        fs::create_dir(root.path().join("batch")).unwrap();
        let mut ledger = Ledger::create(&path, &batch(), false).unwrap();
        let mut known = Entries::new();
        for (run, gone) in [(2, true), (1, false), (4, true)] {
            ledger.add(&entry(run), &known).unwrap();
            known.insert(run, entry(run));
            assert_eq!(read(&path).unwrap().1, known);
            if gone {
                fs::remove_dir_all(root.path().join("batch")).unwrap();
            }
        }
        // Another file of its name is not touched.
        fs::create_dir(root.path().join("batch")).unwrap();
        fs::write(&path, "mine").unwrap();
        let refused = ledger.add(&entry(0), &known).unwrap_err();
        assert_eq!(refused.exit() as u8, 3, "{refused}");
        assert_eq!(fs::read(&path).unwrap(), b"mine");
    }
}
