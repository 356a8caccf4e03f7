//! Signals that ask a run or a sweep to stop (SIGINT, SIGTERM, SIGHUP), once or several times.
//!
//! Invariant: the process exits with 130 and prints a command; that command, executed by a shell
//! as printed, completes the work with the same bytes.

use std::{path::Path, process::Command};

use crate::{
    common::{begin, done, json, names, patchday, scenario, send},
    harness::{
        Numbers, Results, fleet, paused_at, printed_command, resume, run, shim, succeed, table,
        wait_for_end,
    },
};

/// A run long enough to be interrupted: 48 hours with four checkpoints.
fn long_run(directory: &Path) -> Command {
    let mut command = patchday(&["run", "--scale", "0.001", "--until", "48h"]);
    command.args(["--threads", "1", "--checkpoint-every", "12h", "--out"]);
    command.arg(directory).arg(scenario());
    command
}

fn long_sweep(directory: &Path) -> Command {
    let mut command = patchday(&["sweep", "--scale", "0.0005", "--until", "12h"]);
    command.args(["--vary", "servers.login.queue=5s,20s,60s", "--reps", "3"]);
    command.args(["--threads", "1", "--out"]);
    command.arg(directory).arg(fleet());
    // Not the one beside it, which other batches of a test share.
    command
        .arg("--ledger")
        .arg(directory.with_extension("runs"));
    command
}

#[test]
fn a_run_stopped_by_a_signal_leaves_a_checkpoint_and_prints_a_command() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = root.path().join("undisturbed");
    succeed(long_run(&undisturbed));
    let mut numbers = Numbers(46);
    for signal in ["-INT", "-TERM", "-HUP"] {
        // A name that a shell would split without quotes.
        let directory = root.path().join(format!("a run's {signal}"));
        let bytes = 1_000 + numbers.below(400_000);
        let child = begin(
            long_run(&directory),
            &directory.join(".series.csv.partial"),
            bytes,
        );
        send(&child, signal);
        let stopped = wait_for_end(child);
        assert_eq!(stopped.code, Some(130), "{signal}: {}", stopped.err);
        assert!(stopped.err.contains("stopping; "), "{}", stopped.err);
        assert!(
            stopped.err.contains("interrupted at 2007-"),
            "{}",
            stopped.err
        );
        let manifest = json(&directory.join("manifest.json"));
        assert_eq!(manifest["ended"], "interrupted");
        // The printed command keeps the options of the run.
        assert!(
            stopped.err.contains("--checkpoint-every 12h"),
            "{}",
            stopped.err
        );
        succeed(printed_command(&stopped.err, "to resume from this point: "));
        assert!(
            Results::read(&directory) == Results::read(&undisturbed),
            "{signal}"
        );
    }
}

#[test]
fn a_run_stopped_several_times_loses_nothing() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = root.path().join("undisturbed");
    succeed(long_run(&undisturbed));
    let directory = root.path().join("run");
    // The first signal comes as soon as the directory exists.
    let child = begin(long_run(&directory), &directory.join("config.toml"), 0);
    send(&child, "-TERM");
    let mut stopped = wait_for_end(child);
    let mut last = String::new();
    for _ in 0..4 {
        assert_eq!(stopped.code, Some(130), "{}", stopped.err);
        let end = json(&directory.join("manifest.json"))["end"].to_string();
        // Each attempt ends at the same time as the one before, or later.
        assert!(end >= last, "{end} {last}");
        last = end;
        let command = printed_command(&stopped.err, "to resume from this point: ");
        // When the series exists, the manifest belongs to the new process.
        let child = begin(command, &directory.join(".series.csv.partial"), 0);
        send(&child, "-INT");
        stopped = wait_for_end(child);
    }
    succeed(printed_command(&stopped.err, "to resume from this point: "));
    assert!(Results::read(&directory) == Results::read(&undisturbed));
}

#[test]
fn a_signal_while_actors_are_created_ends_the_program() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let mut command = patchday(&["run", "--scale", "0.02", "--until", "1m", "--out"]);
    command.arg(&directory).arg(scenario());
    let child = begin(command, &directory.join(".reserved.partial"), 0);
    send(&child, "-TERM");
    let stopped = wait_for_end(child);
    assert_eq!(stopped.code, Some(130), "{}", stopped.err);
    assert!(!directory.join("manifest.json").exists());
}

#[test]
fn a_second_signal_stops_at_once_and_an_earlier_checkpoint_is_used() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let directory = root.path().join("run");
    // Within its second checkpoint.
    let child = paused_at(run(&directory, &[]), "T020000Z.partial", 4);
    send(&child, "-INT");
    send(&child, "-TERM");
    send(&child, "-CONT");
    let stopped = wait_for_end(child);
    assert_eq!(stopped.code, Some(130), "{}", stopped.err);
    // The process does not wait for the checkpoint, and the partial one is not used. Its
    // threads continue at the same time, so they may complete the checkpoint before the signals.
    let checkpoints = names(&directory.join("checkpoints"));
    let last = if checkpoints.contains("2007-08-14T020000Z.partial") {
        "T010000Z.checkpoint"
    } else {
        "T020000Z.checkpoint"
    };
    let resumed = succeed(resume(&directory));
    assert!(resumed.err.contains(last), "{}", resumed.err);
    assert!(Results::read(&directory) == undisturbed);
    let checkpoints = names(&directory.join("checkpoints"));
    assert!(
        checkpoints.iter().all(|name| name.ends_with(".checkpoint")),
        "{checkpoints:?}"
    );
}

#[test]
fn a_signal_that_the_parent_ignores_stays_ignored() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let inner = long_run(&directory);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]);
    command.arg(inner.get_program()).args(inner.get_args());
    let child = begin(command, &directory.join(".series.csv.partial"), 10_000);
    send(&child, "-HUP");
    let done = wait_for_end(child);
    assert_eq!(done.code, Some(0), "{}", done.err);
}

#[test]
fn a_sweep_stopped_by_a_signal_leaves_a_ledger_and_prints_a_command() {
    let root = tempfile::tempdir().unwrap();
    let whole = root.path().join("whole");
    succeed(long_sweep(&whole));
    let mut numbers = Numbers(64);
    for signal in ["-INT", "-TERM", "-HUP"] {
        let directory = root.path().join(format!("a sweep {signal}"));
        // The printed command resumes the sweep without `--force`.
        let mut command = long_sweep(&directory);
        command.arg("--force");
        let bytes = numbers.below(6_000);
        let child = begin(command, &directory.join("ledger.jsonl"), bytes);
        send(&child, signal);
        let stopped = wait_for_end(child);
        assert_eq!(stopped.code, Some(130), "{signal}: {}", stopped.err);
        assert!(
            stopped.err.contains("of 9 runs are missing"),
            "{}",
            stopped.err
        );
        assert!(!stopped.err.contains("--force"), "{}", stopped.err);
        succeed(printed_command(&stopped.err, "to resume: "));
        assert!(table(&directory) == table(&whole), "{signal}");
    }
}

#[test]
fn these_tests_pass_in_a_background_job_of_a_shell() {
    // A shell starts background jobs with SIGINT ignored, and `nohup` ignores SIGHUP.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' INT HUP; exec \"$0\" \"$@\""]);
    command.arg(std::env::current_exe().unwrap());
    let name = "signals::a_sweep_stopped_by_a_signal_leaves_a_ledger_and_prints_a_command";
    let ended = done({
        command.args(["--exact", name]);
        command
    });
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("1 passed"), "{}", ended.out);
}
