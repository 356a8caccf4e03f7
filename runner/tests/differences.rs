//! Tests of what the program says about runs that are not what was observed, and about two runs
//! beside each other.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, path::Path};

use common::{json, run};

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
