//! Figures of one's own (`[[figure]]`) with the real program: in the summary, in expectations, and in
//! every question that takes a figure.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, path::Path};

use common::{Done, done, fine, fleets::fleet, json, patchday};
use serde_json::Value;

const FIGURES: &str = r#"
[servers.login]
rate = "2/s"
[[trigger.sign_out]]
at = "2026-03-02T06:00:00Z"
share = 0.9
[[figure]]
name = "queue_mean"
column = "login_queue"
from = "6h"
to = "2026-03-02T08:00:00Z"
statistic = "mean"
[[figure]]
name = "hours_thin"
column = "online"
divided_by = "norm"
statistic = "time_below"
level = 0.95
better = "lower"
[[figure]]
name = "served"
column = "login_served"
from = "6h"
statistic = "integral"
[[figure]]
name = "region_least"
column = "online_in_us"
statistic = "min"
"#;

/// A fleet with figures of its own, and what `more` adds.
fn scenario(root: &Path, more: &str) -> String {
    let path = root.join("fleet.toml");
    fs::write(&path, fleet(5_000, "", &format!("{FIGURES}{more}"))).unwrap();
    path.display().to_string()
}

fn ended(root: &Path, words: &[&str]) -> Done {
    let mut command = patchday(words);
    command.current_dir(root);
    done(command)
}

/// The ticks of a series with the values of some of its columns.
fn series(directory: &Path, names: &[&str]) -> Vec<(f64, Vec<f64>)> {
    let mut reader = csv::Reader::from_path(directory.join("series.csv")).unwrap();
    let heads = reader.headers().unwrap().clone();
    let place = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let places: Vec<usize> = names.iter().map(|name| place(name)).collect();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let number = |place: usize| row[place].parse::<f64>().unwrap();
        let values = places.iter().map(|place| number(*place)).collect();
        (number(1), values)
    });
    rows.collect()
}

#[test]
fn a_run_has_the_figures_of_its_scenario() {
    let root = tempfile::tempdir().unwrap();
    let expect = "[[expect]]\nname = \"thin\"\nthat = \"hours_thin < 0.001\"\n\
                  [[expect]]\nname = \"served\"\nthat = \"served > 100\"\n";
    let file = scenario(root.path(), expect);
    let ended = ended(
        root.path(),
        &["run", &file, "--out", "run", "--threads", "1"],
    );
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    for says in [
        "NOT MET           thin: `hours_thin < 0.001`; hours_thin is ",
        "met               served: `served > 100`",
        "\nqueue_mean        ",
    ] {
        assert!(ended.out.contains(says), "{says}: {}", ended.out);
    }
    let directory = root.path().join("run");
    let figure = json(&directory.join("summary.json"))["figure"].clone();
    let value = |name: &str| figure[name]["value"].as_f64().unwrap();
    let names = [
        "login_queue",
        "online",
        "norm",
        "login_served",
        "online_in_us",
    ];
    let rows = series(&directory, &names);
    let (mut queue, mut thin, mut served, mut least) = (0.0, 0.0, 0.0, f64::INFINITY);
    for (tick, row) in rows {
        // Samples are a minute apart.
        if tick > 6.0 * 3_600.0 {
            served += row[3];
            if tick <= 8.0 * 3_600.0 {
                queue += row[0] / 120.0;
            }
        }
        if row[1] / row[2] < 0.95 {
            thin += 1.0 / 60.0;
        }
        least = least.min(row[4]);
    }
    assert!(queue > 0.0 && thin > 0.0 && served > 100.0);
    for (name, found) in [
        ("queue_mean", queue),
        ("hours_thin", thin),
        ("served", served),
        ("region_least", least),
    ] {
        assert!(
            (value(name) - found).abs() < 1e-5,
            "{name}: {figure}, {found}"
        );
    }
    let units =
        ["queue_mean", "hours_thin", "served", "region_least"].map(|name| &figure[name]["unit"]);
    assert_eq!(units, ["logins", "h", "count", "users"]);
    let page = fs::read_to_string(directory.join("report.html")).unwrap();
    assert!(page.contains("queue_mean") && page.contains("Mean over time of login_queue"));
    let again = fine(patchday(&["verify", directory.to_str().unwrap()]));
    assert!(again.out.contains("same"), "{}", again.out);
}

