//! Questions with the real program: tipping points, comparisons, forks and maps.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, path::Path};

use common::{done, fine, fleet, json, patchday, scenario};
use serde_json::Value;

#[test]
fn tip_finds_the_tipping_point_or_reports_that_there_is_none() {
    let root = tempfile::tempdir().unwrap();
    let tip = |range: &str| {
        let mut command = patchday(&["tip", "--scale", "0.001", "--until", "18h", "--json"]);
        command.args([
            "--param",
            "servers.login.queue",
            "--range",
            range,
            "--reps",
            "3",
        ]);
        command
            .args(["--survives", "hours_below_80_percent < 2"])
            .arg(fleet())
            .current_dir(root.path());
        serde_json::from_str::<Value>(&fine(command).out).unwrap()
    };
    let answer = tip("5s..80s");
    let (tip_at, low) = (
        answer["tip"].as_f64().unwrap(),
        answer["interval"][0].as_f64().unwrap(),
    );
    let high = answer["interval"][1].as_f64().unwrap_or(f64::INFINITY);
    assert!(low <= tip_at && tip_at <= high, "{answer}");
    assert!((5.0..40.0).contains(&tip_at), "{answer}");
    let none = tip("2s..6s");
    assert_eq!(none["tip"], Value::Null);
    assert!(
        none["remark"]
            .as_str()
            .unwrap()
            .contains("every run survived"),
        "{none}"
    );
}

#[test]
fn variants_are_compared_in_pairs_and_only_if_they_are_comparable() {
    let root = tempfile::tempdir().unwrap();
    let compare = |more: &[&str]| {
        let mut command = patchday(&["compare", "--scale", "0.001", "--until", "6h", "--json"]);
        command.args(["--reps", "10"]).args(more).arg(fleet());
        command.current_dir(root.path());
        done(command)
    };
    let ended = compare(&["--variant", "short queue: servers.login.queue=5s"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    let lines = answer["lines"].as_array().unwrap();
    let lost = lines
        .iter()
        .find(|line| line["figure"] == "user_hours_lost" && line["variant"] == "short queue")
        .unwrap();
    assert!(lost["difference"]["high"].as_f64().unwrap() < 0.0, "{lost}");
    assert_eq!(lost["pairs"], 10);
    let sentence = answer["verdict"].as_str().unwrap();
    let begin = match answer["rankings"][0]["decided"].as_bool().unwrap() {
        true => "Best by ",
        false => "Not decided",
    };
    assert!(sentence.starts_with(begin), "{sentence}");
    assert!(
        sentence.contains("time below 50 % of the norm"),
        "{sentence}"
    );
    // Lost user hours are decided, so a sentence about a decided figure is there in both cases.
    assert!(
        begin.starts_with("Best") || sentence.contains("The first figure that is decided: "),
        "{sentence}"
    );
    let curves = &answer["curves"]["lines"];
    assert_eq!(curves.as_array().unwrap().len(), 2);
    assert_eq!(answer["rankings"][0]["order"][0]["rank"], 1);
    let changed = &answer["variants"][1]["changes"][0];
    assert_eq!(changed["key"], "servers.login.queue");
    assert_eq!(
        (&changed["today"], &changed["value"]),
        (&"\"2m\"".into(), &"5s".into())
    );
    for (change, why) in [
        ("population.users=5000000", "other users"),
        (
            "servers.login.queue=2m",
            "it is the scenario as it is (today's value)",
        ),
        (
            "overlay.promotion.flaw=false",
            "it has no effect in this scenario: overlay.promotion.flaw: overlay.enabled = false",
        ),
        (
            "a: client.login_timeout=9s; client.login_timeout=8s",
            "given twice",
        ),
        ("run.seed=3", "every replicate has a seed of its own"),
    ] {
        let refused = compare(&["--variant", change]);
        assert_eq!(refused.code, Some(2), "{}", refused.out);
        assert!(refused.err.contains(why), "{}", refused.err);
    }
}

#[test]
fn a_value_of_today_and_one_without_effect_are_left_out_with_a_note() {
    let root = tempfile::tempdir().unwrap();
    let mut command = patchday(&["compare", "--scale", "0.001", "--until", "3h", "--json"]);
    command.args(["--reps", "2", "--figure", "attempts", "--vary"]);
    command.args([
        "servers.login.queue=2m,5s",
        "--vary",
        "client.retry.fixed=,20s",
    ]);
    command
        .args(["--variant", "label: run.title=other"])
        .arg(fleet());
    command.current_dir(root.path());
    let ended = done(command);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    let names: Vec<&str> = answer["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "as it is",
            "servers.login.queue=5s",
            "client.retry.fixed=20s"
        ]
    );
    let notes = answer["notes"].to_string();
    for part in [
        "servers.login.queue=2m` is left out",
        "client.retry.fixed not set` is left out",
        "`label` is left out",
    ] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
    // The answer has a checksum.
    // The ledger is beside the answer.
    let runs = fs::read_dir(root.path().join("runs")).unwrap();
    let mut directories = runs.map(|entry| entry.unwrap().path());
    let directory = directories.find(|path| !path.ends_with(".ledger")).unwrap();
    let path = directory.join("answer.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"seal\": \""), "{text}");
    fs::write(&path, text.replace("\"runs\": 6", "\"runs\": 7")).unwrap();
    let mut command = patchday(&["report"]);
    command.arg(&directory);
    let refused = done(command);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("checksum"), "{}", refused.err);
}

