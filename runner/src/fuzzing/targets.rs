//! The list of fuzz targets, with their seeds and dictionaries.

use std::{fs, io, path::PathBuf};

use crate::fuzzing::{
    checkpoints::{checkpoint, frames},
    kept::{band_seeds, bands, kept, kept_seeds},
    questions::{criterion, factor, incident, points, variant},
    records::{ledger, manifest, runs, series, timeline},
    reports::{answer, recording, summary, table},
    scenarios::{overrides, scenario, study},
    seeds::{checkpoints, records, texts, words},
};

/// A fuzz target: a reader and its checks.
pub struct Target {
    /// Its name, which is also that of its program under `runner/fuzz`.
    pub name: &'static str,
    /// Checks the reader with any bytes; panics if a check fails.
    pub check: fn(&[u8]),
    /// Inputs that the reader accepts.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that have a meaning in its inputs.
    pub words: fn() -> Vec<String>,
}

/// All fuzz targets.
pub const TARGETS: [Target; 21] = [
    target("scenario", scenario, texts::scenarios, words::keys),
    target("overrides", overrides, texts::overrides, words::keys),
    target("study", study, texts::studies, words::steps),
    target("factor", factor, texts::factors, words::units),
    target("criterion", criterion, texts::criteria, words::figures),
    target("variant", variant, texts::variants, words::keys),
    target("points", points, texts::points, words::cells),
    target("incident", incident, texts::incidents, words::cells),
    target("frames", frames, checkpoints::frames, Vec::new),
    target("checkpoint", checkpoint, checkpoints::checkpoints, Vec::new),
    target("ledger", ledger, records::ledgers, words::members),
    target("runs", runs, records::runs, words::members),
    target("manifest", manifest, records::manifests, words::members),
    target("series", series, records::series, words::cells),
    target("timeline", timeline, records::timelines, words::cells),
    target("summary", summary, records::summaries, words::figures),
    target("recording", recording, records::recordings, words::figures),
    target("answer", answer, records::answers, words::members),
    target("table", table, records::tables, words::figures),
    target("kept", kept, kept_seeds, words::members),
    target("bands", bands, band_seeds, words::cells),
];

const fn target(
    name: &'static str,
    check: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
    words: fn() -> Vec<String>,
) -> Target {
    Target {
        name,
        check,
        seeds,
        words,
    }
}

/// Writes the seeds of a target, and its words as a dictionary, into the directory that the
/// environment variable `PATCHDAY_SEEDS` names, if it is set.
///
/// # Panics
/// If they cannot be written.
pub fn plant(name: &str) {
    let Some(directory) = std::env::var_os("PATCHDAY_SEEDS").map(PathBuf::from) else {
        return;
    };
    let planted = || -> io::Result<()> {
        let target = TARGETS.iter().find(|target| target.name == name);
        let target = target.ok_or_else(|| io::Error::other("no such target"))?;
        fs::create_dir_all(directory.join("seeds"))?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(directory.join(format!("seeds/{number:03}")), seed)?;
        }
        let words = (target.words)();
        let lines = words.iter().map(|word| {
            let bytes = word.bytes().map(|byte| format!("\\x{byte:02X}"));
            format!("\"{}\"\n", bytes.collect::<String>())
        });
        // The fuzzer refuses an empty dictionary.
        let lines = format!("# {name}\n") + &lines.collect::<String>();
        fs::write(directory.join("words"), lines)
    };
    if let Err(error) = planted() {
        panic!("{}: {error}", directory.display());
    }
}
