//! Checkpoints of the real program.
//!
//! Invariant: a run that was killed or interrupted resumes and completes with the same bytes as
//! one that never stopped; corrupt checkpoints are refused.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use common::{Done, begin, done, json, patchday, scenario, send};

const SCALE: &str = "0.001";
const RESULTS: [&str; 6] = [
    "series.csv",
    "summary.json",
    "observed.csv",
    "timeline.md",
    "timeline.csv",
    "online.svg",
];

fn run_in(directory: &Path, more: &[&str]) -> Command {
    let mut command = patchday(&["run", "--scale", SCALE, "--until", "72h", "--out"]);
    command.arg(directory).arg(scenario()).args(more);
    command
}

fn resume(directory: &Path, more: &[&str]) -> Done {
    let mut command = patchday(&["run"]);
    command.arg(directory).arg("--resume").args(more);
    done(command)
}

fn whole(root: &Path) -> PathBuf {
    let directory = root.join("whole");
    let ended = done(run_in(&directory, &[]));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    directory
}

fn assert_same(one: &Path, other: &Path) {
    for name in RESULTS {
        let read = |directory: &Path| fs::read(directory.join(name)).unwrap();
        assert!(read(one) == read(other), "{name} differs");
    }
    let digest = |directory: &Path| json(&directory.join("manifest.json"))["digest"].clone();
    assert!(digest(one).is_string());
    assert_eq!(digest(one), digest(other));
}

#[test]
fn a_run_that_was_killed_several_times_completes_with_the_same_bytes() {
    let root = tempfile::tempdir().unwrap();
    let whole = whole(root.path());
    let directory = root.path().join("killed");
    let series = directory.join(".series.csv.partial");
    let every = ["--checkpoint-every", "5h", "--threads", "1"];
    let mut child = begin(run_in(&directory, &every), &series, 150_000);
    child.kill().unwrap();
    child.wait().unwrap();
    for (bytes, shards) in [(250_000, "3"), (420_000, "1"), (600_000, "2")] {
        let mut command = patchday(&["run"]);
        command
            .arg(&directory)
            .args(["--resume", "--shards", shards]);
        command.args(every);
        let mut child = begin(command, &series, bytes);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let ended = resume(&directory, &["--threads", "2", "--shards", "7"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_same(&whole, &directory);
    let again = resume(&directory, &[]);
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert!(again.err.contains("the run is complete"), "{}", again.err);
    assert_same(&whole, &directory);
}

#[test]
fn an_interrupted_run_resumes_with_the_command_it_prints() {
    let root = tempfile::tempdir().unwrap();
    let whole = whole(root.path());
    let directory = root.path().join("interrupted");
    let series = directory.join(".series.csv.partial");
    let child = begin(run_in(&directory, &[]), &series, 200_000);
    send(&child, "-TERM");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    // The command is executed by a shell, as printed.
    let line = said.split("to resume from this point: ").nth(1).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", line]);
    let ended = done(command);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_same(&whole, &directory);
}

#[test]
fn a_corrupt_checkpoint_is_refused_with_its_offset_and_an_older_one_is_used() {
    let root = tempfile::tempdir().unwrap();
    let whole = whole(root.path());
    let directory = root.path().join("damaged");
    let ended = done(run_in(
        &directory,
        &["--checkpoint-every", "1d", "--shards", "5"],
    ));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    // Without its manifest the run counts as incomplete.
    let manifest = directory.join("manifest.json");
    fs::remove_file(&manifest).unwrap();
    let last = directory.join("checkpoints/2007-08-16T000000Z.checkpoint");
    let good = fs::read(&last).unwrap();
    for at in [0, 30, 100, good.len() / 2, good.len() - 3] {
        let mut bad = good.clone();
        bad[at] ^= 4;
        fs::write(&last, &bad).unwrap();
        let ended = resume(&directory, &[]);
        let refused = ended
            .err
            .contains("2007-08-16T000000Z.checkpoint: at byte ");
        assert!(refused, "{at}: {}", ended.err);
        // The older checkpoint is used, and the corrupt one is not read as data.
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        let older = "2007-08-15T000000Z.checkpoint\n";
        assert!(ended.err.contains(older), "{}", ended.err);
        assert_same(&whole, &directory);
        fs::remove_file(&manifest).unwrap();
        fs::write(&last, &good).unwrap();
    }
    // Without manifest and checkpoints the run cannot be resumed.
    fs::remove_dir_all(directory.join("checkpoints")).unwrap();
    let ended = resume(&directory, &[]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("not a run directory"), "{}", ended.err);
}
