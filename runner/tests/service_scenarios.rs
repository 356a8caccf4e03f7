//! The scenarios with services that stand beside a published simulator, run by the program: each has
//! expectations that follow from the measured figures.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs")
}

fn patchday(arguments: &[&str], out: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchday"));
    command.args(arguments);
    if let Some(out) = out {
        command.args(["--threads", "1", "--out"]).arg(out);
    }
    command.output().unwrap()
}

/// Runs a scenario, and returns its exit code, its summary and its directory.
fn run(file: &Path, more: &[&str]) -> (Option<i32>, Value, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("run");
    let path = file.display().to_string();
    let arguments: Vec<&str> = ["run", &path].iter().chain(more).copied().collect();
    let output = patchday(&arguments, Some(&out));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let summary = fs::read(out.join("summary.json")).unwrap_or_else(|_| panic!("{said}"));
    (
        output.status.code(),
        serde_json::from_slice(&summary).unwrap(),
        root,
    )
}

fn figure(summary: &Value, name: &str) -> f64 {
    summary["figure"][name]["value"].as_f64().unwrap()
}

#[test]
fn the_four_measured_systems_do_what_was_measured() {
    for name in [
        "fleet-retry-storm.toml",
        "fleet-connection-pool.toml",
        "fleet-cache-stampede.toml",
        "fleet-goodput-collapse.toml",
    ] {
        for seed in ["1", "2"] {
            let (code, summary, _) = run(&configs().join(name), &["--seed", seed]);
            assert_eq!(code, Some(0), "{name}, seed {seed}: {}", summary["figure"]);
        }
    }
}

/// The incidents at a small scale: what is known of them is what the model does.
#[test]
fn the_incidents_go_as_they_are_known() {
    for (name, scale) in [
        ("incident-canva-2024.toml", "0.01"),
        ("incident-cloudflare-2025.toml", "1"),
        ("incident-google-2025.toml", "1"),
        ("incident-slack-2022.toml", "0.02"),
    ] {
        let (code, summary, _) = run(&configs().join(name), &["--scale", scale]);
        assert_eq!(code, Some(0), "{name}: {}", summary["figure"]);
    }
}

/// What the scenarios say about the way out.
#[test]
fn each_storm_has_the_way_out_that_its_scenario_names() {
    let storm = configs().join("fleet-retry-storm.toml");
    for way_out in ["source.requests.retries=0", "service.backend.queue=20"] {
        let (_, summary, _) = run(&storm, &["-s", way_out]);
        let later = figure(&summary, "ok_in_storm");
        assert!(later > 2_500.0, "{way_out}: {later} of 2,800");
    }
    let collapse = configs().join("fleet-goodput-collapse.toml");
    let (_, summary, _) = run(&collapse, &["-s", "service.backend.queue=50"]);
    let served = figure(&summary, "ok_in_collapse");
    assert!(served > 2_000.0, "{served} of 2,250");
}

#[test]
fn a_new_fleet_is_checked_run_and_reported() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("shop.toml");
    let shown = path.display().to_string();
    assert!(patchday(&["new", &shown, "--fleet"], None).status.success());
    let checked = patchday(&["check", &shown], None);
    let text = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{text}");
    for word in ["gateway", "auth", "database", "headroom"] {
        assert!(text.contains(word), "{text}");
    }
    let (_, summary, run) = run(&path, &["--scale", "0.02"]);
    let share = figure(&summary, "refresh.success_share");
    assert!((0.5..1.0).contains(&share), "{share}");
    assert!(figure(&summary, "login.p99_s_max") > 0.0);
    let run = run.path().join("run");
    let services = fs::read_to_string(run.join("services.csv")).unwrap();
    assert!(services.starts_with("time,tick,service,arrivals,ok,"));
    // A row for each of three services at each of 360 samples.
    assert_eq!(services.lines().count(), 1 + 3 * 360);
    let operations = fs::read_to_string(run.join("operations.csv")).unwrap();
    assert_eq!(operations.lines().count(), 1 + 2 * 360);
    let report = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(report.contains("Graph of services") && report.contains("data-name=\"database\""));
}

#[test]
fn mistakes_in_services_are_named() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("wrong.toml");
    let text = fs::read_to_string(configs().join("fleet-connection-pool.toml")).unwrap();
    for (from, to, error) in [
        (
            "service = \"database\"\ntimeout",
            "service = \"databse\"\ntimeout",
            "is no service; the services are app, database",
        ),
        (
            "service = \"database\"\ntimeout",
            "service = \"app\"\ntimeout",
            "calls go round in a circle: app -> app",
        ),
        (
            "name = \"requests\"",
            "name = \"app\"",
            "is also the name of another",
        ),
        ("name = \"app\"", "name = \"App\"", "is not a name"),
    ] {
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let checked = patchday(&["check", &path.display().to_string()], None);
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        // Lines are broken where they end.
        let said: Vec<&str> = said.split_whitespace().collect();
        let said = said.join(" ");
        assert_eq!(checked.status.code(), Some(2), "{said}");
        assert!(said.contains(error), "{said}");
    }
}
