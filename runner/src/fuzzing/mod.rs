//! What every reader must hold whatever its bytes are: as functions of bytes, for the
//! fuzzer (`runner/fuzz`) and, over small corpora with mutations, for the tests.
//!
//! Nothing panics, hangs or takes memory out of proportion. What is accepted prints and
//! reads back to the same. What is refused is refused in a sentence that has a place: a
//! line, a byte or a block. What has a seal and was changed is refused. Built for tests and
//! for the fuzzer alone.

mod checkpoints;
mod mutation;
mod questions;
mod records;
mod reports;
mod scenarios;
mod seeds;

#[cfg(test)]
mod tests;

use std::{fmt::Display, fs, io, path::PathBuf};

pub use crate::fuzzing::checkpoints::{checkpoint, frames};
pub use crate::fuzzing::mutation::vary;
pub use crate::fuzzing::questions::{criterion, factor, points, variant};
pub use crate::fuzzing::records::{ledger, manifest, series, timeline};
pub use crate::fuzzing::reports::{answer, recording, summary, table};
pub use crate::fuzzing::scenarios::{overrides, scenario, study};

use crate::host::escape;

/// A reader.
pub struct Reader {
    /// What it is called, as its program under `runner/fuzz`.
    pub name: &'static str,
    /// What must hold of any bytes.
    pub holds: fn(&[u8]),
    /// Bytes that it accepts, to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that mean something to it.
    pub words: fn() -> Vec<String>,
}

/// All readers.
pub const READERS: [Reader; 17] = [
    reader("scenario", scenario, seeds::scenarios, seeds::keys),
    reader("overrides", overrides, seeds::overrides, seeds::keys),
    reader("study", study, seeds::studies, seeds::steps),
    reader("factor", factor, seeds::factors, seeds::units),
    reader("criterion", criterion, seeds::criteria, seeds::figures),
    reader("variant", variant, seeds::variants, seeds::keys),
    reader("points", points, seeds::points, seeds::cells),
    reader("frames", frames, seeds::frames, Vec::new),
    reader("checkpoint", checkpoint, seeds::checkpoints, Vec::new),
    reader("ledger", ledger, seeds::ledgers, seeds::members),
    reader("manifest", manifest, seeds::manifests, seeds::members),
    reader("series", series, seeds::series, seeds::cells),
    reader("timeline", timeline, seeds::timelines, seeds::cells),
    reader("summary", summary, seeds::summaries, seeds::figures),
    reader("recording", recording, seeds::recordings, seeds::figures),
    reader("answer", answer, seeds::answers, seeds::members),
    reader("table", table, seeds::tables, seeds::figures),
];

const fn reader(
    name: &'static str,
    holds: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
    words: fn() -> Vec<String>,
) -> Reader {
    Reader {
        name,
        holds,
        seeds,
        words,
    }
}

/// Writes the seeds of a reader, and its words as a dictionary, into the directory that
/// `PATCHDAY_SEEDS` names, if it names one: before the fuzzer looks into it.
///
/// # Panics
/// If they cannot be written.
pub fn plant(name: &str) {
    let Some(directory) = std::env::var_os("PATCHDAY_SEEDS").map(PathBuf::from) else {
        return;
    };
    let planted = || -> io::Result<()> {
        let reader = READERS.iter().find(|reader| reader.name == name);
        let reader = reader.ok_or_else(|| io::Error::other("no such reader"))?;
        fs::create_dir_all(directory.join("seeds"))?;
        for (number, seed) in (reader.seeds)().iter().enumerate() {
            fs::write(directory.join(format!("seeds/{number:03}")), seed)?;
        }
        let words = (reader.words)();
        let lines = words.iter().map(|word| {
            let bytes = word.bytes().map(|byte| format!("\\x{byte:02X}"));
            format!("\"{}\"\n", bytes.collect::<String>())
        });
        // A dictionary without a line is refused.
        let lines = format!("# {name}\n") + &lines.collect::<String>();
        fs::write(directory.join("words"), lines)
    };
    if let Err(error) = planted() {
        panic!("{}: {error}", directory.display());
    }
}

/// Asserts that a refusal is a sentence, and gives it as it is said.
fn sentence(refusal: &impl Display) -> String {
    let text = escape::message(&refusal.to_string());
    assert!(!text.trim().is_empty(), "a refusal without words");
    text
}

/// Asserts that a refusal is a sentence that says where.
fn placed(refusal: &impl Display) {
    let text = sentence(refusal);
    let place = |word: &str| {
        let mut rest = text.as_str();
        while let Some(at) = rest.find(word) {
            rest = rest[at + word.len()..].trim_start_matches([':', ' ']);
            if rest.starts_with(|c: char| c.is_ascii_digit()) {
                return true;
            }
        }
        false
    };
    let known = ["line", "byte", "block"].into_iter().any(place);
    assert!(known, "a refusal without a place: {text}");
}

/// Bytes as a text, if they are one.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// The bytes with one bit flipped, and with their end cut off, both where `bytes` say.
/// Nothing is left of bytes of which there are none.
fn spoiled(whole: &[u8], bytes: &[u8]) -> [Vec<u8>; 2] {
    let sum = bytes.iter().fold(bytes.len(), |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    let place = sum % whole.len().max(1);
    let mut flipped = whole.to_vec();
    if let Some(byte) = flipped.get_mut(place) {
        *byte ^= 1 << (sum / whole.len().max(1) % 8);
    }
    [flipped, whole[..place.min(whole.len())].to_vec()]
}
