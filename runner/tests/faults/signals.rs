//! Somebody asks a run or a batch to stop: by Ctrl-C, by a request to end, by closing the
//! terminal, once or twice. What is printed goes on with it, typed as it is printed.

use std::{path::Path, process::Command};

use crate::{
    common::{begin, json, names, patchday, scenario, send},
    stage::{Dice, Results, ended, fine, fleet, held, resume, run, shim, table, typed},
};

/// A run long enough to be met in the middle: a checkpoint each quarter of its time.
fn long(directory: &Path) -> Command {
    let mut command = patchday(&["run", "--scale", "0.001", "--until", "48h"]);
    command.args(["--threads", "1", "--checkpoint-every", "12h", "--out"]);
    command.arg(directory).arg(scenario());
    command
}

fn batch(directory: &Path) -> Command {
    let mut command = patchday(&["sweep", "--scale", "0.0005", "--until", "12h"]);
    command.args(["--vary", "servers.login.queue=5s,20s,60s", "--reps", "3"]);
    command.args(["--threads", "1", "--out"]);
    command.arg(directory).arg(fleet());
    command
}

#[test]
fn every_signal_that_asks_a_run_to_stop_leaves_a_checkpoint_and_a_command() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = root.path().join("undisturbed");
    fine(long(&undisturbed));
    let mut dice = Dice(46);
    for signal in ["-INT", "-TERM", "-HUP"] {
        // A name that a shell would take apart.
        let directory = root.path().join(format!("a run's {signal}"));
        let bytes = 1_000 + dice.below(400_000);
        let child = begin(
            long(&directory),
            &directory.join(".series.csv.partial"),
            bytes,
        );
        send(&child, signal);
        let stopped = ended(child);
        assert_eq!(stopped.code, Some(130), "{signal}: {}", stopped.err);
        assert!(stopped.err.contains("stopping; "), "{}", stopped.err);
        assert!(
            stopped.err.contains("interrupted at 2007-"),
            "{}",
            stopped.err
        );
        let manifest = json(&directory.join("manifest.json"));
        assert_eq!(manifest["ended"], "interrupted");
        // What it was told is in the command: it goes on being safe.
        assert!(
            stopped.err.contains("--checkpoint-every 12h"),
            "{}",
            stopped.err
        );
        fine(typed(&stopped.err, "to go on from there: "));
        assert!(
            Results::of(&directory) == Results::of(&undisturbed),
            "{signal}"
        );
    }
}

#[test]
fn a_signal_at_once_and_again_and_again_loses_nothing() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = root.path().join("undisturbed");
    fine(long(&undisturbed));
    let directory = root.path().join("run");
    // As soon as there is anything of it.
    let child = begin(long(&directory), &directory.join("config.toml"), 0);
    send(&child, "-TERM");
    let mut stopped = ended(child);
    let mut last = String::new();
    for _ in 0..4 {
        assert_eq!(stopped.code, Some(130), "{}", stopped.err);
        let end = json(&directory.join("manifest.json"))["end"].to_string();
        // Each time it may have come a little further, and never back.
        assert!(end >= last, "{end} {last}");
        last = end;
        let again = typed(&stopped.err, "to go on from there: ");
        // It has taken the manifest over when it says that it is under way.
        let child = begin(again, &directory.join(".series.csv.partial"), 0);
        send(&child, "-INT");
        stopped = ended(child);
    }
    fine(typed(&stopped.err, "to go on from there: "));
    assert!(Results::of(&directory) == Results::of(&undisturbed));
}

#[test]
fn a_second_signal_ends_at_once_and_the_checkpoint_before_serves() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let directory = root.path().join("run");
    // In the middle of its second checkpoint.
    let child = held(run(&directory, &[]), "T020000Z.partial", 4);
    send(&child, "-INT");
    send(&child, "-TERM");
    send(&child, "-CONT");
    let stopped = ended(child);
    assert_eq!(stopped.code, Some(130), "{}", stopped.err);
    // It did not wait for the checkpoint, and nobody takes what is there of it for one. Its
    // threads wake up at the same time, so the last writes may come before the signals.
    let checkpoints = names(&directory.join("checkpoints"));
    let last = match checkpoints.contains("2007-08-14T020000Z.partial") {
        true => "T010000Z.checkpoint",
        false => "T020000Z.checkpoint",
    };
    let gone_on = fine(resume(&directory));
    assert!(gone_on.err.contains(last), "{}", gone_on.err);
    assert!(Results::of(&directory) == undisturbed);
    let checkpoints = names(&directory.join("checkpoints"));
    assert!(
        checkpoints.iter().all(|name| name.ends_with(".checkpoint")),
        "{checkpoints:?}"
    );
}

#[test]
fn a_signal_that_was_ignored_from_the_beginning_stays_ignored() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let inner = long(&directory);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]);
    command.arg(inner.get_program()).args(inner.get_args());
    let child = begin(command, &directory.join(".series.csv.partial"), 10_000);
    send(&child, "-HUP");
    let done = ended(child);
    assert_eq!(done.code, Some(0), "{}", done.err);
}

#[test]
fn every_signal_that_asks_a_batch_to_stop_leaves_a_ledger_and_a_command() {
    let root = tempfile::tempdir().unwrap();
    let whole = root.path().join("whole");
    fine(batch(&whole));
    let mut dice = Dice(64);
    for signal in ["-INT", "-TERM", "-HUP"] {
        let directory = root.path().join(format!("a batch {signal}"));
        // A batch that replaces one goes on with its own, and does not replace it again.
        let mut command = batch(&directory);
        command.arg("--force");
        let bytes = dice.below(6_000);
        let child = begin(command, &directory.join("ledger.jsonl"), bytes);
        send(&child, signal);
        let stopped = ended(child);
        assert_eq!(stopped.code, Some(130), "{signal}: {}", stopped.err);
        assert!(
            stopped.err.contains("of 9 runs are missing"),
            "{}",
            stopped.err
        );
        assert!(!stopped.err.contains("--force"), "{}", stopped.err);
        fine(typed(&stopped.err, "to go on: "));
        assert!(table(&directory) == table(&whole), "{signal}");
    }
}
