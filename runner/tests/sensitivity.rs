//! Sensitivity analyses as a user runs them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, path::Path, process::Command};

use crate::common::{Done, begin, done, fine, names, patchday, scenario};

/// The key that is dead while the flaw is on, and one that matters.
const KEYS: [&str; 4] = [
    "--vary",
    "overlay.promotion.loaded_at=0.6..0.95",
    "--vary",
    "overlay.supernode.seats=450..900",
];

/// An analysis of twelve hours of a small network, in a directory with a ledger of its own.
fn analysis(root: &Path, more: &[&str]) -> Command {
    let mut command = patchday(&["sensitivity", "--scale", "0.001", "--until", "12h"]);
    command.args(KEYS).args(["--out", "answer"]).args(more);
    command.args([
        "--figure",
        "user_hours_lost",
        "--figure",
        "hours_to_90_percent < 2",
    ]);
    command.arg(scenario()).current_dir(root);
    command
}

/// The files of an answer.
fn files(root: &Path) -> Vec<(String, String)> {
    let directory = root.join("answer");
    let text = |name: &String| fs::read_to_string(directory.join(name)).unwrap();
    let all = names(&directory);
    let own = all.iter().filter(|name| !name.starts_with('.'));
    own.map(|name| (name.clone(), text(name))).collect()
}

#[test]
fn a_dead_key_is_proved_and_threads_do_not_matter() {
    let of = |threads: &str| {
        let root = tempfile::tempdir().unwrap();
        let words = ["--trajectories", "2", "--threads", threads];
        let ended = fine(analysis(root.path(), &words));
        let page = fs::read_to_string(root.path().join("answer/report.html")).unwrap();
        assert!(
            page.contains("none: same digest in 2"),
            "the report does not say it"
        );
        (ended.out, files(root.path()))
    };
    let (out, one) = of("1");
    let none = "overlay.promotion.loaded_at  none: same digest in 2 of 2";
    assert_eq!(out.matches(none).count(), 2, "{out}");
    assert!(
        out.contains("overlay.supernode.seats") && out.contains("chance"),
        "{out}"
    );
    assert!(!out.contains("NaN") && !out.contains("inf"), "{out}");
    let written: Vec<&str> = one.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "answer.json",
        "design.csv",
        "effects.csv",
        "indices.csv",
        "report.html",
        "runs.csv",
    ];
    assert_eq!(written, expected);
    let effects = &one[2].1;
    // Two trajectories, two keys and chance, two figures.
    assert_eq!(effects.lines().count(), 1 + 2 * 3 * 2, "{effects}");
    assert!(
        effects.contains(",overlay.promotion.loaded_at,user_hours_lost,0.0,1,0,0"),
        "{effects}"
    );
    assert!(
        one[5].1.lines().next().unwrap().contains(",observed.12"),
        "{}",
        one[5].1
    );
    for threads in ["2", "7"] {
        let (other_out, other) = of(threads);
        assert_eq!(other_out, out, "{threads} threads");
        assert!(other == one, "{threads} threads: a file differs");
    }
}

#[test]
fn more_trajectories_make_only_the_new_runs_and_share_them() {
    let root = tempfile::tempdir().unwrap();
    let ask =
        |more: &[&str]| -> Done { fine(analysis(root.path(), &[more, &["--force"]].concat())) };
    assert!(
        ask(&["--trajectories", "1"])
            .said()
            .contains("4 runs: 4 made now")
    );
    let more = ask(&["--trajectories", "2"]);
    assert!(
        more.said().contains("8 runs: 4 made now, 4 in the ledger"),
        "{}",
        more.err
    );
    assert!(
        ask(&["--trajectories", "2"])
            .said()
            .contains("8 runs: 0 made now")
    );
    // The budget ends in the second trajectory.
    let few = ask(&["--trajectories", "2", "--runs", "6"]);
    assert!(
        few.out
            .contains("the budget ended the analysis: 6 of 8 runs"),
        "{}",
        few.out
    );
    let priced = ask(&["--trajectories", "3", "--dry-run"]);
    assert!(
        priced.out.contains("8 of them are in the ledger"),
        "{}",
        priced.out
    );
}

