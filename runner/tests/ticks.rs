//! Runs with ticks below a second by the real program: ten minutes of a fleet at 10 ms.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use common::{begin, done, fine, json, patchday};

/// A fleet whose users are all signed out after a minute.
const HERD: &str = r#"
[run]
title = "A herd"
start = "2025-06-12T17:45:00Z"
end = "2025-06-12T17:55:00Z"
tick = "10ms"
sample = "500ms"
outage_after = "5s"
recovered_after = "20s"
[population]
users = 20_000
online_share = 0.7
regular_share = 1.0
always_on_share = 0.5
[[population.region]]
name = "all"
share = 1.0
utc_offset = "0h"
[overlay]
enabled = false
[client]
login_timeout = "2500ms"
[client.retry.exponential]
base = "250ms"
cap = "20s"
[servers.login]
rate = "200/s"
queue = "2s"
[[trigger.sign_out]]
at = "2025-06-12T17:46:00.250Z"
within = "800ms"
[[figure]]
name = "waiting_s"
column = "login_wait_s"
from = "60.5s"
to = "90s"
statistic = "max"
[[operator.action]]
name = "more"
deed = "login-rate"
when = "login-wait-above"
level = 1.5
after = "2500ms"
factor = 2.0
[operator]
watch_every = "250ms"
"#;

fn herd(root: &Path) -> PathBuf {
    let file = root.join("herd.toml");
    fs::write(&file, HERD).unwrap();
    file
}

/// The same with so many users that a run takes a second.
const LARGE: [&str; 4] = [
    "-s",
    "population.users=400_000",
    "-s",
    "servers.login.rate=4000/s",
];

fn run(file: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = patchday(&["run", "--threads", "1", "--out"]);
    command.arg(out).arg(file).args(more);
    command
}

fn rows(directory: &Path) -> Vec<Vec<String>> {
    let series = fs::read_to_string(directory.join("series.csv")).unwrap();
    let rows = series.lines().skip(1);
    rows.map(|row| row.split(',').map(str::to_owned).collect())
        .collect()
}

#[test]
fn ten_minutes_at_ten_milliseconds_are_told_in_milliseconds() {
    let root = tempfile::tempdir().unwrap();
    let (file, out) = (herd(root.path()), root.path().join("run"));
    fine(run(&file, &out, &[]));
    let rows = rows(&out);
    assert_eq!(rows.len(), 1_200);
    assert_eq!(rows[0][..2], ["2025-06-12T17:45:00.500Z", "50"]);
    assert_eq!(rows[1_199][..2], ["2025-06-12T17:55:00.000Z", "60000"]);
    let manifest = json(&out.join("manifest.json"));
    assert_eq!(manifest["tick_s"], 0.01);
    assert_eq!(manifest["end"], "2025-06-12T17:55:00.000Z");
    let summary = json(&out.join("summary.json"));
    assert_eq!(summary["outage_after_s"], 5);
    let hours = summary["outage"]["hours"].as_f64().unwrap();
    // Some 14,000 users at 200 and soon 400 logins a second.
    assert!((25.0..180.0).contains(&(hours * 3_600.0)), "{hours}");
    let start = summary["outage"]["start"].as_str().unwrap();
    assert!(start.starts_with("2025-06-12T17:46:0"), "{start}");
    let waits = summary["figure"]["waiting_s"]["value"].as_f64().unwrap();
    assert!((1.0..=2.01).contains(&waits), "{waits}");
    let timeline = fs::read_to_string(out.join("timeline.csv")).unwrap();
    assert!(
        timeline.contains("2025-06-12T17:46:00.250Z,6025,outside"),
        "{timeline}"
    );
    assert!(timeline.contains("The operator multiplies"), "{timeline}");
    let page = fs::read_to_string(out.join("timeline.md")).unwrap();
    assert!(page.contains("**Thu 12 Jun 17:46:00.250**"), "{page}");
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    for text in ["data-end=\"1749750900\"", ">17:46:15<", "data-t=\"0.5 "] {
        assert!(report.contains(text), "{text}");
    }
    // The report can be made again from the directory, and a table has the same times.
    let mut again = patchday(&["report", "--force"]);
    again.arg(&out);
    fine(again);
    let mut verified = patchday(&["verify"]);
    verified.arg(&out);
    fine(verified);
}

