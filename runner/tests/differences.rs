//! Tests of what the program says about runs that are not what was observed, and about two runs
//! beside each other.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, path::Path};

use common::{Done, done, json, patchday, run};

/// Whether the timeline of a run marks it as a counterfactual.
fn is_marked(directory: &Path) -> bool {
    let timeline = fs::read_to_string(directory.join("timeline.md")).unwrap();
    let report = fs::read_to_string(directory.join("report.html")).unwrap();
    let marked = timeline.contains("a counterfactual");
    assert_eq!(marked, report.contains("a counterfactual"));
    marked
}

#[test]
fn a_run_with_another_model_is_a_counterfactual_and_one_that_is_only_measured_otherwise_is_not() {
    let root = tempfile::tempdir().unwrap();
    let place = |name: &str| root.path().join(name);
    let changed = run(&place("changed"), &["-s", "servers.login.rate=500/s"]);
    assert_eq!(changed.code, Some(0), "{}", changed.err);
    let line = "a counterfactual: servers.login.rate changed";
    assert!(changed.out.contains(line), "{}", changed.out);
    assert!(!changed.out.contains("mean deviation"), "{}", changed.out);
    assert!(is_marked(&place("changed")));
    assert_eq!(
        json(&place("changed/manifest.json"))["changed"],
        serde_json::json!(["servers.login.rate"])
    );

    let measured = [
        &["--seed", "7", "-s", "run.sample=5m"][..],
        // A value that the file has already.
        &["-s", "overlay.promotion.flaw=true"],
    ];
    for (number, options) in measured.into_iter().enumerate() {
        let directory = place(&number.to_string());
        let same = run(&directory, options);
        assert_eq!(same.code, Some(0), "{}", same.err);
        assert!(!same.out.contains("counterfactual"), "{}", same.out);
        assert!(!is_marked(&directory));
    }
}

fn diff(one: &Path, other: &Path, more: &[&str]) -> Done {
    let mut command = patchday(&["diff"]);
    command.arg(one).arg(other).args(more);
    done(command)
}

#[test]
fn diff_begins_with_the_outcome_then_has_every_changed_key_then_the_first_difference() {
    let root = tempfile::tempdir().unwrap();
    let place = |name: &str| root.path().join(name);
    let changes = [
        "servers.login.rate=100/s",
        "servers.chat.rate=700/s",
        "client.retry.exponential.cap=7m",
        "run.title=Another title, with some words more than one line of a terminal can show at once",
    ];
    let options: Vec<&str> = changes.iter().flat_map(|change| ["-s", change]).collect();
    assert_eq!(run(&place("a"), &[]).code, Some(0));
    assert_eq!(run(&place("b"), &options).code, Some(0));
    let said = diff(&place("a"), &place("b"), &[]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    let text = said.out;
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    let order = [
        "outcome",
        "lowest share online",
        "scenario: 4 keys differ",
        "[run]",
        "[client]",
        "[servers]",
        "first difference  2007-08-",
        "length and final state",
        "the runs differ",
    ];
    let places: Vec<usize> = order.iter().map(|part| at(part)).collect();
    assert!(places.is_sorted(), "{text}");
    for change in changes {
        let (key, _) = change.split_once('=').unwrap();
        assert_eq!(text.matches(&format!("  {key}:")).count(), 1, "{text}");
    }
    let paths = text.lines().skip(2);
    let widest = paths.map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{text}");

    let read: serde_json::Value =
        serde_json::from_str(&diff(&place("a"), &place("b"), &["--json"]).out).unwrap();
    assert_eq!(read["outcome"][0]["figure"], "outage.hours");
    assert_eq!(read["scenario"].as_array().unwrap().len(), 4);
    let title = &read["scenario"][0];
    assert!(
        title["other"].as_str().unwrap().ends_with("at once\""),
        "{title}"
    );

    let same = diff(&place("a"), &place("a"), &[]);
    assert_eq!(same.code, Some(0));
    for part in [
        "outcome",
        "every key has the same value",
        "the runs are equal",
    ] {
        assert!(same.out.contains(part), "{}", same.out);
    }
}
