//! `patchday merge`: one table of the parts of a sweep.
//!
//! The table of a batch has the same bytes whether the batch ran whole or in parts, on one machine
//! or several.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    experiment::{
        error::ExperimentError,
        storage::{
            ledger_lines::{self, Batch, Entry},
            table::RunTable,
        },
        sweep::sweep_manifest,
    },
    host::{durable::create_directories, error::Failure},
    report::run::report_file,
    store::{
        atomic_file::{Existing, write_whole},
        layout::{REPORT, SWEEP, TABLE},
        place::output,
    },
};
use same_file::is_same_file;

/// The exported table of a batch.
pub(crate) const EXPORT: &str = "runs.parquet";

/// The result of a batch whose runs have all ended.
#[derive(Clone, Debug)]
pub(crate) struct BatchEnd {
    pub(crate) directory: PathBuf,
    pub(crate) runs: usize,
    pub(crate) failed: usize,
    /// The table; `None` for one of several parts.
    pub(crate) table: Option<PathBuf>,
    /// For a sweep: the command that resumes it.
    pub(crate) hint: Option<String>,
}

/// Writes the table of a batch, and returns its path. `existing` is what happens to another table
/// in the directory.
///
/// # Errors
/// Returns an error with the path if it cannot be written, or if another table must stay.
pub(crate) fn write_table(
    directory: &Path,
    batch: &Batch,
    entries: &BTreeMap<usize, Entry>,
    existing: Existing,
) -> Result<PathBuf, Failure> {
    let bytes = RunTable::from_entries(batch, entries).to_csv()?;
    let table = directory.join(TABLE);
    if fs::read(&table).is_ok_and(|there| there == bytes) {
        sweep_manifest::write(directory, batch, entries, existing)?;
        return Ok(table);
    }
    for name in [TABLE, EXPORT, SWEEP] {
        output::check(&directory.join(name), existing)?;
    }
    let page = directory.join(REPORT);
    let is_own = existing == Existing::Replaced || report_file::is_own(&page);
    output::check(&page, Existing::with_force(is_own))?;
    // The exported form of an earlier table does not belong to this one.
    let old = directory.join(EXPORT);
    match fs::remove_file(&old) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Failure::file("remove", &old)(error));
        }
        _ => {}
    }
    match existing {
        // The hidden file that a killed process left is replaced, too.
        Existing::Replaced => write_whole(&table, &bytes)?,
        Existing::Kept => output::write(&table, &bytes, existing)?,
    }
    sweep_manifest::write(directory, batch, entries, existing)?;
    Ok(table)
}

/// Writes the table of the ledgers in the directories `batches` into `out`, or into the first of
/// them. Another table in `out` is replaced only with `force`.
///
/// # Errors
/// Returns an error if a ledger cannot be read, if the ledgers are of different batches, if runs
/// are missing, or if `out` has another table.
pub(crate) fn merge(
    batches: &[PathBuf],
    out: Option<&Path>,
    force: bool,
) -> Result<BatchEnd, Failure> {
    let mut all: Option<Batch> = None;
    let mut entries: BTreeMap<usize, Entry> = BTreeMap::new();
    for directory in batches {
        let mut found = false;
        let names =
            fs::read_dir(directory).map_err(Failure::file("read the directory", directory))?;
        let mut paths: Vec<PathBuf> = names.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if !(name.starts_with("ledger") && name.ends_with(".jsonl")) {
                continue;
            }
            let Some((batch, more)) = ledger_lines::read_begun(&path)? else {
                continue;
            };
            found = true;
            if all.as_ref().is_some_and(|all| !batch.is_part_of_same(all)) {
                let command = batch.command;
                return Err(ExperimentError::MixedBatches { path, command }.into());
            }
            all = Some(batch);
            for (run, entry) in more {
                // If a run is in two ledgers, one that did not fail counts.
                let known = entries
                    .get(&run)
                    .is_some_and(|known| known.failed.is_none());
                if !known {
                    entries.insert(run, entry);
                }
            }
        }
        if !found {
            return Err(ExperimentError::NoLedger(directory.clone()).into());
        }
    }
    let Some(batch) = all else {
        return Err(ExperimentError::NoBatch.into());
    };
    let missing = batch.runs - entries.len();
    if missing > 0 {
        let runs = batch.runs;
        return Err(ExperimentError::MissingRuns { missing, runs }.into());
    }
    let directory = out.unwrap_or(&batches[0]);
    create_directories(directory)?;
    // The table beside a ledger belongs to the batch.
    let is_own = |batch: &PathBuf| is_same_file(batch, directory).unwrap_or(false);
    let existing = Existing::with_force(force || batches.iter().any(is_own));
    sweep_manifest::copy_scenario(&batches[0], directory, existing)?;
    let table = write_table(directory, &batch, &entries, existing)?;
    let failed = entries.values().filter(|entry| entry.failed.is_some());
    Ok(BatchEnd {
        directory: directory.to_owned(),
        runs: batch.runs,
        failed: failed.count(),
        table: Some(table),
        hint: None,
    })
}
