//! The ledger: a synced line for each run that ended.
//!
//! Its first line says which batch it is of, by a hash of all that the results depend on;
//! every other line is one run. A line is written whole and synced before the run counts as
//! done, and every line has a seal, so that none is read that is not as it was written. Who
//! goes on with a batch does the runs of such lines again, and those of a line that a
//! crash left torn at the end; who only reads refuses them with their place. If the
//! file is no longer where it was made, it is made again with all that is known.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use crate::{
    experiment::storage::ledger_lines::{Fault, first, of_run, parse},
    host::{console::say, error::Failure, same_file::is_at},
};

pub(crate) use crate::experiment::storage::ledger_lines::{
    Batch, Entries, Entry, of_directory, read,
};

/// A ledger that is open for more lines.
#[derive(Debug)]
pub(crate) struct Ledger {
    file: File,
    path: PathBuf,
    batch: Batch,
}

impl Ledger {
    /// Begins a ledger; with `anew` also where there is one, unless somebody writes into it.
    ///
    /// # Errors
    /// What the system said, with the name of the file.
    pub(crate) fn begin(path: &Path, batch: &Batch, anew: bool) -> Result<Self, Failure> {
        let begun = || -> io::Result<File> {
            // Not cut before it is known to be nobody else's.
            let mut options = OpenOptions::new();
            options.read(true).append(true);
            let file = match anew {
                true => options.create(true).open(path)?,
                false => options.create_new(true).open(path)?,
            };
            lock(&file)?;
            file.set_len(0)?;
            write(&file, first(batch)?.as_bytes())?;
            name_is_safe(path);
            Ok(file)
        };
        Ok(Self {
            file: begun().map_err(Failure::file("write", path))?,
            path: path.to_owned(),
            batch: batch.clone(),
        })
    }

    /// Whether a ledger was begun there: before its first line is whole there is nothing in it.
    pub(crate) fn is_begun(path: &Path) -> bool {
        const FIRST: &[u8] = b"{\"batch\":\"";
        let torn = |text: Vec<u8>| {
            let begin = FIRST.len().min(text.len());
            !text.contains(&b'\n') && text[..begin] == FIRST[..begin]
        };
        // What cannot be read is refused when it is opened.
        path.exists() && !fs::read(path).is_ok_and(torn)
    }

