//! Reports of experiments with the real program: each is made again from its directory with the same
//! bytes, and a comparison has a curve for each variant.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;

use common::{
    done, json, patchday,
    reports::{again, assert_described, assert_self_contained, report},
    scenario,
};
use serde_json::Value;

/// Checks that the page and the answer of a comparison have a curve for each variant.
fn assert_curves(page: &str, answer: &Value) {
    let curves = &answer["curves"];
    let times = curves["times"].as_array().unwrap().len();
    assert!((3..=302).contains(&times), "{times} samples");
    let lines = curves["lines"].as_array().unwrap();
    assert_eq!(lines.len(), answer["variants"].as_array().unwrap().len());
    let (_, section) = page.split_once("id=\"curves-picture-title\"").unwrap();
    let section = &section[..section.find("</figure>").unwrap()];
    for (number, line) in lines.iter().enumerate() {
        let shares = line["online_share"].as_array().unwrap();
        assert_eq!(shares.len(), times);
        assert!(shares.iter().all(|share| share.as_f64().unwrap() < 1.5));
        let class = format!("class=\"l{number}\"");
        assert!(section.contains(&class), "no line {class}");
        let name = line["variant"].as_str().unwrap();
        let name = if name == "as it is" {
            "the scenario as it is"
        } else {
            name
        };
        assert!(section.contains(name), "the legend lacks {name}");
    }
}

#[test]
fn reports_of_experiments_are_reproducible() {
    let root = tempfile::tempdir().unwrap();
    let small = ["--scale", "0.0005", "--until", "12h"];
    let share = "trigger.patch_day.share";
    let (levels, tip) = (format!("{share}=0.2,0.5"), format!("{share}=0.0..1.0"));
    let asked: [(&str, Vec<&str>, &str); 4] = [
        (
            "sweep",
            vec!["--vary", &levels, "--reps", "2"],
            "All points",
        ),
        (
            "tip",
            vec![
                "--param",
                share,
                "--range",
                "0.0..1.0",
                "--reps",
                "2",
                "--survives",
                "supernodes_min.value > 9",
            ],
            "Which share of runs survives",
        ),
        (
            "compare",
            vec!["--vary", &levels, "--reps", "2"],
            "Difference to the scenario",
        ),
        (
            "map",
            vec![
                "--grid",
                "2",
                "--depth",
                "1",
                "--x",
                &tip,
                "--y",
                "overlay.supernode.seats=400..800",
            ],
            "always down",
        ),
    ];
    for (command, words, part) in asked {
        let directory = root.path().join(command);
        let ask = || {
            let mut command = patchday(&[command]);
            command
                .arg(scenario())
                .args(small)
                .args(&words)
                .arg("--out")
                .arg(&directory);
            done(command)
        };
        let ended = ask();
        assert_eq!(ended.code, Some(0), "{command}: {}", ended.err);
        let first = report(&directory);
        assert!(first.contains(part), "{command} lacks `{part}`");
        assert_self_contained(&first);
        fs::remove_file(directory.join("report.html")).unwrap();
        assert_eq!(again(&directory).code, Some(0));
        assert!(
            report(&directory) == first,
            "{command}: the second report differs"
        );
        if command == "compare" {
            assert_curves(&first, &json(&directory.join("answer.json"))["answer"]);
        }
        if command == "tip" {
            assert_described(&first);
            // A report is replaced by one of the same question, but not by one of another.
            assert_eq!(ask().code, Some(0));
            let mut other = patchday(&["tip", "--param", share, "--range", "0.0..0.5"]);
            other.args(["--survives", "supernodes_min.value > 9", "--out"]);
            let refused = done({
                other.arg(&directory).arg(scenario()).args(small);
                other
            });
            assert_eq!(refused.code, Some(2), "{}", refused.err);
            assert!(refused.err.contains("--force"), "{}", refused.err);
        }
    }
}
