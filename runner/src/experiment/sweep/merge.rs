//! `patchday merge`: one table of the parts of a sweep.
//!
//! The table of a batch has the same bytes whether the batch ran in one piece or in
//! parts, on one machine or several.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    commands::{question_options::MergeOptions, report},
    experiment::storage::{
        ledger::{self, Batch, Entry},
        table,
    },
    export::{format::Format, write},
    host::{
        console::print,
        error::{Exit, Failure},
    },
    store::{atomic_file::write_whole, layout::TABLE, manifest::json},
};

/// The same for other programs, if somebody asked for it.
const EXPORT: &str = "runs.parquet";

/// Writes the table whole, and exports it if it is to be.
pub(crate) fn write(
    directory: &Path,
    batch: &Batch,
    entries: &BTreeMap<usize, Entry>,
    format: Option<Format>,
) -> Result<(), Failure> {
    let bytes = table::table(batch, entries)?;
    // One of another table is not left beside this one.
    let old = directory.join(EXPORT);
    match fs::remove_file(&old) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Failure::file("remove", &old)(error));
        }
        _ => write_whole(&directory.join(TABLE), &bytes)?,
    }
    report::add(directory);
    if let Some(format) = format {
        write::beside(directory, format)?;
    }
    Ok(())
}

pub(crate) fn tell(
    as_json: bool,
    directory: &Path,
    runs: usize,
    failed: usize,
    whole: bool,
) -> Result<Exit, Failure> {
    let table = directory.join(TABLE);
    if as_json {
        print(&json(&serde_json::json!({
            "directory": directory.display().to_string(),
            "runs": runs,
            "failed": failed,
            "table": whole.then(|| table.display().to_string()),
        }))?)?;
    } else {
        let place = match whole {
            true => format!("table: {}", table.display()),
            false => format!("`patchday merge {}` makes the table", directory.display()),
        };
        print(&format!("{runs} runs, {failed} failed; {place}\n"))?;
    }
    match failed {
        0 => Ok(Exit::Fine),
        _ => Ok(Exit::Failed),
    }
}

/// `patchday merge`.
///
/// # Errors
/// That ledgers cannot be read, are of different batches, or lack runs.
pub fn merge(options: &MergeOptions) -> Result<Exit, Failure> {
    options.export.map_or(Ok(()), Format::check)?;
    let mut all: Option<Batch> = None;
    let mut entries: BTreeMap<usize, Entry> = BTreeMap::new();
    for directory in &options.batch {
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
            found = true;
            let (batch, more) = ledger::read(&path)?;
            if all.as_ref().is_some_and(|all| !batch.is_of(all)) {
                return Err(Failure::usage(format!(
                    "{}: it is of another batch than those before ({})",
                    path.display(),
                    batch.command
                )));
            }
            all = Some(batch);
            for (run, entry) in more {
                // Of a run in two ledgers, one that was done counts.
                let known = entries
                    .get(&run)
                    .is_some_and(|known| known.failed.is_none());
                if !known {
                    entries.insert(run, entry);
                }
            }
        }
        if !found {
            return Err(Failure::usage(format!(
                "{}: no ledger of a batch in it",
                directory.display()
            )));
        }
    }
    let Some(batch) = all else {
        return Err(Failure::usage("no batch to merge".into()));
    };
    let missing = batch.runs - entries.len();
    if missing > 0 {
        return Err(Failure::usage(format!(
            "{missing} of {} runs are missing; run or resume the shards that have them",
            batch.runs
        )));
    }
    let directory = options
        .out
        .clone()
        .unwrap_or_else(|| options.batch[0].clone());
    fs::create_dir_all(&directory).map_err(Failure::file("create the directory", &directory))?;
    write(&directory, &batch, &entries, options.export)?;
    let failed = entries
        .values()
        .filter(|entry| entry.failed.is_some())
        .count();
    tell(options.json, &directory, batch.runs, failed, true)
}
