//! The ledger of runs with the real program: questions that are killed and asked again, that share
//! runs, on any number of threads, with damaged lines, and from two processes at once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use common::{done, fine, fleet, patchday, scenario};

/// The questions, each with files that must not depend on how often it was killed.
const QUESTIONS: [(&str, &[&str]); 5] = [
    ("tip", &["answer.json", "report.html"]),
    ("compare", &["answer.json", "report.html"]),
    ("map", &["answer.json", "report.html"]),
    ("fork", &["answer.json", "report.html"]),
    (
        "sweep",
        &["runs.csv", "sweep.json", "config.toml", "report.html"],
    ),
];

/// A question in the directory `root`, with its answer in `answers/QUESTION`.
fn ask(root: &Path, question: &str, more: &[&str]) -> Command {
    let mut command = patchday(&[question]);
    if question == "fork" {
        let made = root.join("made");
        if !made.exists() {
            let mut run = patchday(&["run", "--scale", "0.0002", "--until", "2h"]);
            run.args(["--threads", "1", "--out"]).arg(&made);
            fine({
                run.arg(scenario());
                run
            });
        }
        command.args(["made", "--at", "1h", "--try", "none"]);
        command.args(["--try", "probes: client.probes=3"]);
    } else {
        command.arg(fleet());
        command.args(["--scale", "0.0002", "--until", "1h"]);
    }
    let words: &[&str] = match question {
        "tip" => &[
            "--param=servers.login.queue",
            "--range=5s..80s",
            "--survives=attempts < 1752",
            "--reps=2",
            "--runs=24",
        ],
        "compare" => &["--vary=servers.login.queue=5s,20s", "--reps=3"],
        "map" => &[
            "--x=servers.login.queue=5s..60s",
            "--y=servers.login.rate=130/s..400/s",
            "--grid=2",
            "--depth=0",
            "--branches",
            "--dwell=3m",
        ],
        "sweep" => &["--vary=servers.login.queue=5s,20s,60s", "--reps=2"],
        _ => &[],
    };
    let out = format!("--out=answers/{question}");
    command.args(words).arg(out).args(more).current_dir(root);
    command
}

/// The ledger of the questions in `root`; an empty path if it does not exist.
fn ledger(root: &Path) -> PathBuf {
    let files = fs::read_dir(root.join("answers/.ledger"));
    let mut paths = files.into_iter().flatten().map(|file| file.unwrap().path());
    paths.next().unwrap_or_default()
}

/// The keys of the lines of a ledger, in their order.
fn keys(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(ledger(root)).unwrap_or_default();
    let key = |line: &str| line.split('"').nth(3).unwrap_or_default().to_owned();
    text.lines().map(key).collect()
}

/// That no run has two lines.
fn assert_none_twice(root: &Path, question: &str) {
    let keys = keys(root);
    let different: BTreeSet<&String> = keys.iter().collect();
    assert_eq!(different.len(), keys.len(), "{question}");
}

fn files(root: &Path, question: &str, names: &[&str]) -> Vec<Vec<u8>> {
    let directory = root.join("answers").join(question);
    let read = |name: &&str| {
        let path = directory.join(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    names.iter().map(read).collect()
}

/// Kills a question at several moments, asks it again, and compares it with an undisturbed one.
fn kill_and_ask_again((question, names): (&str, &[&str])) {
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (whole, killed) = (whole.path(), killed.path());
    let said = fine(ask(whole, question, &["--threads=1"])).out;
    let expected = files(whole, question, names);
    let runs: BTreeSet<String> = keys(whole).into_iter().collect();
    assert_none_twice(whole, question);
    // Killed before its first run, after some, and before its last one.
    let most = runs.len() as u64;
    for ended in [0, 1, most / 2, most - 1] {
        let mut command = ask(killed, question, &["--threads=1"]);
        if question == "sweep" && killed.join("answers/sweep/ledger.jsonl").exists() {
            command.arg("--resume");
        }
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = quiet.spawn().unwrap();
        while (keys(killed).len() as u64) < ended && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();
    }
    let again = fine(ask(killed, question, &["--threads=1", "--resume"]));
    assert_eq!(again.out, said, "{question}");
    assert!(files(killed, question, names) == expected, "{question}");
    assert_none_twice(killed, question);
    let repeated: BTreeSet<String> = keys(killed).into_iter().collect();
    assert_eq!(repeated, runs, "{question}");
}

#[test]
fn a_tip_that_is_killed_and_asked_again_has_the_same_bytes_and_repeats_no_run() {
    kill_and_ask_again(QUESTIONS[0]);
}

#[test]
fn a_comparison_that_is_killed_and_asked_again_has_the_same_bytes_and_repeats_no_run() {
    kill_and_ask_again(QUESTIONS[1]);
}

#[test]
fn a_map_that_is_killed_and_asked_again_has_the_same_bytes_and_repeats_no_run() {
    kill_and_ask_again(QUESTIONS[2]);
}

#[test]
fn a_fork_that_is_killed_and_asked_again_has_the_same_bytes_and_repeats_no_run() {
    kill_and_ask_again(QUESTIONS[3]);
}

#[test]
fn a_sweep_that_is_killed_and_asked_again_has_the_same_bytes_and_repeats_no_run() {
    kill_and_ask_again(QUESTIONS[4]);
}

#[test]
fn a_question_asked_again_makes_no_run_and_questions_share_runs() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fine(ask(root, "sweep", &[]));
    let before = keys(root).len();
    assert_eq!(before, 6);
    // Two of its three variants and two of its three replicates are those of the sweep.
    let said = fine(ask(root, "compare", &[])).err;
    assert!(
        said.contains("9 runs: 5 made now, 4 in the ledger"),
        "{said}"
    );
    assert_eq!(keys(root).len(), before + 5);
    let expected = files(root, "compare", &["answer.json", "report.html"]);
    for threads in ["--threads=1", "--threads=2", "--threads=7"] {
        let said = fine(ask(root, "compare", &[threads])).err;
        assert!(
            said.contains("9 runs: 0 made now, 9 in the ledger"),
            "{said}"
        );
        let files = files(root, "compare", &["answer.json", "report.html"]);
        assert!(files == expected, "{threads}");
    }
    assert_none_twice(root, "compare");
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    for (question, names) in [QUESTIONS[0], QUESTIONS[2]] {
        let answer = |threads: &str| {
            let root = tempfile::tempdir().unwrap();
            let said = fine(ask(root.path(), question, &[threads])).out;
            (said, files(root.path(), question, names))
        };
        let one = answer("--threads=1");
        for threads in ["--threads=2", "--threads=7"] {
            assert!(answer(threads) == one, "{question} {threads}");
        }
    }
}

#[test]
fn damaged_lines_are_warned_of_and_only_their_runs_are_made_again() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fine(ask(root, "compare", &[]));
    let expected = files(root, "compare", &["answer.json", "report.html"]);
    let path = ledger(root);
    let mut text = fs::read(&path).unwrap();
    let ends: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'\n').collect();
    // A digit of the second line, all of the fourth one, and the end of the last one.
    text[ends[0] + 100] ^= 1;
    text[ends[2] + 1..ends[3]].fill(0);
    text.truncate(text.len() - 40);
    fs::write(&path, text).unwrap();
    let said = fine(ask(root, "compare", &[])).err;
    assert!(said.contains("2 lines are damaged and ignored"), "{said}");
    assert!(
        said.contains("9 runs: 3 made now, 6 in the ledger"),
        "{said}"
    );
    assert!(files(root, "compare", &["answer.json", "report.html"]) == expected);
    let said = fine(ask(root, "compare", &[])).err;
    assert!(
        said.contains("9 runs: 0 made now, 9 in the ledger"),
        "{said}"
    );
}

