//! The ledger: a synced line for each run that ended.
//!
//! Its first line says which batch it is of, by a hash of all that the results depend on;
//! every other line is one run. A line is written whole and synced before the run counts as
//! done. What a crash left torn at the end is cut off when the ledger is opened
//! again; anything else that cannot be read is refused with its line.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    exit::Failure,
    experiment::{job::Outcome, metrics::Figures},
};

/// What the first line says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Batch {
    /// Hash of everything that the results depend on.
    pub(crate) batch: String,
    /// Which part of all runs the ledger is to have, and of how many.
    pub(crate) shard: (u32, u32),
    /// Runs of all shards together.
    pub(crate) runs: usize,
    /// Names of the factors, for tables.
    pub(crate) factors: Vec<String>,
    /// The values of the factors at every point.
    pub(crate) points: Vec<Vec<String>>,
    /// Replicates of each point.
    pub(crate) replicates: u32,
    /// The seed of replicate 0.
    pub(crate) seed: u64,
    /// The command that made it.
    pub(crate) command: String,
    /// The title of the scenario, and the version of the program; none in ledgers from before
    /// they were kept.
    #[serde(default)]
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) version: Option<String>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) run: usize,
    pub(crate) digest: Option<String>,
    pub(crate) figures: Figures,
    /// Why it failed, if it did.
    pub(crate) failed: Option<String>,
    /// Real time it took, in seconds.
    pub(crate) wall_s: f64,
}

impl Entry {
    /// The line of a run that ended.
    pub(crate) fn of(run: usize, outcome: &Outcome, wall_s: f64) -> Self {
        match outcome.clone() {
            Outcome::Done { digest, figures } => Self {
                run,
                digest: Some(digest),
                figures,
                failed: None,
                wall_s,
            },
            Outcome::Failed(why) => Self {
                run,
                digest: None,
                figures: Figures::new(),
                failed: Some(why),
                wall_s,
            },
        }
    }
}

/// A ledger that is open for more lines.
#[derive(Debug)]
pub(crate) struct Ledger {
    file: File,
    path: PathBuf,
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

impl Ledger {
    /// Begins a ledger.
    ///
    /// # Errors
    /// What the system said, with the name of the file.
    pub(crate) fn begin(path: &Path, batch: &Batch) -> Result<Self, Failure> {
        let begun = || -> io::Result<File> {
            let mut file = File::create(path)?;
            lock(&file)?;
            file.write_all(&line(batch)?)?;
            file.sync_all()?;
            if let Some(Ok(directory)) = path.parent().map(File::open) {
                // The name is safe once the directory is; not every system can say so.
                let _ = directory.sync_all();
            }
            Ok(file)
        };
        Ok(Self {
            file: begun().map_err(Failure::file("write", path))?,
            path: path.to_owned(),
        })
    }

    /// Opens a ledger to go on with, and gives what stands in it.
    ///
    /// # Errors
    /// That it cannot be read, with its name and line.
    pub(crate) fn reopen(path: &Path) -> Result<(Self, Batch, BTreeMap<usize, Entry>), Failure> {
        let opened = || -> io::Result<_> {
            let mut file = OpenOptions::new().read(true).append(true).open(path)?;
            lock(&file)?;
            let mut text = Vec::new();
            file.read_to_end(&mut text)?;
            let (batch, entries, whole) = parse(&text)?;
            file.set_len(whole as u64)?;
            file.seek(SeekFrom::End(0))?;
            Ok((file, batch, entries))
        };
        let (file, batch, entries) = opened().map_err(Failure::file("read", path))?;
        let path = path.to_owned();
        Ok((Self { file, path }, batch, entries))
    }

    /// Adds a run that ended.
    ///
    /// # Errors
    /// What the system said, with the name of the file.
    pub(crate) fn add(&mut self, entry: &Entry) -> Result<(), Failure> {
        let bytes = line(entry);
        let written = bytes.and_then(|bytes| {
            self.file.write_all(&bytes)?;
            self.file.sync_data()
        });
        written.map_err(|source| Failure::Lost {
            action: "write",
            path: self.path.clone(),
            source,
        })
    }
}

fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "another batch is writing into it",
        )),
        Err(std::fs::TryLockError::Error(_)) | Ok(()) => Ok(()),
    }
}

