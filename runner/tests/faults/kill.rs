//! The process is killed, or the power cut, at every moment it changes a file: in the middle
//! of a row, a checkpoint, a line of the ledger, between the files of the end.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    common::{done, json, names, patchday},
    stage::{Dice, Results, fine, meets, resume, run, shim, sweep, table},
};

/// Carries out a command that is killed in its operation `at` on a path; whether it came
/// so far.
fn killed(mut command: Command, kind: &str, path: &str, at: u64) -> bool {
    meets(&mut command, kind, path, at..=at);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    let status = quiet.status().unwrap();
    match status.signal() {
        Some(9) => true,
        _ => {
            assert_eq!(status.code(), Some(0), "{kind} at {at}");
            false
        }
    }
}

/// Moments at which to kill, up to the end, in strides of at most `stride`.
fn moments(seed: u64, stride: u64, mut kill: impl FnMut(u64) -> bool) -> u32 {
    let mut dice = Dice(seed);
    let (mut at, mut kills) = (1, 0);
    while kill(at) {
        at += 1 + dice.below(stride);
        kills += 1;
    }
    kills
}

#[test]
fn a_run_killed_at_any_moment_goes_on_to_the_same_bytes() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    for (kind, seed) in [("kill", 2007), ("cut", 2010)] {
        let mut dice = Dice(seed);
        let kills = moments(seed, 5, |at| {
            let directory = root.path().join(format!("{kind}-{at}"));
            if !killed(run(&directory, &[]), kind, &format!("/{kind}-"), at) {
                return false;
            }
            // It may have been killed with everything done.
            let manifest = directory.join("manifest.json");
            if manifest.exists() && json(&manifest)["complete"] == true {
                assert!(Results::of(&directory) == undisturbed, "{kind} at {at}");
                return true;
            }
            // The command itself, repeated, does what is left; the second time it is killed, too.
            let again = || run(&directory, &["--resume"]);
            let second = 1 + dice.below(60);
            if killed(again(), kind, &format!("/{kind}-"), second) {
                fine(again());
            }
            assert!(Results::of(&directory) == undisturbed, "{kind} at {at}");
            // Nothing is left of what was not written to its end.
            let left = |place: &Path| names(place).iter().any(|name| name.ends_with("partial"));
            assert!(!left(&directory) && !left(&directory.join("checkpoints")));
            fs::remove_dir_all(&directory).unwrap();
            true
        });
        assert!(kills > 20, "{kind}: {kills}");
    }
}

#[test]
fn a_run_killed_goes_on_from_its_directory_alone_or_says_how_to_begin() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let (mut gone_on, mut begun) = (0, 0);
    moments(1, 9, |at| {
        let directory = root.path().join(format!("run-{at}"));
        if !killed(run(&directory, &[]), "kill", "/run-", at) {
            return false;
        }
        let ended = done(resume(&directory));
        if ended.code == Some(0) {
            gone_on += 1;
            assert!(Results::of(&directory) == undisturbed, "{at}");
            return true;
        }
        assert_eq!(ended.code, Some(2), "{at}: {}", ended.err);
        if let Some((_, line)) = ended.err.split_once("to run it again from the start: ") {
            begun += 1;
            let mut command = Command::new("sh");
            command.args(["-c", line]);
            fine(command);
            assert!(Results::of(&directory) == undisturbed, "{at}");
        } else if ended.err.contains("the run is complete") {
            // Only its report was still to be made.
            assert!(Results::of(&directory) == undisturbed, "{at}");
        } else {
            // It had not begun.
            let none = ended.err.contains("no run directory") || !directory.exists();
            assert!(none, "{at}: {}", ended.err);
            fine(run(&directory, &[]));
        }
        true
    });
    assert!(gone_on > 5 && begun > 1, "{gone_on} {begun}");
}

#[test]
fn a_run_killed_while_it_replaces_another_is_the_old_one_or_the_new_one() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let directory = root.path().join("run");
    fine(run(&directory, &["--seed", "8"]));
    let old = Results::of(&directory);
    let mut seen = [0, 0];
    let kills = moments(3, 4, |at| {
        fine(run(&directory, &["--seed", "8", "--force"]));
        if !killed(run(&directory, &["--force"]), "kill", "/run", at) {
            return false;
        }
        let manifest = json(&directory.join("manifest.json"));
        if manifest["seed"] == 8 {
            seen[0] += 1;
            assert!(Results::of(&directory) == old, "{at}");
        } else {
            seen[1] += 1;
            // A complete one had only its report still to make.
            match manifest["complete"] == true {
                true => assert!(Results::of(&directory) == undisturbed, "{at}"),
                false => assert_eq!(manifest["digest"], serde_json::Value::Null, "{at}"),
            }
        }
        fine(run(&directory, &["--force"]));
        assert!(Results::of(&directory) == undisturbed, "{at}");
        true
    });
    assert!(kills > 15 && seen[0] > 1 && seen[1] > 10, "{seen:?}");
}

#[test]
fn a_batch_killed_at_any_moment_goes_on_to_the_same_table() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let whole = root.path().join("whole");
    fine(sweep(&whole, &[]));
    let expected = table(&whole);
    for kind in ["kill", "cut"] {
        let kills = moments(5, 2, |at| {
            let directory = root.path().join(format!("{kind}-{at}"));
            if !killed(sweep(&directory, &[]), kind, &format!("/{kind}-"), at) {
                return false;
            }
            killed(
                sweep(&directory, &["--resume"]),
                kind,
                &format!("/{kind}-{at}"),
                at % 7 + 1,
            );
            fine(sweep(&directory, &["--resume"]));
            assert!(table(&directory) == expected, "{kind} at {at}");
            true
        });
        assert!(kills > 8, "{kind}: {kills}");
    }
}

#[test]
fn parts_of_a_batch_killed_at_any_moment_merge_to_the_same_table() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let whole = root.path().join("whole");
    fine(sweep(&whole, &[]));
    let expected = table(&whole);
    let parts = root.path().join("parts");
    let part = |number: &str, more: &[&str]| {
        let mut command = sweep(&parts, more);
        command.args(["--shard", number]);
        command
    };
    assert!(killed(part("1/2", &[]), "kill", "ledger-1-of-2", 5));
    assert!(killed(part("2/2", &[]), "cut", "ledger-2-of-2", 6));
    fine(part("1/2", &["--resume"]));
    let merge = || {
        let mut command = patchday(&["merge"]);
        command.arg(&parts);
        command
    };
    let early = done(merge());
    assert_eq!(early.code, Some(2), "{}", early.err);
    assert!(early.err.contains("runs are missing"), "{}", early.err);
    fine(part("2/2", &["--resume"]));
    moments(9, 1, |at| {
        let alive = !killed(merge(), "kill", "runs.csv", at);
        // A table is whole or not there.
        assert!(!parts.join("runs.csv").exists() || table(&parts) == expected);
        !alive
    });
    assert!(table(&parts) == expected);
}
