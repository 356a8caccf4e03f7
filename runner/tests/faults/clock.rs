//! Faults of the wall clock: it jumps by years in both directions each time it is read, and
//! files have modification times in the future or in the wrong order.
//!
//! Invariant: no result, no choice of a checkpoint and no duration depends on the wall clock.

use std::{
    fs::{self, File},
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use crate::{
    common::{done, json, names, patchday},
    harness::{
        Numbers, Results, continue_to_end, inject_fault, paused_at, resume, run, shim, succeed,
        sweep, table,
    },
};

/// Makes the wall clock of a command jump by up to `days` in both directions.
fn with_jumping_clock(mut command: Command, days: &str) -> Command {
    if let Some(shim) = shim() {
        command.env("LD_PRELOAD", shim).env("FAULT_CLOCK", days);
    }
    command
}

/// Sets the modification times of a directory and of all files in it to different times in the
/// future.
fn set_future_times(directory: &Path, numbers: &mut Numbers) {
    for name in names(directory) {
        let path = directory.join(name);
        if path.is_dir() {
            set_future_times(&path, numbers);
        }
        let ahead = Duration::from_secs(numbers.below(3_000_000_000));
        let file = File::open(&path).unwrap();
        file.set_modified(SystemTime::now() + ahead).unwrap();
    }
}

#[test]
fn a_run_whose_clock_jumps_has_the_same_bytes_and_plausible_durations() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    // The last one reaches back to before 1970.
    for days in ["1", "300", "40000"] {
        let directory = root.path().join(format!("run-{days}"));
        let ended = succeed(with_jumping_clock(
            run(&directory, &["--shards", "3"]),
            days,
        ));
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        assert!(Results::read(&directory) == undisturbed, "{days}");
        // The printed durations of the checkpoints and of the run are short.
        let said = ended
            .err
            .lines()
            .filter(|line| line.starts_with("checkpoint: "));
        let plausible = |line: &str| line.ends_with(" s") || line.ends_with(" min");
        assert!(
            said.clone().count() == 2 && said.clone().all(plausible),
            "{}",
            ended.err
        );
        let wall = json(&directory.join("manifest.json"))["wall_s"].as_f64();
        assert!(
            wall.is_some_and(|wall| (0.0..3_600.0).contains(&wall)),
            "{wall:?}"
        );
    }
}

#[test]
fn a_killed_run_resumes_with_the_same_bytes_when_the_clock_jumps() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    for at in [12, 22] {
        let directory = root.path().join(format!("run-{at}"));
        let mut command = with_jumping_clock(run(&directory, &[]), "9000");
        inject_fault(&mut command, "kill", "/.series.csv", at..=at);
        assert_eq!(done(command).code, None, "the fault kills it");
        let newest = names(&directory.join("checkpoints")).pop_last().unwrap();
        let resumed = succeed(with_jumping_clock(resume(&directory), "9000"));
        assert!(resumed.err.contains(&newest), "{}", resumed.err);
        assert!(Results::read(&directory) == undisturbed, "{at}");
    }
}

#[test]
fn the_status_of_a_run_has_plausible_durations_when_the_clock_jumps() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let child = paused_at(
        with_jumping_clock(run(&directory, &[]), "9000"),
        "/.series.csv",
        22,
    );
    let status = fs::read(directory.join(".live.json"));
    continue_to_end(child);
    let status: serde_json::Value = serde_json::from_slice(&status.unwrap()).unwrap();
    let elapsed = status["elapsed_s"].as_f64();
    assert!(
        elapsed.is_some_and(|time| (0.0..3_600.0).contains(&time)),
        "{status}"
    );
    let left = &status["left_s"];
    let plausible = |time: f64| (0.0..3_600.0).contains(&time);
    assert!(
        left.is_null() || left.as_f64().is_some_and(plausible),
        "{status}"
    );
    assert!(
        status["begun"].as_i64().is_some_and(|begun| begun >= 0),
        "{status}"
    );
}

#[test]
fn a_sweep_whose_clock_jumps_has_the_same_table() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let (whole, batch) = (root.path().join("whole"), root.path().join("batch"));
    succeed(sweep(&whole, &[]));
    let mut command = with_jumping_clock(sweep(&batch, &[]), "9000");
    inject_fault(&mut command, "kill", "ledger.jsonl", 6..=6);
    assert_eq!(done(command).code, None, "the fault kills it");
    set_future_times(&batch, &mut Numbers(3));
    succeed(with_jumping_clock(sweep(&batch, &["--resume"]), "9000"));
    assert!(table(&batch) == table(&whole));
}

#[test]
fn checkpoints_are_chosen_by_name_and_not_by_modification_time() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let directory = root.path().join("run");
    let mut numbers = Numbers(4);
    for _ in 0..4 {
        let mut command = run(&directory, &["--force"]);
        inject_fault(&mut command, "kill", "/.series.csv", 24..=24);
        assert_eq!(done(command).code, None, "the fault kills it");
        set_future_times(&directory, &mut numbers);
        let newest = names(&directory.join("checkpoints")).pop_last().unwrap();
        let resumed = succeed(resume(&directory));
        assert!(resumed.err.contains(&newest), "{}", resumed.err);
        assert!(Results::read(&directory) == undisturbed);
    }
    set_future_times(&directory, &mut numbers);
    for words in [
        &["verify", "--threads", "1"][..],
        &["report"],
        &["export", "--as", "csv"],
    ] {
        let mut command = patchday(words);
        command.arg(&directory);
        succeed(command);
    }
    let mut command = patchday(&["diff"]);
    command.arg(&directory).arg(root.path().join("undisturbed"));
    succeed(command);
}