#[test]
fn mistakes_are_named_with_their_place() {
    let root = tempfile::tempdir().unwrap();
    for (more, says) in [
        (
            "[[figure]]\nname = \"user_hours_lost\"\ncolumn = \"online\"\nstatistic = \"min\"",
            "is the name of a figure of every run",
        ),
        (
            "[[figure]]\nname = \"x\"\ncolumn = \"onlin\"\nstatistic = \"min\"",
            "did you mean `online`?",
        ),
        (
            "[[figure]]\nname = \"x\"\ncolumn = \"online\"\nstatistic = \"median\"",
            "one of min, max, mean, integral, time_below, time_above",
        ),
        (
            "[[figure]]\nname = \"x\"\ncolumn = \"online\"\nstatistic = \"min\"\nto = \"2026-03-01T00:00:00Z\"",
            "ends the window before the run",
        ),
        (
            "[[expect]]\nname = \"x\"\nthat = \"queue_maen < 3\"",
            "did you mean `queue_mean`?",
        ),
    ] {
        let file = scenario(root.path(), more);
        let refused = ended(root.path(), &["check", &file]);
        assert_eq!(refused.code, Some(2), "{says}: {}", refused.out);
        assert!(
            refused.out.contains(says) && refused.out.contains("fleet.toml:"),
            "{says}: {}",
            refused.out
        );
        for words in [&["run", &file][..], &["sweep", &file]] {
            let is_expectation = more.starts_with("[[expect]]");
            if words[0] == "sweep" && is_expectation {
                continue;
            }
            let refused = ended(root.path(), words);
            assert_eq!(refused.code, Some(2), "{says}: {}", refused.err);
            assert!(refused.err.contains(says), "{says}: {}", refused.err);
        }
    }
}

#[test]
fn questions_take_the_figures_of_a_scenario() {
    let root = tempfile::tempdir().unwrap();
    let file = scenario(root.path(), "");
    let short = ["--until", "9h", "--threads", "1"];
    let of = |words: &[&str]| {
        let ended = ended(root.path(), &[words, &short].concat());
        assert_eq!(ended.code, Some(0), "{words:?}: {}", ended.err);
        ended.out
    };
    // A sweep has a column for each, and draws them first.
    let vary = "servers.login.rate=1/s,4/s";
    of(&[
        "sweep", &file, "--vary", vary, "--reps", "2", "--out", "sweep",
    ]);
    let table = fs::read_to_string(root.path().join("sweep/runs.csv")).unwrap();
    let heads = table.lines().next().unwrap();
    assert!(
        heads.ends_with(",hours_thin,queue_mean,region_least,served"),
        "{heads}"
    );
    let page = fs::read_to_string(root.path().join("sweep/report.html")).unwrap();
    assert!(page.contains("Queue mean goes from "), "{page}");
    // A comparison ranks by a figure that says what is better.
    let words = ["compare", &file, "--vary", vary, "--reps", "3", "--json"];
    let asked = [&words[..], &["--figure", "hours_thin", "--out", "compare"]].concat();
    let answer: Value = serde_json::from_str(&of(&asked)).unwrap();
    assert_eq!(answer["rankings"][0]["figure"], "hours_thin");
    assert_eq!(answer["rankings"][0]["lower_is_better"], true);
    let refused = ended(
        root.path(),
        &[&words[..], &["--figure", "hours_thim"]].concat(),
    );
    assert!(
        refused.err.contains("did you mean `hours_thin`?"),
        "{}",
        refused.err
    );
    // A tipping point by a criterion on one.
    let tip = [
        "tip",
        &file,
        "--param",
        "servers.login.rate",
        "--range",
        "0.5/s..20/s",
        "--survives",
        "hours_thin < 0.5",
        "--reps",
        "2",
        "--json",
        "--out",
        "tip",
    ];
    let answer: Value = serde_json::from_str(&of(&tip)).unwrap();
    assert!(answer["tip"].as_f64().is_some(), "{answer}");
    // A map has them at each point, and others that are asked for.
    let rate = "servers.login.rate=1/s..4/s";
    let queue = "servers.login.queue=5s..20s";
    let map = ["map", &file, "--x", rate, "--y", queue, "--grid", "2"];
    let more = [
        "--depth",
        "0",
        "--figure",
        "user_hours_lost",
        "--out",
        "map",
    ];
    let said = of(&[&map[..], &more].concat());
    assert!(said.contains("\nhours_thin: "), "{said}");
    let answer = json(&root.path().join("map/answer.json"))["answer"].clone();
    assert_eq!(answer["figures"][1]["unit"], "h");
    assert_eq!(answer["figures"][4]["name"], "user_hours_lost");
    for point in answer["points"].as_array().unwrap() {
        assert!(point["figures"]["hours_thin"].is_number(), "{point}");
    }
    let page = fs::read_to_string(root.path().join("map/report.html")).unwrap();
    assert!(page.contains("id=\"figures\"") && page.contains("map-figure-4"));
    // A fork keeps them with their units.
    of(&["run", &file, "--out", "run"]);
    let tries = ["--try", "none", "--try", "servers.login.rate=9/s"];
    let fork = [
        &["fork", "run", "--at", "6h"][..],
        &tries,
        &["--out", "fork"],
    ]
    .concat();
    let ended = ended(root.path(), &fork);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.out.contains("queue_mean"), "{}", ended.out);
    let answer = json(&root.path().join("fork/answer.json"))["answer"].clone();
    assert_eq!(answer["units"]["queue_mean"], "logins");
    assert!(answer["futures"][0]["figures"]["queue_mean"].is_number());
    let listed = fine(patchday(&["schema", "--figures", "--scenario", &file]));
    assert!(listed.out.starts_with("queue_mean "), "{}", listed.out);
}
