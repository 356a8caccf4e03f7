//! Tests of reports with the real program: a report is made at the end of a run and again from the
//! directory alone, has the figures of the summary, is small, and loads nothing from a network.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;

use common::{
    done,
    fleets::fleet,
    json, patchday,
    reports::{again, assert_described, assert_self_contained, report},
    scenario,
};
use serde_json::Value;

/// The figures of a summary, with their names in a report.
fn figures(prefix: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = match prefix {
                    "" => name.clone(),
                    prefix => format!("{prefix}.{name}"),
                };
                figures(&name, value, found);
            }
        }
        Value::Null => found.push((prefix.into(), "never, or none".into())),
        Value::String(text) => found.push((prefix.into(), text.clone())),
        other => found.push((prefix.into(), other.to_string())),
    }
}

#[test]
fn the_report_of_the_outage_is_made_again_from_its_directory() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let mut command = patchday(&["run", "--scale", "0.001", "--out"]);
    command.arg(&directory).arg(scenario());
    let ended = done(command);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let first = report(&directory);
    assert!(first.len() < 1_000_000, "{} bytes", first.len());
    fs::remove_file(directory.join("report.html")).unwrap();
    let ended = again(&directory);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended.out.trim_end().ends_with("report.html"),
        "{}",
        ended.out
    );
    assert!(report(&directory) == first, "the second report differs");

    let mut all = Vec::new();
    figures("", &json(&directory.join("summary.json")), &mut all);
    assert!(all.len() > 50);
    // The scenario has no servers of these services.
    let absent = [
        "gateway",
        "manager",
        "group_video",
        "video_lost",
        "login_attacks",
        "crashes",
        "messages",
        "offline_messages",
    ];
    all.retain(|(name, _)| !absent.iter().any(|start| name.starts_with(start)));
    assert!(all.len() > 40);
    for (name, value) in all {
        let row = format!(
            "<td class=\"key\" data-name=\"Figure\">{name}</td>\
             <td class=\"number\" data-name=\"Value\">{value}</td>"
        );
        assert!(first.contains(&row), "{name} {value}");
    }
    let digest = json(&directory.join("manifest.json"))["digest"].clone();
    for part in [
        digest.as_str().unwrap(),
        "patchday run ",
        "The operator restarts the overlay",
        "overlay.promotion.flaw_memory",
        "<h2 id=\"services-heading\">Services</h2>",
        "western-europe",
        "Retry amplification",
    ] {
        assert!(first.contains(part), "the report lacks `{part}`");
    }
    assert_self_contained(&first);
    assert_described(&first);
}

#[test]
fn unused_features_are_not_in_the_report() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let mut command = patchday(&["run", "--scale", "0.001", "--until", "3h", "--out"]);
    command
        .arg(&directory)
        .arg(scenario().with_file_name("thundering-herd.toml"));
    assert_eq!(done(command).code, Some(0));
    let page = report(&directory);
    assert!(
        !page.contains("Supernodes and their load") && !page.contains("Model and observed values")
    );
    assert!(page.contains("logins a second"));
    assert_described(&page);
}

/// 20,000 clients; for twenty minutes no login is answered, then all sessions end.
fn logins_down() -> String {
    fleet(
        20_000,
        "",
        r#"
[servers.login]
servers = 4
rate_each = "5/s"
queue = "8s"
[[trigger.server]]
server = "login"
at = "2026-03-02T14:00:00Z"
lasts = "20m"
[[trigger.sign_out]]
at = "2026-03-02T14:00:00Z"
within = "30s"
[[expect]]
name = "back soon"
that = "hours_to_90_percent < 20"
[[expect]]
name = "no user hours lost"
that = "user_hours_lost < 1"
"#,
    )
}

/// The words of a page without its script and style sheet, in lower case.
fn words(page: &str) -> Vec<String> {
    let (_, body) = page.split_once("</style>").unwrap();
    let (body, _) = body.split_once("<script>").unwrap();
    let words = body.split(|sign: char| !sign.is_ascii_alphabetic());
    words.map(str::to_ascii_lowercase).collect()
}

#[test]
fn services_that_a_fleet_does_not_have_are_not_in_its_reports() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("fleet.toml");
    fs::write(&file, logins_down()).unwrap();
    let asked: [&[&str]; 4] = [
        &["run"],
        &[
            "compare",
            "--vary",
            "servers.login.rate_each=4/s,20/s",
            "--reps",
            "2",
        ],
        &[
            "sweep",
            "--vary",
            "servers.login.rate_each=4/s,20/s",
            "--reps",
            "2",
        ],
        &[
            "tip",
            "--param",
            "servers.login.rate_each",
            "--range",
            "2/s..20/s",
            "--reps",
            "2",
            "--survives",
            "hours_to_90_percent < 0.5",
        ],
    ];
    for asked in asked {
        let directory = root.path().join(asked[0]);
        let mut command = patchday(asked);
        command.arg(&file).arg("--out").arg(&directory);
        let ended = done(command);
        assert!(
            matches!(ended.code, Some(0 | 1)),
            "{asked:?}: {}",
            ended.err
        );
        let page = report(&directory);
        for word in words(&page) {
            for service in ["business", "presence", "chat", "supernode", "video"] {
                assert!(
                    !word.starts_with(service),
                    "the report of {asked:?} has `{word}`"
                );
            }
            let calls = ["call", "calls"].contains(&word.as_str());
            assert!(!calls, "the report of {asked:?} has `{word}`");
        }
        if asked[0] == "run" {
            assert_legend_and_expectations(&page);
        }
    }
}

/// Checks that the numbered marks have a table with their meanings, and the expectations their results.
fn assert_legend_and_expectations(page: &str) {
    for part in [
        "The numbered marks. Squares: actions of the operator; circles: events from outside.",
        "<td class=\"number\" data-name=\"No.\">1</td>",
        "<h2 id=\"expectations-heading\">Expectations</h2>",
        "<td data-name=\"Expectation\">back soon</td>",
        "<td data-name=\"Result\">met</td>",
        "<td data-name=\"Expectation\">no user hours lost</td>",
        "<td data-name=\"Result\">NOT MET</td>",
        "id=\"incident-picture-title\"",
    ] {
        assert!(page.contains(part), "the report lacks `{part}`");
    }
}

#[test]
fn a_title_cannot_break_the_report() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let title = "run.title='</title><script>alert(1)</script>'";
    let ended = common::run(&directory, &["-s", title]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let page = report(&directory);
    assert_eq!(page.matches("<script").count(), 1);
    assert_self_contained(&page);
}

#[test]
fn a_directory_without_a_run_or_experiment_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let ended = again(root.path());
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.err.contains("neither a run nor an experiment"),
        "{}",
        ended.err
    );
    let directory = root.path().join("run");
    assert_eq!(common::run(&directory, &[]).code, Some(0));
    fs::write(directory.join("summary.json"), "{").unwrap();
    let ended = again(&directory);
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("summary.json"), "{}", ended.err);
    // The existing report is kept.
    assert!(directory.join("report.html").exists());
}