#[test]
fn two_processes_at_once_lose_no_run_and_give_the_answers_of_one() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let mut children = Vec::new();
    for question in ["compare", "tip", "map"] {
        let mut command = ask(root, question, &["--threads=1"]);
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        children.push(quiet.spawn().unwrap());
    }
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let lines = keys(root);
    assert!(lines.iter().all(|key| key.len() == 64));
    for question in ["compare", "tip", "map"] {
        let (names, whole) = (["answer.json", "report.html"], tempfile::tempdir().unwrap());
        let together = files(root, question, &names);
        fine(ask(whole.path(), question, &[]));
        assert!(
            files(whole.path(), question, &names) == together,
            "{question}"
        );
        let said = fine(ask(root, question, &[])).err;
        assert!(said.contains(" 0 made now"), "{said}");
    }
    assert_eq!(keys(root), lines);
}

#[test]
fn a_dry_run_shows_the_design_with_its_price_and_writes_nothing() {
    for (question, _) in QUESTIONS {
        let root = tempfile::tempdir().unwrap();
        let said = fine(ask(root.path(), question, &["--dry-run"])).out;
        assert!(!root.path().join("answers").exists(), "{question}");
        for part in [
            "runs",
            "CPU        about ",
            "real time  ",
            "memory     about ",
        ] {
            assert!(said.contains(part), "{question}: {said}");
        }
        let json = fine(ask(root.path(), question, &["--dry-run", "--json"])).out;
        let design: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(design["question"], question);
        let runs = design["runs"].as_u64().unwrap();
        assert_eq!(design["runs_to_make"].as_u64(), Some(runs), "{design}");
        assert!(design["cpu_s"].as_f64().is_some(), "{design}");
    }
    let root = tempfile::tempdir().unwrap();
    fine(ask(root.path(), "sweep", &[]));
    let said = fine(ask(root.path(), "compare", &["--dry-run"])).out;
    assert!(
        said.contains("compare: 9 runs; 9 are known now, and 4 of them are in"),
        "{said}"
    );
}

#[test]
fn a_budget_is_kept_whatever_the_ledger_has_and_a_smaller_one_is_a_prefix() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    // Another budget is another question, which replaces an answer only with --force.
    let budget = |runs: &str| done(ask(root, "compare", &["--force", "--runs", runs]));
    let few = budget("7");
    assert_eq!(few.code, Some(0), "{}", few.err);
    assert!(
        few.out.contains("2 of 3 runs of each variant"),
        "{}",
        few.out
    );
    assert_eq!(keys(root).len(), 7);
    // The whole comparison goes on from there, and then the budget gives the same answer.
    fine(ask(root, "compare", &["--force"]));
    assert_eq!(keys(root).len(), 9);
    assert_eq!(budget("7").out, few.out);
    assert_eq!(keys(root).len(), 9);
    let none = budget("2");
    assert_eq!(none.code, Some(2), "{}", none.err);
    assert!(none.err.contains("--runs: at least 3"), "{}", none.err);
    let refused = budget("0");
    assert_eq!(refused.code, Some(2));
}