/// Reads a ledger without opening it for more.
///
/// # Errors
/// That it cannot be read, with its name and line.
pub(crate) fn read(path: &Path) -> Result<(Batch, BTreeMap<usize, Entry>), Failure> {
    let read = || -> io::Result<_> {
        let (batch, entries, _) = parse(&std::fs::read(path)?)?;
        Ok((batch, entries))
    };
    read().map_err(Failure::file("read", path))
}

/// What the ledgers of a directory say that they are of, if there is one.
pub(crate) fn first(directory: &Path) -> Option<Batch> {
    let entries = std::fs::read_dir(directory).ok()?;
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    paths.sort();
    Some(read(paths.first()?).ok()?.0)
}

/// What stands in a ledger, and how many bytes of it are whole lines. Of two lines of
/// one run the later counts: the first one had failed.
fn parse(text: &[u8]) -> io::Result<(Batch, BTreeMap<usize, Entry>, usize)> {
    let whole = text
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let broken = |number: usize, what: String| {
        io::Error::new(io::ErrorKind::InvalidData, format!("line {number}: {what}"))
    };
    let mut lines = text[..whole].split(|byte| *byte == b'\n').zip(1..);
    let (first, _) = lines
        .next()
        .filter(|(first, _)| !first.is_empty())
        .ok_or_else(|| broken(1, "no ledger".into()))?;
    let batch: Batch =
        serde_json::from_slice(first).map_err(|error| broken(1, format!("no ledger: {error}")))?;
    let mut entries = BTreeMap::new();
    for (text, number) in lines.filter(|(text, _)| !text.is_empty()) {
        let entry: Entry =
            serde_json::from_slice(text).map_err(|error| broken(number, error.to_string()))?;
        if entry.run >= batch.runs {
            return Err(broken(
                number,
                format!("run {} of {}", entry.run, batch.runs),
            ));
        }
        entries.insert(entry.run, entry);
    }
    Ok((batch, entries, whole))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            title: Some("t".into()),
            version: None,
        }
    }

    fn entry(run: usize) -> Entry {
        let figures = Figures::from([("a".into(), Some(0.1)), ("b".into(), None)]);
        let digest = "0".into();
        Entry::of(run, &Outcome::Done { digest, figures }, 1.5)
    }

    #[test]
    fn a_torn_line_is_cut_off_and_nothing_else_is_lost() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("ledger.jsonl");
        let mut ledger = Ledger::begin(&path, &batch()).unwrap();
        for run in [3, 0, 4] {
            ledger.add(&entry(run)).unwrap();
        }
        drop(ledger);
        let whole = std::fs::read(&path).unwrap();
        let last = whole
            .iter()
            .rev()
            .skip(1)
            .position(|byte| *byte == b'\n')
            .unwrap()
            + 1;
        for cut in 1..=last {
            std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            let (mut ledger, found, entries) = Ledger::reopen(&path).unwrap();
            assert_eq!((found, entries.len()), (batch(), 2), "{cut}");
            ledger.add(&entry(4)).unwrap();
            drop(ledger);
            assert_eq!(std::fs::read(&path).unwrap(), whole);
        }
        let (_, _, entries) = Ledger::reopen(&path).unwrap();
        assert_eq!(entries[&3], entry(3));
    }

    #[test]
    fn what_is_no_ledger_is_refused_with_its_line() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("ledger.jsonl");
        for (text, place) in [("", "line 1"), ("{}\n", "line 1"), ("x\n", "line 1")] {
            std::fs::write(&path, text).unwrap();
            let error = Ledger::reopen(&path).unwrap_err().to_string();
            assert!(error.contains(place), "{error}");
        }
        let mut ledger = Ledger::begin(&path, &batch()).unwrap();
        ledger.add(&entry(1)).unwrap();
        ledger.add(&entry(9)).unwrap();
        drop(ledger);
        let error = read(&path).unwrap_err().to_string();
        assert!(
            error.contains("line 3") && error.contains("run 9 of 5"),
            "{error}"
        );
    }

    #[test]
    fn two_batches_do_not_share_a_ledger() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("ledger.jsonl");
        let _ledger = Ledger::begin(&path, &batch()).unwrap();
        assert!(Ledger::reopen(&path).is_err());
    }
}
