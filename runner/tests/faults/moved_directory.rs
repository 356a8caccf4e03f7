//! The directory of an active run or sweep is removed or renamed, or its files are changed by
//! another process.
//!
//! Invariant: the directory is created again at the requested path, unless something else exists
//! there, which is never changed.

use std::{fs, path::Path};

use crate::{
    common::{done, json, names, send},
    harness::{Results, continue_to_end, paused_at, resume, run, shim, succeed, sweep, table},
};

/// An operation on the series after the second checkpoint and before the end of a run.
const LATE: u64 = 22;

#[test]
fn a_run_whose_directory_is_removed_or_renamed_completes_at_the_requested_path() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let directory = root.path().join("above/run");
    let moved = root.path().join("moved");
    type Disturbance = fn(&Path, &Path);
    let disturbances: [(&str, Disturbance); 5] = [
        ("removed", |directory, _| {
            fs::remove_dir_all(directory).unwrap()
        }),
        ("removed with its parent", |directory, _| {
            fs::remove_dir_all(directory.parent().unwrap()).unwrap();
        }),
        ("renamed", |directory, moved| {
            fs::rename(directory, moved).unwrap()
        }),
        ("replaced by an empty one", |directory, _| {
            fs::remove_dir_all(directory).unwrap();
            fs::create_dir(directory).unwrap();
        }),
        ("emptied", |directory, _| {
            for name in names(directory) {
                let path = directory.join(name);
                let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
            }
        }),
    ];
    for (what, disturb) in disturbances {
        for at in [6, 15, LATE] {
            let child = paused_at(run(&directory, &[]), "/.series.csv", at);
            disturb(&directory, &moved);
            let ended = continue_to_end(child);
            assert_eq!(ended.code, Some(0), "{what} at {at}: {}", ended.err);
            let warned = ended
                .err
                .contains("was removed or renamed; it is created again");
            assert_eq!(warned, what != "emptied", "{what} at {at}: {}", ended.err);
            assert!(Results::read(&directory) == undisturbed, "{what} at {at}");
            assert!(directory.join("config.toml").exists());
            if moved.exists() {
                // The renamed directory is that of a killed run.
                if at > 12 {
                    succeed(resume(&moved));
                    assert!(Results::read(&moved) == undisturbed, "{at}");
                }
                fs::remove_dir_all(&moved).unwrap();
            }
            fs::remove_dir_all(root.path().join("above")).unwrap();
        }
    }
}

#[test]
fn a_run_stopped_after_its_directory_was_removed_can_be_resumed() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let directory = root.path().join("run");
    let child = paused_at(run(&directory, &[]), "/.series.csv", 15);
    fs::remove_dir_all(&directory).unwrap();
    send(&child, "-TERM");
    let stopped = continue_to_end(child);
    assert_eq!(stopped.code, Some(130), "{}", stopped.err);
    succeed(resume(&directory));
    assert!(Results::read(&directory) == undisturbed);
}

#[test]
fn another_run_at_the_same_path_is_not_changed() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let child = paused_at(run(&directory, &[]), "/.series.csv", LATE);
    fs::remove_dir_all(&directory).unwrap();
    succeed(run(&directory, &["--seed", "9"]));
    let other = Results::read(&directory);
    let ended = continue_to_end(child);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(
        ended.err.contains("no results could be saved"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("another directory has its name"),
        "{}",
        ended.err
    );
    assert!(
        !ended.err.contains("the results so far are in"),
        "{}",
        ended.err
    );
    assert!(Results::read(&directory) == other);
    assert_eq!(json(&directory.join("manifest.json"))["seed"], 9);
}

#[test]
fn a_series_changed_by_another_process_stops_the_run_at_its_next_checkpoint() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    type Change = fn(&Path);
    let changes: [(&str, Change); 3] = [
        ("emptied", |series| drop(fs::File::create(series).unwrap())),
        ("truncated", |series| {
            let file = fs::OpenOptions::new().write(true).open(series).unwrap();
            file.set_len(2_000).unwrap();
        }),
        ("changed", |series| {
            let text = fs::read_to_string(series).unwrap();
            let file = fs::OpenOptions::new().write(true).open(series).unwrap();
            let mut bytes = text.into_bytes();
            *bytes.last_mut().unwrap() ^= 1;
            use std::io::Write;
            (&file).write_all(&bytes).unwrap();
        }),
    ];
    for (what, change) in changes {
        for (at, checkpoint) in [(15, "T010000Z"), (LATE, "T020000Z")] {
            let directory = root.path().join(format!("{what}-{at}"));
            let child = paused_at(run(&directory, &[]), "/.series.csv", at);
            change(&directory.join(".series.csv.partial"));
            let ended = continue_to_end(child);
            assert_eq!(ended.code, Some(3), "{what} at {at}: {}", ended.err);
            let said = "series.csv: another program changed it";
            assert!(ended.err.contains(said), "{what} at {at}: {}", ended.err);
            assert!(
                !directory.join("series.csv").exists(),
                "an invalid series is not a result"
            );
            let resumed = succeed(resume(&directory));
            assert!(resumed.err.contains(checkpoint), "{}", resumed.err);
            assert!(Results::read(&directory) == undisturbed, "{what} at {at}");
        }
    }
}

#[test]
fn a_sweep_whose_directory_is_removed_or_renamed_keeps_all_its_runs() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let (whole, moved) = (root.path().join("whole"), root.path().join("moved"));
    succeed(sweep(&whole, &[]));
    let directory = root.path().join("batch");
    // Operations within the line of a run.
    for at in [4, 6, 8, 10] {
        for renamed in [false, true] {
            let child = paused_at(sweep(&directory, &["--force"]), "ledger.jsonl", at);
            if renamed {
                fs::rename(&directory, &moved).unwrap();
            } else {
                fs::remove_dir_all(&directory).unwrap();
            }
            let ended = continue_to_end(child);
            assert_eq!(ended.code, Some(0), "{at}: {}", ended.err);
            assert!(table(&directory) == table(&whole), "{at}");
            // The new ledger contains all runs, too.
            fs::remove_file(directory.join("runs.csv")).unwrap();
            let again = succeed(sweep(&directory, &["--resume"]));
            assert!(
                again.err.contains(" 0 of them still to run"),
                "{}",
                again.err
            );
            assert!(table(&directory) == table(&whole), "{at}");
            if renamed {
                fs::remove_dir_all(&moved).unwrap();
            }
        }
    }
    // Another sweep at the same path is not changed.
    let child = paused_at(sweep(&directory, &["--force"]), "ledger.jsonl", 6);
    fs::remove_dir_all(&directory).unwrap();
    succeed(sweep(&directory, &["--seed", "3"]));
    let other = (
        table(&directory),
        fs::read(directory.join("ledger.jsonl")).unwrap(),
    );
    let ended = continue_to_end(child);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(
        ended.err.contains("another file has its name"),
        "{}",
        ended.err
    );
    let ledger = fs::read(directory.join("ledger.jsonl")).unwrap();
    assert!((table(&directory), ledger) == other);
    let refused = done(sweep(&directory, &["--resume"]));
    assert_eq!(refused.code, Some(2), "{}", refused.err);
}
