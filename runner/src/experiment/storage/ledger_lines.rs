//! The lines of a ledger: the batch, and its runs.
//!
//! Every line is an object with a checksum. The checksum of a run includes the hash of the batch, so
//! a line of another batch is not valid here. A line whose checksum does not match is never read as
//! data.

use std::{collections::BTreeMap, fmt, fs, io, path::Path};

use patchday_agents::scenario::Scenario;
use serde::{Deserialize, Serialize};

use crate::{
    experiment::{error::ExperimentError, storage::run_ledger_lines::part},
    host::error::Failure,
    results::figures::{Figures, Outcome},
    store::{
        checksummed_json::{self, Form},
        command_line::CommandLine,
    },
};

/// A part of a batch: part `number`, counted from 1, of `of` parts. In JSON it is an array of the
/// two.
///
/// The scenario of a run decides which part has it, so a machine keeps its runs when the batch grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u32, u32)", into = "(u32, u32)")]
pub struct Shard {
    /// Which part.
    pub number: u32,
    /// How many parts there are.
    pub of: u32,
}

impl Shard {
    /// The whole batch.
    pub(crate) const WHOLE: Self = Self { number: 1, of: 1 };

    /// Whether there is such a part.
    pub(crate) fn is_valid(self) -> bool {
        (1..=self.of).contains(&self.number)
    }

    /// Whether it is the whole batch.
    pub(crate) fn is_whole(self) -> bool {
        self.of == 1
    }

    /// Whether it contains the run of this scenario.
    pub(crate) fn contains(self, scenario: &Scenario) -> bool {
        self.is_whole() || part(scenario, self.of) == self.number - 1
    }
}

impl From<(u32, u32)> for Shard {
    fn from((number, of): (u32, u32)) -> Self {
        Self { number, of }
    }
}

