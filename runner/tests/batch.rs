//! Sweeps with the real program: killed, split into parts, with a panicking run, and with factors or
//! expectations that are not met.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use common::{done, fine, fleet, patchday, sweep_with_a_panic};
use patchday_runner::host::error::Exit;

fn sweep(directory: &Path, more: &[&str]) -> Command {
    let mut command = patchday(&[
        "sweep",
        "--scale",
        "0.001",
        "--until",
        "3h",
        "--vary",
        "servers.login.queue=5s,20s,60s",
        "--vary",
        "client.retry.exponential.base=10s..30s",
        "--runs",
        "2",
        "--reps",
        "3",
        "--threads",
        "2",
        "--out",
    ]);
    command.arg(directory).args(more).arg(fleet());
    // Not the one beside it, which other batches of a test share.
    command
        .arg("--ledger")
        .arg(directory.with_extension("runs"));
    command
}

fn table(directory: &Path) -> Vec<u8> {
    fs::read(directory.join("runs.csv")).unwrap()
}

fn rows(directory: &Path) -> Vec<csv::StringRecord> {
    let mut table = csv::Reader::from_path(directory.join("runs.csv")).unwrap();
    table.records().map(Result::unwrap).collect()
}

#[test]
fn a_sweep_that_is_killed_twenty_times_writes_the_same_table() {
    let root = tempfile::tempdir().unwrap();
    let (whole, killed) = (root.path().join("whole"), root.path().join("killed"));
    fine(sweep(&whole, &[]));
    let expected = table(&whole);
    // One seed, three replicates: three digests at every point.
    for point in rows(&whole).chunks(3) {
        let digests: BTreeSet<&str> = point.iter().map(|row| &row[6 + 1]).collect();
        assert_eq!(digests.len(), 3, "{digests:?}");
    }
    let ledger = killed.join("ledger.jsonl");
    let length = || fs::metadata(&ledger).map_or(0, |file| file.len());
    for kill in 0..20 {
        let mut command = sweep(&killed, if kill == 0 { &[] } else { &["--resume"] });
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Kill it at a different moment each time: at the start, during a run or between runs.
        let before = length();
        let mut looks = 0_u64;
        while child.try_wait().unwrap().is_none()
            && looks < 4_000 * (kill % 7)
            && length() == before
        {
            looks += 1;
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();
    }
    fine(sweep(&killed, &["--resume"]));
    assert!(table(&killed) == expected);
    // A changed design is another batch.
    let mut other = sweep(&killed, &["--resume"]);
    other.args(["-s", "run.seed=5"]);
    let refused = done(other);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("another batch"), "{}", refused.err);
}

#[test]
fn shards_merge_to_the_same_table() {
    let root = tempfile::tempdir().unwrap();
    let (whole, parts) = (root.path().join("whole"), root.path().join("parts"));
    fine(sweep(&whole, &[]));
    for part in ["1/3", "2/3"] {
        fine(sweep(&parts, &["--shard", part]));
    }
    let merge = || {
        let mut command = patchday(&["merge"]);
        command.arg(&parts);
        command
    };
    let early = done(merge());
    assert_eq!(early.code, Some(2));
    assert!(
        early.err.contains(" of 18 runs are missing"),
        "{}",
        early.err
    );
    fine(sweep(&parts, &["--shard", "3/3"]));
    fine(merge());
    assert!(table(&parts) == table(&whole));
}

#[test]
fn a_run_that_panics_does_not_affect_the_others() {
    let root = tempfile::tempdir().unwrap();
    let (whole, faulty) = (root.path().join("whole"), root.path().join("faulty"));
    fine(sweep(&whole, &[]));
    assert_eq!(sweep_with_a_panic(&sweep(&faulty, &[]), 7), Exit::Failed);
    for (one, other) in rows(&whole).iter().zip(&rows(&faulty)) {
        match &one[0] {
            "7" => assert_eq!(&other[6], "failed"),
            _ => assert_eq!(one, other),
        }
    }
    // The program says so too, and repeats the run only on request.
    let resumed = done(sweep(&faulty, &["--resume"]));
    assert_eq!(resumed.code, Some(3), "{}", resumed.err);
    assert!(
        resumed.err.contains(" 0 of them still to run"),
        "{}",
        resumed.err
    );
    assert!(resumed.out.contains("18 runs, 1 failed"), "{}", resumed.out);
    let retried = done(sweep(&faulty, &["--retry-failed"]));
    assert_eq!(retried.code, Some(0), "{}", retried.err);
    assert!(table(&faulty) == table(&whole));
}

