//! `sweep.json` and `config.toml` beside the table of a batch: what the table was made from.
//!
//! `config.toml` is the scenario before its factors are set. The bytes of both depend only on
//! scenario, design and results, so that a batch in parts has the same ones as a whole one.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
};

use serde::Serialize;

use crate::{
    experiment::storage::ledger_lines::{Batch, Entry},
    host::error::Failure,
    store::{
        atomic_file::{Existing, write_whole},
        checksummed_json::{self, Form},
        error::StoreError,
        layout::{BANDS, CONFIG, POINTS, SERIES, SWEEP, TABLE},
        place::output,
    },
};

/// The name that the checksum covers.
const PART_OF: &str = "sweep";

/// The record of a batch.
#[derive(Serialize)]
struct SweepManifest<'a> {
    title: Option<&'a str>,
    version: Option<&'a str>,
    /// A command with the same results.
    reproduce: String,
    /// The hash of everything that the results depend on.
    batch: &'a str,
    /// The seed of replicate 0.
    seed: u64,
    scale: Option<f64>,
    /// The keys of the factors, as in `--vary`.
    factors: &'a [String],
    points: usize,
    replicates: u32,
    runs: usize,
    failed: usize,
    /// BLAKE3 hashes of the files beside it.
    files: BTreeMap<&'static str, String>,
}

/// Writes the record of a batch whose table is written.
///
/// # Errors
/// Returns an error with the path if a file cannot be read or written, or if another record must
/// stay.
pub(crate) fn write(
    directory: &Path,
    batch: &Batch,
    entries: &BTreeMap<usize, Entry>,
    existing: Existing,
) -> Result<(), Failure> {
    let hash = |name: &'static str| {
        // The kept series can be large, so a file is not read at once.
        let mut hasher = blake3::Hasher::new();
        hasher
            .update_reader(File::open(directory.join(name)).ok()?)
            .ok()?;
        Some((name, hasher.finalize().to_hex().to_string()))
    };
    let points = (batch.replicates > 1).then_some(POINTS);
    let kept = [SERIES, BANDS]
        .into_iter()
        .filter(|_| !batch.keep.is_empty());
    let files = [TABLE, CONFIG].into_iter().chain(points).chain(kept);
    let failed = entries.values().filter(|entry| entry.failed.is_some());
    let manifest = SweepManifest {
        title: batch.title.as_deref(),
        version: batch.version.as_deref(),
        reproduce: batch.reproduce.to_string(),
        batch: &batch.batch,
        seed: batch.seed,
        scale: batch.scale,
        factors: &batch.factors,
        points: batch.points.len(),
        replicates: batch.replicates,
        runs: batch.runs,
        failed: failed.count(),
        files: files.filter_map(hash).collect(),
    };
    let text =
        checksummed_json::to_text(&manifest, Form::Page, PART_OF).map_err(StoreError::Json)?;
    let path = directory.join(SWEEP);
    if fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    put(&path, text.as_bytes(), existing)
}

/// Whether a directory has a whole record of a batch, so that this program wrote it and the scenario.
pub(crate) fn is_own(directory: &Path) -> bool {
    fs::read(directory.join(SWEEP))
        .is_ok_and(|text| checksummed_json::verify(&text, Form::Page, PART_OF).is_ok())
}

/// Copies the scenario of a part to the directory of the merged table, if the part has it.
///
/// # Errors
/// Returns an error with the path if it cannot be written, or if another scenario must stay.
pub(crate) fn copy_scenario(from: &Path, to: &Path, existing: Existing) -> Result<(), Failure> {
    let Ok(config) = fs::read(from.join(CONFIG)) else {
        return Ok(());
    };
    write_scenario(to, &config, existing)
}

/// Writes the scenario of a batch, unless it is there.
///
/// # Errors
/// Returns an error with the path if it cannot be written, or if another scenario must stay.
pub(crate) fn write_scenario(
    directory: &Path,
    config: &[u8],
    existing: Existing,
) -> Result<(), Failure> {
    let path = directory.join(CONFIG);
    if fs::read(&path).is_ok_and(|there| there == config) {
        return Ok(());
    }
    put(&path, config, existing)
}

fn put(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), Failure> {
    match existing {
        // The hidden file that a killed process left is replaced, too.
        Existing::Replaced => write_whole(path, bytes)?,
        Existing::Kept => output::write(path, bytes, existing)?,
    }
    Ok(())
}
