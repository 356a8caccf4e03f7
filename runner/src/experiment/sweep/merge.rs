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
            kept_store::KeptStore,
            ledger_lines::{self, Batch, Entry},
            table::RunTable,
        },
        sweep::{kept_series, page_data::scenario, point_table, sweep_manifest},
    },
    host::{durable::create_directories, error::Failure},
    report::run::report_file,
    store::{
        atomic_file::{Existing, write_whole},
        layout::{POINTS, REPORT, SWEEP, TABLE},
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

/// Writes the tables of a batch, and returns the path of that of its runs: with replicates also that
/// of its points, and its kept series, which are in `stores`. `existing` is what happens to other
/// tables in the directory. The scenario of the batch is in the directory.
///
/// # Errors
/// Returns an error with the path if one cannot be written, or if another table must stay.
pub(crate) fn write_table(
    directory: &Path,
    (batch, entries): (&Batch, &BTreeMap<usize, Entry>),
    stores: &[KeptStore],
    existing: Existing,
) -> Result<PathBuf, Failure> {
    let runs = RunTable::from_entries(batch, entries);
    let bytes = runs.to_csv()?;
    let table = directory.join(TABLE);
    let is_same = fs::read(&table).is_ok_and(|there| there == bytes);
    // The other tables belong to the same runs.
    let existing = Existing::with_force(is_same || existing == Existing::Replaced);
    if batch.replicates > 1 {
        let points = point_table::to_csv(&runs, scenario(directory).as_ref())?;
        put(&directory.join(POINTS), &points, existing)?;
    }
    if !batch.keep.is_empty() {
        kept_series::write(directory, batch, entries, stores, existing)?;
    }
    if is_same {
        sweep_manifest::write(directory, batch, entries, existing)?;
        return Ok(table);
    }
    for name in [TABLE, EXPORT, SWEEP] {
        output::check(&directory.join(name), existing)?;
    }
    let page = directory.join(REPORT);
    let is_own = existing == Existing::Replaced || report_file::is_own(&page);
    output::check(&page, Existing::with_force(is_own))?;
    // The exported forms of earlier tables do not belong to these.
    for name in [EXPORT, "points.parquet", "series.parquet", "bands.parquet"] {
        let old = directory.join(name);
        match fs::remove_file(&old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::file("remove", &old)(error));
            }
            _ => {}
        }
    }
    put(&table, &bytes, existing)?;
    sweep_manifest::write(directory, batch, entries, existing)?;
    Ok(table)
}

fn put(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), Failure> {
    match existing {
        // The hidden file that a killed process left is replaced, too.
        Existing::Replaced => write_whole(path, bytes)?,
        Existing::Kept => output::write(path, bytes, existing)?,
    }
    Ok(())
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
    let stores = batches.iter();
    let stores = stores.map(|part| KeptStore::new(part, &batch.batch, &batch.keep));
    let stores: Vec<KeptStore> = stores.collect();
    let table = write_table(directory, (&batch, &entries), &stores, existing)?;
    let failed = entries.values().filter(|entry| entry.failed.is_some());
    Ok(BatchEnd {
        directory: directory.to_owned(),
        runs: batch.runs,
        failed: failed.count(),
        table: Some(table),
        hint: None,
    })
}