impl From<Shard> for (u32, u32) {
    fn from(shard: Shard) -> Self {
        (shard.number, shard.of)
    }
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Batch {
    /// Hash of everything that the results depend on.
    pub(crate) batch: String,
    /// The part of the batch whose runs this ledger is for.
    pub(crate) shard: Shard,
    /// Runs of all shards together.
    pub(crate) runs: usize,
    /// Keys of the factors.
    pub(crate) factors: Vec<String>,
    /// The values of the factors at every point.
    pub(crate) points: Vec<Vec<String>>,
    /// Replicates of each point.
    pub(crate) replicates: u32,
    /// The columns of the series that are kept of each run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) keep: Vec<String>,
    /// The seed of replicate 0.
    pub(crate) seed: u64,
    /// The command that made it, quoted.
    pub(crate) command: String,
    /// The words of that command; empty in ledgers of earlier versions.
    #[serde(default)]
    pub(crate) command_words: CommandLine,
    /// A command with the same results: without threads, shards, parts and output. Empty in ledgers
    /// of earlier versions.
    #[serde(default)]
    pub(crate) reproduce: CommandLine,
    /// The scale; `None` in ledgers of earlier versions.
    #[serde(default)]
    pub(crate) scale: Option<f64>,
    /// The title of the scenario; older ledgers do not have it.
    #[serde(default)]
    pub(crate) title: Option<String>,
    /// The version of the program; older ledgers do not have it.
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
    /// Whether its numbers agree with each other.
    fn is_sound(&self) -> bool {
        let runs = self.points.len().checked_mul(self.replicates as usize);
        let fits = |point: &Vec<String>| point.len() == self.factors.len();
        self.replicates > 0
            && runs == Some(self.runs)
            && self.points.iter().all(fits)
            && self.shard.is_valid()
    }

    /// A command with the same results or, in ledgers of earlier versions, the one that was typed.
    pub(crate) fn shown_command(&self) -> String {
        if self.reproduce.is_empty() {
            self.command.clone()
        } else {
            self.reproduce.to_string()
        }
    }

    /// Whether both are parts of the same batch.
    pub(crate) fn is_part_of_same(&self, other: &Self) -> bool {
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
    /// The entry of a run that ended; `wall_s` is the real time it took, in seconds.
    pub(crate) fn new(run: usize, outcome: &Outcome, wall_s: f64) -> Self {
        match outcome {
            Outcome::Done { digest, figures } => Self {
                run,
                digest: Some(digest.clone()),
                figures: figures.clone(),
                failed: None,
                wall_s,
            },
            Outcome::Failed(why) => Self {
                run,
                digest: None,
                figures: Figures::new(),
                failed: Some(why.clone()),
                wall_s,
            },
        }
    }
}

/// The text in the checksum of the first line, in place of the hash of a batch.
const PART_OF: &str = "ledger";

/// The runs of a batch by their indices.
pub(crate) type Entries = BTreeMap<usize, Entry>;

/// The first line of a ledger.
pub(crate) fn batch_line(batch: &Batch) -> io::Result<String> {
    checksummed_json::to_text(batch, Form::Line, PART_OF)
}

/// The line of a run.
pub(crate) fn entry_line(entry: &Entry, batch: &Batch) -> io::Result<String> {
    checksummed_json::to_text(entry, Form::Line, &batch.batch)
}

/// The batch of the first ledger in a directory; `None` if there is no valid one.
pub(crate) fn batch_of_directory(directory: &Path) -> Option<Batch> {
    let entries = fs::read_dir(directory).ok()?;
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    paths.sort();
    let mut begun = paths.iter().filter_map(|path| read_begun(path).ok()?);
    Some(begun.next()?.0)
}

/// Whether a ledger has begun: its file holds more than an incomplete first line, or the zeros that
/// a loss of power can leave in place of it.
pub(crate) fn is_begun(text: &[u8]) -> bool {
    const FIRST: &[u8] = b"{\"batch\":\"";
    let begin = FIRST.len().min(text.len());
    let is_torn = !text.contains(&b'\n') && text[..begin] == FIRST[..begin];
    !is_torn && text.iter().any(|byte| *byte != 0)
}

/// Reads a ledger; `None` if it has not begun.
///
/// # Errors
/// Returns an error with path and line if it cannot be read or a line is invalid.
pub(crate) fn read_begun(path: &Path) -> Result<Option<(Batch, Entries)>, Failure> {
    let text = fs::read(path).map_err(Failure::file("read", path))?;
    is_begun(&text).then(|| parse_all(path, &text)).transpose()
}

/// Reads a ledger that has begun.
#[cfg(test)]
pub(crate) fn read(path: &Path) -> Result<(Batch, Entries), Failure> {
    parse_all(path, &fs::read(path).map_err(Failure::file("read", path))?)
}

/// # Errors
/// Returns an error with path and line if a line is invalid.
fn parse_all(path: &Path, text: &[u8]) -> Result<(Batch, Entries), Failure> {
    let found = parse(text, None).map_err(Failure::file("read", path))?;
    // A last line without its end is ignored: a running batch may be writing it.
    match found.faults.iter().find(|fault| !fault.torn) {
        None => Ok((found.batch, found.entries)),
        Some(fault) => {
            let (path, fault) = (path.to_owned(), fault.to_string());
            Err(ExperimentError::Corrupt { path, fault }.into())
        }
    }
}

/// An invalid line.
#[derive(Debug)]
pub(crate) struct Fault {
    line: usize,
    /// Bytes before it.
    offset: usize,
    what: String,
    /// Whether it is a last line without its end.
    torn: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line, offset, what, ..
        } = self;
        write!(formatter, "line {line}, at byte {offset}: {what}; ")?;
        match line {
            1 => write!(
                formatter,
                "the runs after it belong to this batch and are kept"
            ),
            _ => write!(formatter, "its run is ignored, and --resume repeats it"),
        }
    }
}

/// The content of a ledger.
pub(crate) struct Content {
    pub(crate) batch: Batch,
    pub(crate) entries: Entries,
    pub(crate) faults: Vec<Fault>,
}

/// Reads the content of a ledger. `expected` is its batch, if that is known. If a run has two
/// lines, the later one counts, because it repeats a run that failed.
///
/// # Errors
/// Returns an error with the line if the first line is invalid, or if a run is not one of the batch.
pub(crate) fn parse(text: &[u8], expected: Option<&Batch>) -> io::Result<Content> {
    let broken = |line: usize, what: &str| {
        io::Error::new(io::ErrorKind::InvalidData, format!("line {line}: {what}"))
    };
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let mut faults = Vec::new();
    let batch = match read_line::<Batch>(first, PART_OF) {
        Ok(batch) if batch.is_sound() => batch,
        Ok(_) => {
            return Err(broken(
                1,
                "its points and replicates do not match its number of runs",
            ));
        }
        // The checksums of other lines also identify the batch.
        Err(what) => {
            let own = |batch: &&Batch| {
                let mut rest = text[first.len()..].split_inclusive(|byte| *byte == b'\n');
                rest.any(|line| checksummed_json::verify(line, Form::Line, &batch.batch).is_ok())
            };
            let batch = expected.filter(own);
            let batch = batch.ok_or_else(|| broken(1, &format!("not a ledger: {what}")))?;
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
        match read_line::<Entry>(line, &batch.batch) {
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
    Ok(Content {
        batch,
        entries,
        faults,
    })
}

/// Reads a line.
fn read_line<T: for<'de> Deserialize<'de>>(line: &[u8], part_of: &str) -> Result<T, String> {
    let text = checksummed_json::verify(line, Form::Line, part_of)?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}