#[test]
fn a_killed_analysis_goes_on_where_it_was() {
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let words = ["--trajectories", "2", "--threads", "1"];
    let expected = fine(analysis(whole.path(), &words)).out;
    let directory = killed.path().join(".ledger");
    fs::create_dir(&directory).unwrap();
    let ledger = names(&whole.path().join(".ledger")).pop_first().unwrap();
    let mut child = begin(
        analysis(killed.path(), &words),
        &directory.join(ledger),
        4_000,
    );
    child.kill().unwrap();
    child.wait().unwrap();
    let mut command = analysis(killed.path(), &words);
    command.arg("--resume");
    let resumed = fine(command);
    assert_eq!(resumed.out, expected);
    assert!(!resumed.said().contains("8 made now"), "{}", resumed.err);
    assert!(
        files(killed.path()) == files(whole.path()),
        "a file differs after a kill"
    );
}

#[test]
fn indices_of_sobol_and_groups() {
    let root = tempfile::tempdir().unwrap();
    let both = "--group=both=overlay.promotion.loaded_at,overlay.supernode.seats";
    let ended = fine(analysis(
        root.path(),
        &["--method", "sobol", "--points", "4"],
    ));
    let idle = fine(analysis(
        root.path(),
        &["--trajectories", "1", "--reps", "2", "--dry-run"],
    ));
    assert!(idle.said().contains("--reps has no effect"), "{}", idle.err);
    assert!(ended.out.contains("4 rows of 5 runs"), "{}", ended.out);
    assert!(
        ended.out.contains("loaded_at  none: same digest in 4 of 4"),
        "{}",
        ended.out
    );
    let words = [
        "--method",
        "sobol",
        "--points",
        "5",
        "--emulator",
        "--force",
    ];
    let emulated = fine(analysis(root.path(), &words));
    assert!(
        emulated.out.contains("leave-one-out Q2"),
        "{}",
        emulated.out
    );
    let grouped = fine(analysis(
        root.path(),
        &["--trajectories", "1", "--force", both],
    ));
    assert!(
        grouped.out.contains("1 trajectories of 2 + 1 runs"),
        "{}",
        grouped.out
    );
    let mut section = patchday(&[
        "sensitivity",
        "--scale",
        "0.001",
        "--until",
        "2h",
        "--out",
        "s",
    ]);
    section.args(["--vary-section", "overlay.promotion", "--trajectories", "1"]);
    section.arg(scenario()).current_dir(root.path());
    let section = fine(section);
    assert!(
        section.out.contains("overlay.promotion.flaw_memory"),
        "{}",
        section.out
    );
}

#[test]
fn what_cannot_be_analysed_is_refused_before_any_run() {
    let root = tempfile::tempdir().unwrap();
    for (words, part) in [
        (&["--levels", "5"][..], "an even number of levels"),
        (&["--figure", "nothing"], "nothing"),
        (&["--group", "g=client.nothing"], "does not vary"),
        (&["--vary-section", "overlay.nothing"], "no such section"),
        (
            &["--vary", "client.probes=5"],
            "a single value does not vary",
        ),
        (&["--vary", "run.seed=1..9"], "cannot vary"),
        (
            &["--vary-section", "client", "--by", "2..1"],
            "two multiples",
        ),
        (&["--emulator"], "needs --method sobol"),
        (&["--runs", "1"], "at least 2"),
    ] {
        let refused = done(analysis(root.path(), words));
        assert_eq!(refused.code, Some(2), "{words:?}: {}", refused.err);
        assert!(refused.said().contains(part), "{words:?}: {}", refused.err);
        assert!(!root.path().join("answer").exists());
    }
}