#[test]
fn a_run_that_was_killed_ends_with_the_same_bytes_and_until_is_exact() {
    let root = tempfile::tempdir().unwrap();
    let file = herd(root.path());
    let (whole, killed) = (root.path().join("whole"), root.path().join("killed"));
    fine(run(&file, &whole, &LARGE));
    let every = [&LARGE[..], &["--checkpoint-every", "20500ms"]].concat();
    let series = killed.join(".series.csv.partial");
    let mut child = begin(run(&file, &killed, &every), &series, 50_000);
    child.kill().unwrap();
    child.wait().unwrap();
    let checkpoints = fs::read_dir(killed.join("checkpoints")).unwrap();
    let names: Vec<String> = checkpoints
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().any(|name| name.contains(".500Z")), "{names:?}");
    let mut resumed = patchday(&["run", "--resume"]);
    resumed.arg(&killed);
    fine(resumed);
    for name in ["series.csv", "summary.json", "timeline.csv", "online.svg"] {
        let read = |directory: &Path| fs::read(directory.join(name)).unwrap();
        assert!(read(&whole) == read(&killed), "{name} differs");
    }
    let digest = |directory: &Path| json(&directory.join("manifest.json"))["digest"].clone();
    assert_eq!(digest(&whole), digest(&killed));

    let short = root.path().join("short");
    fine(run(
        &file,
        &short,
        &[&LARGE[..], &["--until", "90.5s"]].concat(),
    ));
    let rows = rows(&short);
    assert_eq!(rows[180][..2], ["2025-06-12T17:46:30.500Z", "9050"]);
    assert_eq!(rows.len(), 181);
    let series = |directory: &Path| fs::read_to_string(directory.join("series.csv")).unwrap();
    assert!(series(&whole).starts_with(&series(&short)));

    let mut fork = patchday(&[
        "fork",
        "--at",
        "61.5s",
        "--try",
        "servers.login.rate=2000/s",
    ]);
    fork.arg(&killed).arg("--out").arg(root.path().join("fork"));
    let forked = fine(fork);
    assert!(!forked.out.is_empty());
    let answer = fs::read_to_string(root.path().join("fork/answer.json")).unwrap();
    assert!(answer.contains("2025-06-12T17:46:01.500Z"), "{answer}");
}

#[test]
fn a_tick_that_does_not_fit_is_refused_and_rounding_is_warned_of() {
    let root = tempfile::tempdir().unwrap();
    let file = herd(root.path());
    let check = |set: &str| {
        let mut command = patchday(&["check", "-s", set]);
        command.arg(&file);
        done(command)
    };
    for (set, code, words) in [
        (
            "run.tick=3ms",
            2,
            "does not divide a second; allowed are 1ms, 2ms, 4ms",
        ),
        ("run.tick=2s", 2, "from 1ms to 1s"),
        ("run.tick=0.5ms", 2, "a duration in whole milliseconds"),
        (
            "run.end=2025-06-14T17:45:00Z",
            2,
            "this run needs run.tick = \"25ms\" or more",
        ),
        (
            "client.login_timeout=10ms",
            2,
            "a request and its answer take a tick of 10ms each",
        ),
        (
            "run.start=2025-06-12T17:45:00.005Z",
            2,
            "is not a whole number of ticks of 10ms",
        ),
        (
            "client.login_timeout=2503ms",
            0,
            "it is rounded up to 2s 510ms",
        ),
        (
            "run.tick=1s",
            0,
            "is not a whole number of ticks of 1s (run.tick)",
        ),
    ] {
        let checked = check(set);
        let said = format!("{} {}", checked.said(), checked.out);
        assert_eq!(checked.code, Some(code), "{set}: {said}");
        assert!(said.contains(words), "{set}: {said}");
    }
}
