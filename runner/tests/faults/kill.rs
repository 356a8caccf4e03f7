//! The process is killed, or the power is cut, at any operation that changes a file: within a
//! row, a checkpoint or a line of the ledger, and between the result files.
//!
//! Units: operations on files, counted from 1.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    common::{done, json, names, patchday},
    harness::{Numbers, Results, fleet, inject_fault, resume, run, shim, succeed, sweep, table},
};

/// Runs a command that is killed at its operation `at` on paths that contain `path`. Returns
/// false if it completed before that operation.
fn killed(mut command: Command, kind: &str, path: &str, at: u64) -> bool {
    inject_fault(&mut command, kind, path, at..=at);
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

/// Calls `kill` with ascending operations, at most `stride` apart, until it returns false.
/// Returns the number of kills.
fn kill_at_operations(seed: u64, stride: u64, mut kill: impl FnMut(u64) -> bool) -> u32 {
    let mut numbers = Numbers(seed);
    let (mut at, mut kills) = (1, 0);
    while kill(at) {
        at += 1 + numbers.below(stride);
        kills += 1;
    }
    kills
}

#[test]
fn a_run_killed_at_any_operation_resumes_with_the_same_bytes() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    for (kind, seed) in [("kill", 2007), ("power-cut", 2010)] {
        let mut numbers = Numbers(seed);
        let kills = kill_at_operations(seed, 5, |at| {
            let directory = root.path().join(format!("{kind}-{at}"));
            if !killed(run(&directory, &[]), kind, &format!("/{kind}-"), at) {
                return false;
            }
            // It may have been killed after it was complete.
            let manifest = directory.join("manifest.json");
            if manifest.exists() && json(&manifest)["complete"] == true {
                assert!(Results::read(&directory) == undisturbed, "{kind} at {at}");
                return true;
            }
            // The same command with `--resume` completes the run, also if it is killed again.
            let resumed = || run(&directory, &["--resume"]);
            let second = 1 + numbers.below(60);
            if killed(resumed(), kind, &format!("/{kind}-"), second) {
                succeed(resumed());
            }
            assert!(Results::read(&directory) == undisturbed, "{kind} at {at}");
            // No partial files are left.
            let left = |path: &Path| names(path).iter().any(|name| name.ends_with("partial"));
            assert!(!left(&directory) && !left(&directory.join("checkpoints")));
            fs::remove_dir_all(&directory).unwrap();
            true
        });
        assert!(kills > 20, "{kind}: {kills}");
    }
}

#[test]
fn a_killed_run_resumes_from_its_directory_or_prints_the_command_to_restart() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let (mut resumed, mut restarted) = (0, 0);
    kill_at_operations(1, 9, |at| {
        let directory = root.path().join(format!("run-{at}"));
        if !killed(run(&directory, &[]), "kill", "/run-", at) {
            return false;
        }
        let ended = done(resume(&directory));
        if ended.code == Some(0) {
            resumed += 1;
            assert!(Results::read(&directory) == undisturbed, "{at}");
            return true;
        }
        assert_eq!(ended.code, Some(2), "{at}: {}", ended.err);
        if let Some((_, line)) = ended.err.split_once("to run it again from the start: ") {
            restarted += 1;
            let mut command = Command::new("sh");
            command.args(["-c", line]);
            succeed(command);
            assert!(Results::read(&directory) == undisturbed, "{at}");
        } else {
            // It was killed before it had a run directory.
            let none = ended.err.contains("not a run directory") || !directory.exists();
            assert!(none, "{at}: {}", ended.err);
            succeed(run(&directory, &[]));
        }
        true
    });
    assert!(resumed > 5 && restarted > 1, "{resumed} {restarted}");
}

