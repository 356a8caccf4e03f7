//! Limits of the machine: address space, full disks, interrupts.
//!
//! Invariant: the program exits with the documented code and a message, and keeps the results
//! computed so far.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(target_os = "linux")]

mod common;

use std::{collections::BTreeSet, fs, process::Command};

use common::{begin, done, in_namespace, json, names, patchday, scenario, send};

#[test]
fn a_run_that_does_not_fit_exits_with_4_and_suggests_a_scale() {
    let root = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "ulimit -v 1000000; exec \"$0\" run \"$1\" --out \"$2\"",
        ])
        .arg(env!("CARGO_BIN_EXE_patchday"))
        .arg(scenario())
        .arg(root.path().join("run"));
    let ended = done(command);
    assert_eq!(ended.code, Some(4), "{}", ended.err);
    let said = ended.said();
    assert!(
        said.contains("with 220,000,000 users needs about"),
        "{said}"
    );
    assert!(said.ends_with("would fit"), "{said}");
    assert_eq!(names(root.path()), BTreeSet::new());
}

#[test]
fn an_interrupted_run_keeps_its_results_and_can_be_verified() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let mut command = patchday(&["run", "--scale", "0.002", "--out"]);
    command.arg(&directory).arg(scenario());
    let child = begin(command, &directory.join(".series.csv.partial"), 20_000);
    send(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted at 2007-08-"), "{said}");
    assert!(said.trim_end().ends_with("--resume"), "{said}");
    let manifest = json(&directory.join("manifest.json"));
    assert_eq!(
        (&manifest["complete"], &manifest["ended"]),
        (&false.into(), &"interrupted".into())
    );
    let series = fs::read_to_string(directory.join("series.csv")).unwrap();
    assert!(series.ends_with('\n') && series.lines().count() > 50);
    let mut command = patchday(&["verify", "--threads", "1,2"]);
    command.arg(&directory);
    let verified = done(command);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
}

/// The scenario of the runs, parsed.
fn loaded() -> patchday_agents::scenario::Scenario {
    let loaded = patchday_runner::scenario::load::load_file(&scenario(), &[]);
    loaded.unwrap().scenario
}

/// Runs a script in its own mount namespace, with a small disk mounted at `directory` (`$1`), the
/// program (`$2`) and the scenario (`$3`). `limit` is the size of the disk in bytes or files:
/// `size=600000`, `nr_inodes=12`.
fn with_small_disk(limit: &str, directory: &std::path::Path, script: &str) -> Option<common::Done> {
    let script = format!("mount -t tmpfs -o {limit} none \"$1\" && {script}");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_patchday"));
    in_namespace(&script, &[directory, program, &scenario()])
}

#[test]
fn a_run_on_a_full_disk_keeps_its_results() {
    let root = tempfile::tempdir().unwrap();
    // The disk does not exist outside its namespace, so the script prints its contents.
    let script = "\"$2\" run \"$3\" --scale 0.0005 --out \"$1/run\"; code=$?; \
         ls -A \"$1/run\"; tail -n 1 \"$1/run/series.csv\"; cat \"$1/run/manifest.json\"; exit $code";
    let Some(ended) = with_small_disk("size=600000", root.path(), script) else {
        return;
    };
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains("cannot write"), "{}", ended.err);
    assert!(
        ended.err.contains("No space left on device"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("the results so far are in"),
        "{}",
        ended.err
    );
    for file in [
        "config.toml",
        "manifest.json",
        "online.svg",
        "series.csv",
        "summary.json",
    ] {
        assert!(ended.out.contains(file), "{file}\n{}", ended.out);
    }
    assert!(!ended.out.contains(".partial"), "{}", ended.out);
    // The last row is complete.
    let row = ended
        .out
        .lines()
        .find(|line| line.starts_with("2007-08-"))
        .unwrap();
    let regions = loaded().population.region.len();
    let columns = patchday_agents::metrics::columns::COLUMNS.len() + 2 + regions;
    assert_eq!(row.split(',').count(), columns, "{row}");
    assert!(ended.out.contains("\"complete\": false"), "{}", ended.out);
}

#[test]
fn a_run_on_a_disk_full_from_the_beginning_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let script = "\"$2\" run \"$3\" --scale 0.0005 --out \"$1/run\"";
    let Some(ended) = with_small_disk("size=100000", root.path(), script) else {
        return;
    };
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(
        ended
            .err
            .contains("cannot reserve disk space for the results in"),
        "{}",
        ended.err
    );
}

#[cfg(feature = "parquet")]
#[test]
fn a_table_that_does_not_fit_on_the_disk_leaves_no_file() {
    let root = tempfile::tempdir().unwrap();
    let (run, disk) = (root.path().join("run"), root.path().join("disk"));
    fs::create_dir(&disk).unwrap();
    let ended = common::run(&run, &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let script = "\"$2\" export \"$1/../run\" --as parquet --out \"$1/t\"; code=$?; ls -A \"$1\"; exit $code";
    if let Some(ended) = with_small_disk("size=8192", &disk, script) {
        assert_eq!(ended.code, Some(3), "{}", ended.err);
        let said = "disk/t: No space left on device";
        assert!(ended.err.contains(said), "{}", ended.err);
        assert_eq!(ended.out, "");
    }

    // The disk has inodes for the files of the run and its two directories only: the run is
    // kept, but the command fails because its table is missing.
    let files = format!("nr_inodes={}", names(&run).len() + 2);
    let script = "\"$2\" run \"$3\" --scale 0.0005 --until 3h --out \"$1/run\" --export parquet; \
         code=$?; ls -A \"$1/run\"; exit $code";
    if let Some(ended) = with_small_disk(&files, &disk, script) {
        assert_eq!(ended.code, Some(3), "{}", ended.err);
        assert!(
            ended.err.contains("series.parquet: No space"),
            "{}",
            ended.err
        );
        assert!(ended.out.contains("\ndigest "), "{}", ended.out);
        for name in names(&run) {
            assert!(ended.out.contains(&name), "{name}\n{}", ended.out);
        }
        assert!(!ended.out.contains("parquet"), "{}", ended.out);
    }
}