#[test]
fn forks_have_the_past_of_their_run_and_differ_after_it() {
    let root = tempfile::tempdir().unwrap();
    let run = root.path().join("run");
    let mut command = patchday(&["run", "--scale", "0.0005", "--until", "64h", "--out"]);
    command
        .arg(&run)
        .args(["--checkpoint-every", "20h"])
        .arg(scenario());
    fine(command);
    let fork = |out: &str, more: &[&str]| {
        let mut command = patchday(&["fork", "--at", "50h30m", "--json", "--out"]);
        command.arg(root.path().join(out)).args(more).arg(&run);
        done(command)
    };
    let ended = fork(
        "futures",
        &[
            "--try",
            "none",
            "--try",
            "sooner: operator.force_supernodes.first.at=2007-08-16T09:00:00Z",
            "--try",
            "same: operator.force_supernodes.second.count=14000",
        ],
    );
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    // Counts and rates are those of the full population, whatever the scale of the run.
    let same = root.path().join("futures/3-same");
    let answer: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let change = &answer["futures"][2]["changes"][0];
    assert_eq!(
        (&change["today"], &change["value"]),
        (&"7".into(), &"7".into()),
        "{answer}"
    );
    // The fork without a change repeats the run.
    let none = root.path().join("futures/1-none");
    for (name, fork) in ["series.csv", "summary.json", "timeline.md"]
        .into_iter()
        .flat_map(|name| [(name, &none), (name, &same)])
    {
        assert!(
            fs::read(fork.join(name)).unwrap() == fs::read(run.join(name)).unwrap(),
            "{name}"
        );
    }
    let digest = |run: &Path| json(&run.join("manifest.json"))["digest"].clone();
    assert_eq!(digest(&none), digest(&run));
    // The other one has the same samples up to the fork, and others after it.
    let sooner = root.path().join("futures/2-sooner");
    let lines = |run: &Path| {
        let text = fs::read_to_string(run.join("series.csv")).unwrap();
        text.lines().map(String::from).collect::<Vec<_>>()
    };
    let (one, other) = (lines(&run), lines(&sooner));
    assert_eq!(one[..=50 * 60 + 30], other[..=50 * 60 + 30]);
    assert_ne!(one.last(), other.last());
    // A change of the past is an error.
    let refused = fork("never", &["--try", "trigger.patch_day.share=0.0"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("after the release"), "{}", refused.err);
    assert!(!root.path().join("never").exists());
    // All alternatives are checked before the first one runs.
    let refused = fork(
        "never",
        &["--try", "none", "--try", "population.eligible_share=0.5"],
    );
    assert_eq!(refused.code, Some(2));
    let why = "population.eligible_share cannot change during a run";
    assert!(refused.err.contains(why), "{}", refused.err);
    assert!(!root.path().join("never").exists());

    // So is an end before the fork.
    let refused = fork("never", &["--try", "none", "--until", "50h"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("choose a later end"),
        "{}",
        refused.err
    );
    assert!(!root.path().join("never").exists());

    let mut command = patchday(&["diff"]);
    command.arg(&run).arg(&sooner);
    let ended = done(command);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.out.contains("operator.force_supernodes.0.at"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("first difference  2007-08-16T12:"),
        "{}",
        ended.out
    );
    let mut command = patchday(&["diff"]);
    command.arg(&run).arg(&none);
    assert!(fine(command).out.contains("the runs are equal"));
}

#[test]
fn a_map_classifies_points_and_follows_the_hysteresis() {
    let mut command = patchday(&["map", "--scale", "0.001", "--until", "20h", "--json"]);
    command.args(["--x", "servers.login.queue=5s..60s"]);
    command.args(["--y", "servers.login.rate=130/s..400/s"]);
    command.args(["--grid", "2", "--depth", "1"]);
    command.args(["--branches", "--dwell", "1h"]).arg(fleet());
    let root = tempfile::tempdir().unwrap();
    command.current_dir(root.path());
    let answer: Value = serde_json::from_str(&fine(command).out).unwrap();
    let class = |x: &str, y: &str| {
        let points = answer["points"].as_array().unwrap().iter();
        let found = points.filter(|point| point["x"] == x && point["y"] == y);
        found.map(|point| point["class"].as_str().unwrap()).next()
    };
    // A short queue wastes no work; a long one at a low rate is metastable.
    assert!(
        matches!(class("5s", "400/s"), Some("stable" | "vulnerable")),
        "{answer}"
    );
    assert!(
        matches!(class("60s", "130/s"), Some("metastable" | "always_down")),
        "{answer}"
    );
    // Cells with different corners are refined.
    assert!(answer["points"].as_array().unwrap().len() > 4, "{answer}");
    let ways = answer["branches"].as_array().unwrap();
    assert_eq!(ways.len(), 3);
    assert_eq!(ways[0]["up"].as_array().unwrap().len(), 9);
    assert_eq!(ways[0]["up"][8], ways[0]["down"][8]);
}

#[test]
fn a_map_refuses_sweeps_that_cannot_be_made_before_any_run() {
    let root = tempfile::tempdir().unwrap();
    let map = |x: &str, more: &[&str]| {
        let mut command = patchday(&["map", "--scale", "0.001", "--until", "20h", "--x", x]);
        command.args(["--y", "servers.login.rate=130/s..400/s", "--grid", "2"]);
        command.args(more).arg(fleet()).current_dir(root.path());
        done(command)
    };
    let queue = "servers.login.queue=5s..60s";
    for (x, dwell, says) in [
        (queue, "2h", "17 dwell times of 2h are longer than the run"),
        // The trigger has begun when the key changes.
        (
            "trigger.server.0.factor=0.0..0.5",
            "1h",
            "--branches: trigger.server",
        ),
    ] {
        let refused = map(x, &["--branches", "--dwell", dwell]);
        assert_eq!(refused.code, Some(2), "{}", refused.err);
        assert!(refused.err.contains(says), "{says}: {}", refused.err);
        assert!(!root.path().join("runs").exists(), "{says}");
    }
    let planned = map(queue, &["--dwell", "2h", "--dry-run"]);
    assert_eq!(planned.code, Some(0), "{}", planned.err);
    let warned = "--dwell has no effect without --branches";
    assert!(planned.err.contains(warned), "{}", planned.err);
    // A run without triggers is not shown with all that removes them.
    let line = "servers.login.queue=5s; servers.login.rate=130/s; without triggers: 1 run\n";
    assert!(planned.out.contains(line), "{}", planned.out);
    assert!(
        !planned.out.contains("trigger.server=[]"),
        "{}",
        planned.out
    );
}

#[test]
fn a_fork_with_force_leaves_nothing_of_the_earlier_one() {
    let root = tempfile::tempdir().unwrap();
    let (run, out) = (root.path().join("run"), root.path().join("futures"));
    let mut command = patchday(&["run", "--scale", "0.0002", "--until", "3h", "--out"]);
    command.arg(&run).arg(scenario());
    fine(command);
    let fork = |more: &[&str]| {
        let mut command = patchday(&["fork", "--at", "1h", "--out"]);
        command.arg(&out).args(more).arg(&run);
        fine(command);
    };
    fork(&["--try", "a: client.probes=3", "--try", "none"]);
    fs::create_dir(out.join("3-mine")).unwrap();
    fs::write(out.join("2-none/notes.txt"), "mine").unwrap();
    fs::write(out.join("report.html"), "old").unwrap();
    fork(&["--try", "none", "--force"]);
    assert!(!out.join("1-a").exists());
    // Files of others stay, without the run that was beside them.
    let left: Vec<_> = fs::read_dir(out.join("2-none")).unwrap().collect();
    assert_eq!(left.len(), 1);
    assert!(out.join("2-none/notes.txt").exists() && out.join("3-mine").exists());
    assert!(out.join("1-none/series.csv").exists());
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("none"), "the report is the old one");
}