#[test]
fn a_run_killed_while_it_replaces_another_leaves_the_old_or_the_new_one() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let directory = root.path().join("run");
    succeed(run(&directory, &["--seed", "8"]));
    let old = Results::read(&directory);
    let mut seen = [0, 0];
    let kills = kill_at_operations(3, 4, |at| {
        succeed(run(&directory, &["--seed", "8", "--force"]));
        if !killed(run(&directory, &["--force"]), "kill", "/run", at) {
            return false;
        }
        let manifest = json(&directory.join("manifest.json"));
        if manifest["seed"] == 8 {
            seen[0] += 1;
            assert!(Results::read(&directory) == old, "{at}");
        } else {
            seen[1] += 1;
            // A complete run was killed before it wrote its report.
            if manifest["complete"] == true {
                assert!(Results::read(&directory) == undisturbed, "{at}");
            } else {
                assert_eq!(manifest["digest"], serde_json::Value::Null, "{at}");
            }
        }
        succeed(run(&directory, &["--force"]));
        assert!(Results::read(&directory) == undisturbed, "{at}");
        true
    });
    assert!(kills > 15 && seen[0] > 1 && seen[1] > 10, "{seen:?}");
}

#[test]
fn a_sweep_killed_at_any_operation_resumes_to_the_same_table() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let whole = root.path().join("whole");
    succeed(sweep(&whole, &[]));
    let expected = table(&whole);
    for kind in ["kill", "power-cut"] {
        let kills = kill_at_operations(5, 2, |at| {
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
            succeed(sweep(&directory, &["--resume"]));
            assert!(table(&directory) == expected, "{kind} at {at}");
            true
        });
        assert!(kills > 8, "{kind}: {kills}");
    }
}

#[test]
fn parts_of_a_sweep_killed_at_any_operation_merge_to_the_same_table() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let whole = root.path().join("whole");
    // Which part a run belongs to follows from its key, so a build could give all of a few runs to one part.
    let many = ["--vary", "client.retry.exponential.base=5s,10s,20s,30s"];
    succeed(sweep(&whole, &many));
    let expected = table(&whole);
    let parts = root.path().join("parts");
    let part = |number: &str, more: &[&str]| {
        let mut command = sweep(&parts, &many);
        command.args(more).args(["--shard", number]);
        command
    };
    assert!(killed(part("1/2", &[]), "kill", "ledger-1-of-2", 5));
    assert!(killed(part("2/2", &[]), "power-cut", "ledger-2-of-2", 6));
    succeed(part("1/2", &["--resume"]));
    let merge = || {
        let mut command = patchday(&["merge"]);
        command.arg(&parts);
        command
    };
    let early = done(merge());
    assert_eq!(early.code, Some(2), "{}", early.err);
    assert!(early.err.contains("runs are missing"), "{}", early.err);
    succeed(part("2/2", &["--resume"]));
    kill_at_operations(9, 1, |at| {
        let alive = !killed(merge(), "kill", "runs.csv", at);
        // The table is complete or does not exist.
        assert!(!parts.join("runs.csv").exists() || table(&parts) == expected);
        !alive
    });
    assert!(table(&parts) == expected);
}

#[test]
fn a_killed_fork_or_tip_is_repeated_without_force() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let made = root.path().join("made");
    succeed(run(&made, &[]));
    for question in ["fork", "compare"] {
        let kills = kill_at_operations(8, 9, |at| {
            let out = root.path().join(format!("{question}-{at}"));
            let command = || {
                let mut command = if question == "fork" {
                    let mut fork = patchday(&["fork", "--at", "2h", "--try", "none"]);
                    fork.arg(&made);
                    fork
                } else {
                    let mut compare = patchday(&["compare", "--scale", "0.0002", "--until", "1h"]);
                    compare.args(["--vary", "servers.login.queue=5s,20s", "--reps", "2"]);
                    compare.arg(fleet());
                    compare
                };
                command.args(["--threads", "1", "--out"]).arg(&out);
                command
            };
            if !killed(command(), "kill", &format!("/{question}-"), at) {
                return false;
            }
            if out.join("answer.json").exists() && !out.join(".unfinished").exists() {
                return true;
            }
            succeed(command());
            assert!(out.join("answer.json").exists());
            assert!(!names(&out).contains(".unfinished"), "{question} at {at}");
            true
        });
        assert!(kills > 2, "{question}: {kills}");
    }
}
