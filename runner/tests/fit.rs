//! `patchday fit` with the real program: a known truth is found again, a killed fit resumes with the
//! same bytes, and bad observations are refused before any run.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use common::{Done, begin, done, json, names, patchday, scenario};
use serde_json::Value;

/// Half a day after a faulty configuration. The values are replaced by those of the truth.
const INCIDENT: &str = "time,share,error,hold_out\n\
    2026-03-02T05:00:00Z,0.9,0.02,\n\
    2026-03-02T06:00:00Z,0.8,0.02,\n\
    2026-03-02T08:00:00Z,0.8,0.02,true\n\
    2026-03-02T11:00:00Z,0.8,0.02,\n\
    2026-03-02T16:00:00Z,0.9,0.02,\n";

/// The files of a fit: their bytes depend on nothing but the question.
const FILES: [&str; 7] = [
    "answer.json",
    "report.html",
    "design.csv",
    "emulator.json",
    "posterior.csv",
    "predictive.csv",
    "runs.csv",
];

fn incident(root: &Path, text: &str) -> PathBuf {
    let path = root.join("incident.csv");
    fs::write(&path, text).unwrap();
    path
}

/// A scenario in which a part of the clients goes down and is repaired by hand.
fn push() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs/configuration-push.toml")
}

/// A fit of that part and of the time of the repair to a synthetic truth, with its answer in `out`.
fn fit(root: &Path, out: &str, threads: &str) -> Command {
    let mut command = patchday(&["fit", "--scale", "0.0005", "--runs", "40", "--json"]);
    command
        .arg("--observed")
        .arg(root.join("incident.csv"))
        .args(["--vary", "trigger.configuration_push.0.share=0.05..0.6"])
        .args([
            "--vary",
            "trigger.configuration_push.0.repair_max=6h..72h,log",
        ])
        .args([
            "--synthetic",
            "share=0.3,repair_max=24h",
            "--discrepancy",
            "0.01",
        ])
        .args(["--threads", threads, "--out"])
        .arg(root.join(out).join("answer"))
        .arg(push())
        .current_dir(root);
    command
}

/// The files of a fit by name.
fn results(directory: &Path) -> BTreeMap<&'static str, String> {
    let read = |name| (name, fs::read_to_string(directory.join(name)).unwrap());
    FILES.into_iter().map(read).collect()
}

/// Asserts that a fit has the files of another one.
fn assert_same(directory: &Path, expected: &BTreeMap<&'static str, String>) {
    for (name, text) in results(directory) {
        assert!(
            text == expected[name],
            "{}: {name} differs",
            directory.display()
        );
    }
}

/// The lines of the ledger beside an answer.
fn ledger(out: &Path) -> Vec<String> {
    let directory = out.join(".ledger");
    let file = names(&directory).pop_first().unwrap();
    let text = fs::read_to_string(directory.join(file)).unwrap();
    text.lines().map(String::from).collect()
}

#[test]
fn a_known_truth_is_found_again_whatever_the_threads_and_after_a_kill() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    incident(root, INCIDENT);
    let ended = done(fit(root, "one", "1"));
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.err);
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    let truths = answer["truths"].as_array().unwrap();
    assert_eq!(truths.len(), 2);
    assert!(
        truths.iter().any(|truth| truth["found"] == true),
        "{answer}"
    );
    // The product of length and depth is what the users lose, so something is learned.
    let best = answer["directions"][0]["variance"].as_f64().unwrap();
    assert!(best < 0.5, "{best}");
    let points = answer["points"].as_array().unwrap();
    assert_eq!(points[2]["use"], "held_out");
    let one = root.join("one");
    let expected = results(&one.join("answer"));
    assert_eq!(json(&one.join("answer/answer.json"))["answer"], answer);
    let runs = expected["design.csv"].lines().count() - 1;
    // The truth is a run, too.
    assert_eq!(ledger(&one).len(), runs + 1);
    // All tables can be exported; each cell is read by the type of its column.
    let mut export = patchday(&["export", "one/answer", "--as", "csv"]);
    export.current_dir(root);
    let exported = done(export);
    assert_eq!(exported.code, Some(0), "{}", exported.err);
    for name in ["runs", "design", "posterior", "predictive"] {
        assert!(
            exported.out.contains(&format!("{name}.csv")),
            "{}",
            exported.out
        );
    }
    // The report says where the points come from.
    let page = &expected["report.html"];
    assert!(page.contains(">incident.csv<"), "{page}");
    assert!(page.contains("The 5 observed points are those of incident.csv"));

    for threads in ["2", "7"] {
        let ended = done(fit(root, threads, threads));
        assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.err);
        assert_same(&root.join(threads).join("answer"), &expected);
    }

    // Killed after some runs: the same command goes on, and no run is made twice.
    let killed = root.join("killed");
    let program = names(&one.join(".ledger")).pop_first().unwrap();
    let file = killed.join(".ledger").join(program);
    let mut child = begin(fit(root, "killed", "1"), &file, 20_000);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut resumed = fit(root, "killed", "2");
    resumed.arg("--resume");
    let ended = done(resumed);
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.err);
    assert_same(&killed.join("answer"), &expected);
    assert_eq!(ledger(&killed).len(), runs + 1);
}

