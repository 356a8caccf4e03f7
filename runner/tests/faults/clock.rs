//! The clock of the wall jumps, by years, forth and back, at every look; and files are of the
//! future, or older than what they were made from. No result, no choice of a checkpoint and no
//! duration depends on it.

use std::{
    fs::{self, File},
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use crate::{
    common::{done, json, names, patchday},
    stage::{Dice, Results, fine, held, let_go, meets, resume, run, shim, sweep, table},
};

/// Makes the clock of a command jump by up to so many days.
fn jumps(mut command: Command, days: &str) -> Command {
    if let Some(shim) = shim() {
        command.env("LD_PRELOAD", shim).env("FAULT_CLOCK", days);
    }
    command
}

/// Gives every file below a directory, and the directory, a time of its own in the future.
fn in_the_future(directory: &Path, dice: &mut Dice) {
    for name in names(directory) {
        let path = directory.join(name);
        if path.is_dir() {
            in_the_future(&path, dice);
        }
        let ahead = Duration::from_secs(dice.below(3_000_000_000));
        let file = File::open(&path).unwrap();
        file.set_modified(SystemTime::now() + ahead).unwrap();
    }
}

#[test]
fn a_run_whose_clock_jumps_has_the_same_bytes_and_tells_of_plausible_times() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    // By less than a year and back to before 1970.
    for days in ["1", "300", "40000"] {
        let directory = root.path().join(format!("run-{days}"));
        let ended = fine(jumps(run(&directory, &["--shards", "3"]), days));
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        assert!(Results::of(&directory) == undisturbed, "{days}");
        // A checkpoint took less than a day, and so did all of it.
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
fn a_run_that_is_killed_goes_on_under_a_clock_that_jumps() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    for at in [12, 22] {
        let directory = root.path().join(format!("run-{at}"));
        let mut command = jumps(run(&directory, &[]), "9000");
        meets(&mut command, "kill", "/.series.csv", at..=at);
        assert_eq!(done(command).code, None, "it is killed");
        let newest = names(&directory.join("checkpoints")).pop_last().unwrap();
        let gone_on = fine(jumps(resume(&directory), "9000"));
        assert!(gone_on.err.contains(&newest), "{}", gone_on.err);
        assert!(Results::of(&directory) == undisturbed, "{at}");
    }
}

#[test]
fn a_run_under_way_says_plausible_times_of_itself() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let child = held(jumps(run(&directory, &[]), "9000"), "/.series.csv", 22);
    let said = fs::read(directory.join(".live.json"));
    let_go(child);
    let said: serde_json::Value = serde_json::from_slice(&said.unwrap()).unwrap();
    let elapsed = said["elapsed_s"].as_f64();
    assert!(
        elapsed.is_some_and(|time| (0.0..3_600.0).contains(&time)),
        "{said}"
    );
    let left = &said["left_s"];
    let plausible = |time: f64| (0.0..3_600.0).contains(&time);
    assert!(
        left.is_null() || left.as_f64().is_some_and(plausible),
        "{said}"
    );
    assert!(
        said["begun"].as_i64().is_some_and(|begun| begun >= 0),
        "{said}"
    );
}

#[test]
fn a_batch_whose_clock_jumps_has_the_same_table() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let (whole, batch) = (root.path().join("whole"), root.path().join("batch"));
    fine(sweep(&whole, &[]));
    let mut command = jumps(sweep(&batch, &[]), "9000");
    meets(&mut command, "kill", "ledger.jsonl", 6..=6);
    assert_eq!(done(command).code, None, "it is killed");
    in_the_future(&batch, &mut Dice(3));
    fine(jumps(sweep(&batch, &["--resume"]), "9000"));
    assert!(table(&batch) == table(&whole));
}

#[test]
fn files_of_the_future_are_read_by_their_names_and_not_by_their_times() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let directory = root.path().join("run");
    let mut dice = Dice(4);
    for _ in 0..4 {
        let mut command = run(&directory, &["--force"]);
        meets(&mut command, "kill", "/.series.csv", 24..=24);
        assert_eq!(done(command).code, None, "it is killed");
        in_the_future(&directory, &mut dice);
        let newest = names(&directory.join("checkpoints")).pop_last().unwrap();
        let gone_on = fine(resume(&directory));
        assert!(gone_on.err.contains(&newest), "{}", gone_on.err);
        assert!(Results::of(&directory) == undisturbed);
    }
    in_the_future(&directory, &mut dice);
    for words in [
        &["verify", "--threads", "1"][..],
        &["report"],
        &["export", "--as", "csv"],
    ] {
        let mut command = patchday(words);
        command.arg(&directory);
        fine(command);
    }
    let mut command = patchday(&["diff"]);
    command.arg(&directory).arg(root.path().join("undisturbed"));
    fine(command);
}
