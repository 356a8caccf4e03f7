//! Work that has not come to its end: why nothing can be made of its directory yet, and what to
//! do. Whoever is under way holds a lock, on the directory of a run or on the ledger of a batch;
//! where there are no locks, that it goes on is not denied.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use crate::{
    experiment::storage::{answer::ANSWER, ledger},
    host::error::Failure,
    store::{
        command_line::quoted,
        layout::{MANIFEST, TABLE},
        lock::is_locked,
        manifest::Manifest,
        resume_command::{self, ResumeHint},
    },
};

/// Refuses what is no directory, and the directory of a run or sweep that has not ended.
///
/// # Errors
/// How it stands, and what to do.
pub(crate) fn refuse(directory: &Path) -> Result<(), Failure> {
    let place = directory.display();
    if !directory.is_dir() {
        return Err(Failure::usage(match directory.exists() {
            true => {
                format!("{place}: it is a file, and not the directory of a run or an experiment")
            }
            false => format!("{place}: there is no such directory"),
        }));
    }
    let why = if directory.join(MANIFEST).exists() {
        of_run(directory)?
    } else if [TABLE, ANSWER]
        .iter()
        .any(|name| directory.join(name).exists())
    {
        None
    } else if is_locked(directory) == Some(true) {
        Some("the run is being prepared".to_owned())
    } else {
        of_batch(directory)?
    };
    why.map_or(Ok(()), |why| Err(Failure::usage(format!("{place}: {why}"))))
}

/// Of a run, if it has not ended.
fn of_run(directory: &Path) -> Result<Option<String>, Failure> {
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
        None => Some(format!("the run has not come to its end; {watch}")),
        // It may have come to its end meanwhile.
        Some(false) if Manifest::read(directory)?.has_ended() => None,
        Some(false) => {
            let again = ResumeHint {
                saved: false,
                command: resume_command::of_run(directory, &[]),
            };
            let words = again.text(&manifest, directory);
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

/// Of a sweep without its table, if there are ledgers of one.
fn of_batch(directory: &Path) -> Result<Option<String>, Failure> {
    let paths = ledgers(directory);
    let mut ended = std::collections::BTreeSet::new();
    let mut known = None;
    for path in &paths {
        let (batch, entries) = ledger::read(path)?;
        ended.extend(entries.into_keys());
        known.get_or_insert(batch);
    }
    let Some(batch) = known else { return Ok(None) };
    let (done, all) = (ended.len(), batch.runs);
    let merge = format!("patchday merge {}", quoted(&directory.to_string_lossy()));
    let parts = batch.shard.1 > 1;
    let stands = format!("{done} of the {all} runs of the sweep have ended, and its table is made");
    let command = resume_command::of_begun_batch(&batch.command_words, &batch.command);
    Ok(Some(if paths.iter().any(|path| is_held(path)) {
        match parts {
            true => format!("the sweep is under way: {stands} of all its parts by: {merge}"),
            false => format!("the sweep is under way: {stands} when all have"),
        }
    } else if done >= all {
        format!("all {all} runs of the sweep have ended; to make its table: {merge}")
    } else if parts {
        format!("{stands} when all have, by: {merge}; to go on with a part: {command}")
    } else {
        format!("the sweep was stopped: {stands} when all have; to go on: {command}")
    }))
}

/// Whether somebody writes into a ledger.
fn is_held(path: &Path) -> bool {
    let locked = |file: File| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    File::open(path).is_ok_and(locked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::storage::ledger::{Batch, Entries, Entry, Ledger},
        results::figures::{Figures, Outcome},
        store::command_line::CommandLine,
    };

    fn why(directory: &Path) -> String {
        let refused = refuse(directory).unwrap_err();
        assert_eq!(refused.exit() as u8, 2);
        refused.to_string()
    }

    #[test]
    fn what_is_no_directory_is_called_what_it_is() {
        let root = tempfile::tempdir().unwrap();
        assert!(refuse(root.path()).is_ok());
        assert!(why(&root.path().join("x")).contains("no such directory"));
        let file = root.path().join("file");
        fs::write(&file, "mine").unwrap();
        assert!(why(&file).contains("it is a file"));
    }

    #[test]
    fn a_sweep_without_its_table_says_how_far_it_is_and_how_it_goes_on() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("ledger.jsonl");
        let batch = Batch {
            batch: "x".into(),
            shard: (1, 1),
            runs: 2,
            factors: vec!["a".into()],
            points: vec![vec!["1".into()]],
            replicates: 2,
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
        let mut ledger = Ledger::begin(&path, &batch, false).unwrap();
        let mut known = Entries::new();
        let mut add = |ledger: &mut Ledger, run| {
            let (digest, figures) = ("0".into(), Figures::new());
            let entry = Entry::of(run, &Outcome::Done { digest, figures }, 1.0);
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
        assert!(refuse(root.path()).is_ok());
    }
}