#[test]
fn observations_that_cannot_be_fitted_are_refused_before_any_run() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let fit = |csv: &str, more: &[&str]| -> Done {
        let mut command = patchday(&["fit", "--scale", "0.0005", "--observed"]);
        command
            .arg(incident(root, csv))
            .args(["--vary", "trigger.configuration_push.0.share=0.05..0.6"])
            .args(more)
            .arg(push())
            .current_dir(root);
        done(command)
    };
    let two = "time,share,error\n2026-03-02T16:00:00Z,0.9,0.02\n2026-03-02T16:00:00Z,0.7,0.02\n";
    let pair = two
        .replace("error\n", "error,alternatives\n")
        .replace("0.02\n", "0.02,pair\n");
    for (csv, more, why) in [
        (two, &[][..], "two points contradict each other"),
        (
            "time,share\n2026-03-02T11:00,0.9\n",
            &[],
            "line 2, column 1 (time)",
        ),
        (
            INCIDENT,
            &["--hold-out", "9"],
            "--hold-out 9: there are 5 observed points",
        ),
        (
            INCIDENT,
            &["--hold-out", "1,2,3,4,5"],
            "every point is held out",
        ),
        (
            INCIDENT,
            &["--runs", "20"],
            "--runs 20 are too few for 1 keys",
        ),
        (
            INCIDENT,
            &["--vary", "population.users=1000000..2000000"],
            "cannot vary",
        ),
        (
            INCIDENT,
            &["--synthetic", "seats=7"],
            "no key `seats` varies",
        ),
        (INCIDENT, &["--error", "D=1"], "errors by confidence"),
    ] {
        let ended = fit(csv, more);
        assert_eq!(ended.code, Some(2), "{more:?}: {}{}", ended.out, ended.err);
        assert!(ended.said().contains(why), "{why}: {}", ended.err);
    }
    assert_eq!(names(root).len(), 1, "{:?}", names(root));
    // Alternatives are fine, and a dry run makes no run.
    let shown = fit(&pair, &["--dry-run", "--confirm-scale", "0.001"]);
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    for part in [
        "points 1 and 2 are alternatives",
        "in wave 1",
        "to confirm the answer; those that confirm have scale 0.001",
        "CPU ",
        " of real time for 45 runs at scale 0.001\n",
    ] {
        assert!(shown.out.contains(part), "{part}: {}", shown.out);
    }
    assert_eq!(names(root).len(), 1, "{:?}", names(root));
}

#[test]
fn the_points_of_2007_are_looked_at_without_a_run() {
    let root = tempfile::tempdir().unwrap();
    let mut command = patchday(&["fit", "--scale", "0.0005", "--runs", "60", "--dry-run"]);
    command
        .args(["--vary", "overlay.supernode.seats=450..900"])
        .arg(scenario())
        .current_dir(root.path());
    let shown = done(command);
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    for part in [
        "(Fri 17 Aug 23:00) is 8 min after operator.restart_overlay",
        "scripted",
    ] {
        assert!(shown.out.contains(part), "{part}: {}", shown.out);
    }
}
