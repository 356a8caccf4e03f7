//! Checks that a run or sweep has finished, before its directory is reported on or exported.
//!
//! A running process holds a lock, on the directory of a run or on the ledger of a batch. On file
//! systems without locks, a run that has not finished may still be running, and messages allow for
//! that.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use crate::{
    experiment::{
        error::ExperimentError,
        storage::{answer::ANSWER, ledger_lines},
    },
    host::error::Failure,
    store::{
        command_line::quoted,
        layout::{MANIFEST, TABLE},
        manifest::Manifest,
        place::lock::is_locked,
        resume_command::{self, ResumeHint},
    },
};

/// Checks that `directory` does not contain an unfinished run or sweep.
///
/// # Errors
/// Returns an error with the state of the run or sweep, and the command that finishes it, if it has
/// not finished. Also if `directory` is not a directory.
pub(crate) fn check_finished(directory: &Path) -> Result<(), Failure> {
    if !directory.is_dir() {
        let path = directory.to_owned();
        return Err(if directory.exists() {
            ExperimentError::NotADirectory(path)
        } else {
            ExperimentError::NoDirectory(path)
        }
        .into());
    }
    let why = if directory.join(MANIFEST).exists() {
        why_run(directory)?
    } else if [TABLE, ANSWER]
        .iter()
        .any(|name| directory.join(name).exists())
    {
        None
    } else if is_locked(directory) == Some(true) {
        Some("the run is being prepared".to_owned())
    } else {
        why_batch(directory)?
    };
    why.map_or(Ok(()), |state| {
        let directory = directory.to_owned();
        Err(ExperimentError::Unfinished { directory, state }.into())
    })
}

/// The reason why a run has not finished; `None` if it has.
fn why_run(directory: &Path) -> Result<Option<String>, Failure> {
    let manifest = Manifest::read(directory)?;
    if manifest.has_ended() {
        return Ok(None);
    }
    let place = quoted(&directory.to_string_lossy());
    let watch = format!("to see how far it is: patchday watch {place}");
    Ok(match is_locked(directory) {
        Some(true) => Some(format!(
            "the run is under way, and has no results yet; {watch}"
        )),
        None => Some(format!("the run has not ended; {watch}")),
        // The run may have ended since the manifest was read.
        Some(false) if Manifest::read(directory)?.has_ended() => None,
        Some(false) => {
            let hint = ResumeHint {
                saved: false,
                command: resume_command::for_run(directory, &[]),
            };
            let words = hint.text(&manifest, directory);
            Some(format!("the run was killed before its end; {words}"))
        }
    })
}

/// The ledgers in a directory.
fn ledgers(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    paths.sort();
    paths
}

/// The reason why a sweep has no table; `None` if there are no ledgers.
fn why_batch(directory: &Path) -> Result<Option<String>, Failure> {
    let paths = ledgers(directory);
    let mut ended = std::collections::BTreeSet::new();
    let mut known = None;
    for path in &paths {
        let Some((batch, entries)) = ledger_lines::read_begun(path)? else {
            continue;
        };
        ended.extend(entries.into_keys());
        known.get_or_insert(batch);
    }
    let Some(batch) = known else { return Ok(None) };
    let (done, all) = (ended.len(), batch.runs);
    let merge = format!("patchday merge {}", quoted(&directory.to_string_lossy()));
    let in_parts = !batch.shard.is_whole();
    let stands = format!("{done} of the {all} runs of the sweep have ended, and its table is made");
    let command = resume_command::for_begun_batch(&batch.command_words, &batch.command);
    Ok(Some(if paths.iter().any(|path| is_writing(path)) {
        if in_parts {
            format!("the sweep is under way: {stands} of all its parts by: {merge}")
        } else {
            format!("the sweep is under way: {stands} when all have")
        }
    } else if done >= all {
        format!("all {all} runs of the sweep have ended; to make its table: {merge}")
    } else if in_parts {
        format!("{stands} when all have, by: {merge}; to resume a part: {command}")
    } else {
        format!("the sweep was stopped: {stands} when all have; to resume: {command}")
    }))
}

/// Whether a process is writing into a ledger.
fn is_writing(path: &Path) -> bool {
    let locked = |file: File| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    File::open(path).is_ok_and(locked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::storage::{
            ledger::Ledger,
            ledger_lines::{Batch, Entries, Entry, Shard},
        },
        results::figures::{Figures, Outcome},
        store::command_line::CommandLine,
    };

    fn why(directory: &Path) -> String {
        let refused = check_finished(directory).unwrap_err();
        assert_eq!(refused.exit() as u8, 2);
        refused.to_string()
    }

    #[test]
    fn a_file_and_a_missing_directory_are_reported_as_such() {
        let root = tempfile::tempdir().unwrap();
        assert!(check_finished(root.path()).is_ok());
        assert!(why(&root.path().join("x")).contains("no such directory"));
        let file = root.path().join("file");
        fs::write(&file, "mine").unwrap();
        assert!(why(&file).contains("it is a file"));
    }

    #[test]
    fn a_sweep_without_its_table_gives_its_progress_and_the_next_command() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("ledger.jsonl");
        let batch = Batch {
            batch: "x".into(),
            shard: Shard::WHOLE,
            runs: 2,
            factors: vec!["a".into()],
            points: vec![vec!["1".into()]],
            replicates: 2,
            keep: Vec::new(),
            seed: 1,
            command: String::new(),
            command_words: CommandLine::new([
                "sweep", "x.toml", "--force", "--vary", "a=1 2", "--out", "d",
            ]),
            reproduce: Default::default(),
            scale: None,
            title: None,
            version: None,
        };
        let mut ledger = Ledger::create(&path, &batch, false).unwrap();
        let mut known = Entries::new();
        let mut add = |ledger: &mut Ledger, run| {
            let (digest, figures) = ("0".into(), Figures::new());
            let entry = Entry::new(run, &Outcome::Done { digest, figures }, 1.0);
            ledger.add(&entry, &known).unwrap();
            known.insert(run, entry);
        };
        add(&mut ledger, 1);
        let said = why(root.path());
        assert!(said.contains("under way: 1 of the 2 runs"), "{said}");
        drop(ledger);
        let said = why(root.path());
        assert!(said.contains("was stopped: 1 of the 2 runs"), "{said}");
        assert!(
            said.ends_with(" sweep x.toml --vary 'a=1 2' --out d --resume"),
            "{said}"
        );
        let (mut ledger, ..) = Ledger::reopen(&path, &batch).unwrap();
        add(&mut ledger, 0);
        drop(ledger);
        let said = why(root.path());
        assert!(
            said.contains("all 2 runs of the sweep have ended; to make its table: patchday merge "),
            "{said}"
        );
        fs::write(root.path().join(TABLE), "").unwrap();
        assert!(check_finished(root.path()).is_ok());
    }
}