    /// Opens the ledger of a batch to go on with it, and gives the runs in it, and the lines
    /// that do not count.
    ///
    /// # Errors
    /// That it cannot be read, with its name and line, or is of another batch.
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
            return Err(Failure::usage(format!(
                "{}: it is of another batch ({}); this one is {}: its scenario, design or program \
                 was changed",
                path.display(),
                found.batch.command,
                batch.batch
            )));
        }
        let ledger = Self {
            file,
            path: path.to_owned(),
            batch: batch.clone(),
        };
        // Written anew without lines that do not count, so that nobody meets them again.
        let ledger = match found.faults.is_empty() {
            true => ledger,
            false => ledger.again(&found.entries)?,
        };
        Ok((ledger, found.entries, found.faults))
    }

    /// Adds a run that ended to those that are known.
    ///
    /// # Errors
    /// What the system said, with the name of the file.
    pub(crate) fn add(&mut self, entry: &Entry, known: &Entries) -> Result<(), Failure> {
        self.stay(known)?;
        let line = of_run(entry, &self.batch);
        let written = line.and_then(|text| write(&self.file, text.as_bytes()));
        written.map_err(|error| Failure::file("write", &self.path)(error).during_run())
    }

    /// Makes it again with all that is known, if it was removed or renamed.
    ///
    /// # Errors
    /// What the system said, or that something else has its name now.
    pub(crate) fn stay(&mut self, known: &Entries) -> Result<(), Failure> {
        if is_at(&self.file, &self.path) {
            return Ok(());
        }
        let path = &self.path;
        if path.exists() {
            let taken = io::Error::new(io::ErrorKind::AlreadyExists, "another file has its name");
            return Err(Failure::file("go on with", path)(taken).during_run());
        }
        say(&format!(
            "warning: {} was removed or renamed; it is made again with all runs that ended",
            path.display()
        ));
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)
                .map_err(|error| Failure::file("create the directory", directory)(error))
                .map_err(Failure::during_run)?;
        }
        *self = self.again(known).map_err(Failure::during_run)?;
        Ok(())
    }

    /// The same ledger in a new file of its name, with these runs.
    fn again(&self, entries: &Entries) -> Result<Self, Failure> {
        let aside = self.path.with_extension("partial");
        let ledger = Self::begin(&aside, &self.batch, true)?;
        let filled = || -> io::Result<()> {
            let mut text = String::new();
            for entry in entries.values() {
                text.push_str(&of_run(entry, &self.batch)?);
            }
            write(&ledger.file, text.as_bytes())?;
            fs::rename(&aside, &self.path)?;
            name_is_safe(&self.path);
            Ok(())
        };
        filled().map_err(Failure::file("write", &self.path))?;
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

/// A name is safe once its directory is; not every system can say so.
fn name_is_safe(path: &Path) {
    if let Some(Ok(directory)) = path.parent().map(File::open) {
        let _ = directory.sync_all();
    }
}

fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "another batch is writing into it",
        )),
        Err(fs::TryLockError::Error(_)) | Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::figures::{Figures, Outcome};

    fn batch() -> Batch {
        Batch {
            batch: "x".into(),
            shard: (1, 1),
            runs: 5,
            factors: vec!["a".into()],
            points: vec![vec!["1".into()]],
            replicates: 5,
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
        Entry::of(run, &Outcome::Done { digest, figures }, 1.5)
    }

    /// A ledger of three runs, and where its lines begin.
    fn three(path: &Path) -> (Vec<u8>, Vec<usize>) {
        let mut ledger = Ledger::begin(path, &batch(), false).unwrap();
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
            // Two lines may have become one, or one two.
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
            // The second time all is well.
            assert_eq!(read(&path).unwrap().1, entries);
        }
    }

    #[test]
    fn what_is_no_ledger_is_refused_with_its_line() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("ledger.jsonl");
        for text in ["", "{}\n", "x\n"] {
            fs::write(&path, text).unwrap();
            assert_eq!(Ledger::is_begun(&path), !text.is_empty());
            let error = Ledger::reopen(&path, &batch()).unwrap_err().to_string();
            assert!(error.contains("line 1"), "{error}");
        }
        // Sealed, and yet none: its runs are not the replicates of its points.
        for spoil in [
            (|batch| batch.replicates = 0) as fn(&mut Batch),
            |batch| batch.runs = 6,
            |batch| batch.points = vec![vec!["1".into(), "2".into()]],
            |batch| batch.shard = (2, 1),
        ] {
            let mut odd = batch();
            spoil(&mut odd);
            fs::write(&path, first(&odd).unwrap()).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains("line 1: its points"), "{error}");
        }
        // One of before there were seals.
        fs::write(&path, serde_json::to_string(&batch()).unwrap() + "\n").unwrap();
        let error = Ledger::reopen(&path, &batch()).unwrap_err().to_string();
        assert!(error.contains("of another version"), "{error}");
        let mut ledger = Ledger::begin(&path, &batch(), true).unwrap();
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
        let mut ledger = Ledger::begin(&path, &batch(), false).unwrap();
        ledger.add(&entry(1), &Entries::new()).unwrap();
        assert!(Ledger::reopen(&path, &batch()).is_err());
        assert!(Ledger::begin(&path, &batch(), false).is_err());
        assert!(Ledger::begin(&path, &batch(), true).is_err());
        assert_eq!(read(&path).unwrap().1.len(), 1);
    }

    #[test]
    fn a_ledger_that_vanishes_is_made_again() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("batch/ledger.jsonl");
        fs::create_dir(root.path().join("batch")).unwrap();
        let mut ledger = Ledger::begin(&path, &batch(), false).unwrap();
        let mut known = Entries::new();
        for (run, gone) in [(2, true), (1, false), (4, true)] {
            ledger.add(&entry(run), &known).unwrap();
            known.insert(run, entry(run));
            assert_eq!(read(&path).unwrap().1, known);
            if gone {
                fs::remove_dir_all(root.path().join("batch")).unwrap();
            }
        }
        // Something else of its name is left alone.
        fs::create_dir(root.path().join("batch")).unwrap();
        fs::write(&path, "mine").unwrap();
        let refused = ledger.add(&entry(0), &known).unwrap_err();
        assert_eq!(refused.exit() as u8, 3, "{refused}");
        assert_eq!(fs::read(&path).unwrap(), b"mine");
    }
}
