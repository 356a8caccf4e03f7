//! The lines of a ledger: which batch it is of, and its runs.
//!
//! Every line is an object with a seal: that of the first is one of a ledger, those of the
//! others are of the batch, so that no line of another batch is taken for one of this. A
//! line whose seal does not match is never read as data.

use std::{collections::BTreeMap, fmt, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    host::error::Failure,
    results::figures::{Figures, Outcome},
    store::{
        checksummed_json::{self, Form},
        command_line::CommandLine,
    },
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
    /// The command that made it, quoted.
    pub(crate) command: String,
    /// The words of that command, and of one with the same results: without threads, shards,
    /// parts and output; empty in ledgers of earlier versions.
    #[serde(default)]
    pub(crate) command_words: CommandLine,
    #[serde(default)]
    pub(crate) reproduce: CommandLine,
    /// The scale; none in ledgers of earlier versions.
    #[serde(default)]
    pub(crate) scale: Option<f64>,
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

impl Batch {
    /// Whether its runs are the replicates of its points.
    fn is_sound(&self) -> bool {
        let runs = self.points.len().checked_mul(self.replicates as usize);
        let fits = |point: &Vec<String>| point.len() == self.factors.len();
        let (part, parts) = self.shard;
        self.replicates > 0
            && runs == Some(self.runs)
            && self.points.iter().all(fits)
            && (1..=parts).contains(&part)
    }

    /// Whether both are the same batch, or parts of it.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        let whole = Self {
            shard: self.shard,
            command: self.command.clone(),
            command_words: self.command_words.clone(),
            reproduce: self.reproduce.clone(),
            ..other.clone()
        };
        *self == whole
    }
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

/// What the seal of the first line is one of.
const PART_OF: &str = "ledger";

/// The runs of a batch by their numbers.
pub(crate) type Entries = BTreeMap<usize, Entry>;

/// The first line of a ledger.
pub(crate) fn first(batch: &Batch) -> io::Result<String> {
    checksummed_json::to_text(batch, Form::Line, PART_OF)
}

/// The line of a run.
pub(crate) fn of_run(entry: &Entry, batch: &Batch) -> io::Result<String> {
    checksummed_json::to_text(entry, Form::Line, &batch.batch)
}

/// What the ledgers of a directory say that they are of, if there is one.
pub(crate) fn of_directory(directory: &Path) -> Option<Batch> {
    let entries = fs::read_dir(directory).ok()?;
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    paths.sort();
    Some(read(paths.first()?).ok()?.0)
}

/// Reads a ledger without opening it for more.
///
/// # Errors
/// That it cannot be read, with its name and line.
pub(crate) fn read(path: &Path) -> Result<(Batch, Entries), Failure> {
    let text = fs::read(path).map_err(Failure::file("read", path))?;
    let found = parse(&text, None).map_err(Failure::file("read", path))?;
    // A batch may be under way: a line that is being written is one that is not there.
    match found.faults.iter().find(|fault| !fault.torn) {
        None => Ok((found.batch, found.entries)),
        Some(fault) => Err(Failure::usage(format!("{}: {fault}", path.display()))),
    }
}

/// A line that does not count.
#[derive(Debug)]
pub(crate) struct Fault {
    line: usize,
    /// Bytes before it.
    offset: usize,
    what: String,
    /// Whether it is the end of a file that was not written to its end.
    torn: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line, offset, what, ..
        } = self;
        write!(formatter, "line {line}, at byte {offset}: {what}; ")?;
        match line {
            1 => write!(formatter, "the runs after it are of this batch and count"),
            _ => write!(
                formatter,
                "its run does not count, and the batch does it again with --resume"
            ),
        }
    }
}

/// What stands in a ledger.
pub(crate) struct Found {
    pub(crate) batch: Batch,
    pub(crate) entries: Entries,
    pub(crate) faults: Vec<Fault>,
}

/// Reads a ledger, with the batch that it should be of if that is known. Of two lines
/// of one run the later counts: the first one had failed.
pub(crate) fn parse(text: &[u8], expected: Option<&Batch>) -> io::Result<Found> {
    let broken = |line: usize, what: &str| {
        io::Error::new(io::ErrorKind::InvalidData, format!("line {line}: {what}"))
    };
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let mut faults = Vec::new();
    let batch = match opened::<Batch>(first, PART_OF) {
        Ok(batch) if batch.is_sound() => batch,
        Ok(_) => return Err(broken(1, "its points do not make its runs")),
        // Whose it is also shows in the seals of the other lines.
        Err(what) => {
            let own = |batch: &&Batch| {
                let mut rest = text[first.len()..].split_inclusive(|byte| *byte == b'\n');
                rest.any(|line| checksummed_json::verify(line, Form::Line, &batch.batch).is_ok())
            };
            let batch = expected.filter(own);
            let batch = batch.ok_or_else(|| broken(1, &format!("no ledger: {what}")))?;
            faults.push(Fault {
                line: 1,
                offset: 0,
                what,
                torn: false,
            });
            batch.clone()
        }
    };
    let mut entries = Entries::new();
    let mut offset = first.len();
    for (line, number) in lines.zip(2..) {
        match opened::<Entry>(line, &batch.batch) {
            Ok(entry) if entry.run < batch.runs => drop(entries.insert(entry.run, entry)),
            Ok(entry) => {
                let what = format!("run {} of {}", entry.run, batch.runs);
                return Err(broken(number, &what));
            }
            Err(what) => faults.push(Fault {
                line: number,
                offset,
                what,
                torn: !line.ends_with(b"\n"),
            }),
        }
        offset += line.len();
    }
    Ok(Found {
        batch,
        entries,
        faults,
    })
}

/// What a line holds.
fn opened<T: for<'de> Deserialize<'de>>(line: &[u8], part_of: &str) -> Result<T, String> {
    let text = checksummed_json::verify(line, Form::Line, part_of)?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}