#[test]
fn an_invalid_point_is_reported_before_the_first_run() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("bad");
    let mut command = sweep(&directory, &[]);
    command.args(["--vary", "client.retry.exponential.jitter=full,ful"]);
    let ended = done(command);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.err.contains("none, full, equal, decorrelated"),
        "{}",
        ended.err
    );
    assert!(!directory.exists());
}

#[test]
fn factors_without_effect_or_given_twice_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let points = root.path().join("points.csv");
    fs::write(
        &points,
        "servers.login.rate,servers.login.rate\n100/s,200/s\n",
    )
    .unwrap();
    let points = points.to_str().unwrap();
    let range = "overlay.core.supernodes=10..1000";
    let tip = [
        "--param",
        "overlay.core.supernodes",
        "--range",
        "10..1000",
        "--survives",
        "attempts < 5",
    ];
    let cases: [(&str, &[&str], &str); 7] = [
        (
            "sweep",
            &["--vary", "run.seed=1,2"],
            "every replicate has a seed of its own",
        ),
        (
            "sweep",
            &["--vary", "run.title=a,b"],
            "it only names the scenario",
        ),
        (
            "sweep",
            &[
                "--vary",
                "servers.login.rate=1/s,2/s",
                "--vary",
                "servers.login.rate=3/s",
            ],
            "given twice",
        ),
        ("sweep", &["--points", points], "given twice"),
        (
            "sweep",
            &[
                "--vary",
                "client.retry.exponential.cap=2m,3m",
                "-s",
                "client.retry.fixed=5s",
            ],
            "client.retry.fixed is set",
        ),
        ("tip", &tip, "overlay.enabled = false"),
        (
            "map",
            &["--x", range, "--y", "overlay.core.supernodes=10..20"],
            "given twice",
        ),
    ];
    for (question, options, why) in cases {
        let mut command = patchday(&[question, "--scale", "0.001", "--until", "1h"]);
        command.args(options).arg(fleet()).current_dir(root.path());
        let refused = done(command);
        assert_eq!(refused.code, Some(2), "{options:?}: {}", refused.out);
        assert!(refused.err.contains(why), "{options:?}: {}", refused.err);
    }
    assert!(!root.path().join("runs").exists());
}

#[test]
fn expectations_decide_the_exit_code() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("fleet.toml");
    let text = fs::read_to_string(fleet()).unwrap();
    let expected = "\n[[expect]]\nname = \"few are lost\"\nthat = \"user_hours_lost < 1\"\n\
                    [[expect]]\nname = \"some are online\"\nthat = \"online_max.value > 10\"\n";
    fs::write(&file, text + expected).unwrap();
    let run = |out: &str, more: &[&str]| {
        let mut command = patchday(&["run", "--scale", "0.001", "--until", "6h", "--out"]);
        command.arg(root.path().join(out)).args(more);
        command
    };
    let junit = root.path().join("out.xml");
    let mut command = run("one", &["--junit"]);
    command.arg(&junit).arg(&file);
    let ended = done(command);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    assert!(ended.out.contains("NOT MET"), "{}", ended.out);
    let xml = fs::read_to_string(&junit).unwrap();
    assert!(
        xml.contains("tests=\"2\" skipped=\"0\" failures=\"1\" errors=\"0\""),
        "{xml}"
    );
    // A run meets its own summary as a baseline; a worse run does not meet it.
    let mut command = run("two", &["--baseline"]);
    command
        .arg(root.path().join("one/summary.json"))
        .arg(fleet());
    fine(command);
    let mut command = run("three", &["-s", "servers.login.queue=5s"]);
    command.arg(fleet());
    fine(command);
    let mut command = run("four", &["--baseline"]);
    command
        .arg(root.path().join("three/summary.json"))
        .arg(fleet());
    assert_eq!(done(command).code, Some(1));
}
