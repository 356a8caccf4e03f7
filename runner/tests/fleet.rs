//! A fleet without an overlay, as its first user meets it: `check`, `plan`, `run`, with the real program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, path::Path};

use common::{done, fleets::fleet, patchday};

/// 100,000 clients; all sessions end in half a minute.
fn large() -> String {
    fleet(
        100_000,
        "",
        r#"
[servers.login]
servers = 20
rate_each = "5/s"
queue = "8s"
[[trigger.sign_out]]
at = "2026-03-02T14:20:00Z"
within = "30s"
"#,
    )
}

/// Returns output, messages and exit code of a command in a directory.
fn said(directory: &Path, words: &[&str]) -> (String, Option<i32>) {
    let mut command = patchday(words);
    command.current_dir(directory);
    let ended = done(command);
    (ended.out + &ended.err, ended.code)
}

#[test]
fn a_fleet_without_an_overlay_has_no_other_services() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("f.toml"), large()).unwrap();
    let (check, code) = said(root.path(), &["check", "f.toml"]);
    assert_eq!(code, Some(0), "{check}");
    for line in [
        "capacity   100/s of all login servers (20 servers, 5.00/s each)",
        "drain      12 min to log in all 73.8 k users at capacity",
    ] {
        assert!(check.contains(line), "{check}");
    }
    let (plan, _) = said(root.path(), &["plan", "--quick", "f.toml"]);
    assert!(plan.contains("capacity   100/s"), "{plan}");
    let (run, code) = said(
        root.path(),
        &["run", "f.toml", "--scale", "0.1", "--out", "r"],
    );
    assert_eq!(code, Some(0), "{run}");
    assert!(run.contains("OUTCOME: outage of "), "{run}");
    assert!(run.contains("open r/report.html"), "{run}");
    let timeline = fs::read_to_string(root.path().join("r/timeline.md")).unwrap();
    for word in ["usiness", "resence", "chat", "call", "upernode"] {
        for text in [&check, &plan, &run, &timeline] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
    let config = fs::read_to_string(root.path().join("r/config.toml")).unwrap();
    assert!(
        config.contains("business_share = 0.0  # default without overlay"),
        "{config}"
    );
    // The printed scenario is the same scenario.
    let (again, code) = said(root.path(), &["run", "r/config.toml", "--out", "again"]);
    assert_eq!(code, Some(0), "{again}");
    let digest = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("digest"))
            .map(str::to_owned)
    };
    assert_eq!(digest(&run), digest(&again));
}

#[test]
fn mistakes_of_a_first_scenario_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let naive = large()
        .replace("utc_offset = \"-6h\"", "utc_offset = -6")
        .replace("queue", "rate = \"50/s\"\nqueue");
    fs::write(root.path().join("f.toml"), naive).unwrap();
    let (check, code) = said(root.path(), &["check", "f.toml"]);
    assert_eq!(code, Some(2), "{check}");
    assert!(check.contains("did you mean \"-6h\"?"), "{check}");
    assert!(check.contains("give one of the two"), "{check}");
}

/// 10,000 clients, nearly all signed in; the login servers are down for 20 minutes, and the sessions
/// end in that time and at its end. At 10 logins a second less than 90 % are online for 31 minutes.
fn database_down() -> String {
    fleet(
        10_000,
        r#"
[client.retry.exponential]
base = "1s"
cap = "1m"
jitter = "none"
"#,
        r#"
[servers.login]
rate = "10/s"
queue = "8s"
[[trigger.server]]
server = "login"
at = "2026-03-02T14:00:00Z"
lasts = "20m"
[[trigger.sign_out]]
at = "2026-03-02T14:00:00Z"
share = 0.333
within = "20m"
[[trigger.sign_out]]
at = "2026-03-02T14:20:00Z"
within = "30s"
"#,
    )
}

/// The summary of a run with a sample so often, and what the command prints.
fn sampled(directory: &Path, sample: &str) -> (serde_json::Value, String) {
    let set = format!("run.sample={sample}");
    let words = ["run", "f.toml", "--force", "--out", sample, "-s", &set];
    let (text, code) = said(directory, &words);
    assert_eq!(code, Some(0), "{text}");
    let file = fs::read(directory.join(sample).join("summary.json")).unwrap();
    (serde_json::from_slice(&file).unwrap(), text)
}

#[test]
fn an_outage_is_the_same_with_finer_samples_and_coarse_ones_are_warned_of() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("f.toml"), database_down()).unwrap();
    let (minute, text) = sampled(root.path(), "1m");
    assert!(!text.contains("is longer than run.outage_after"), "{text}");
    let hours = minute["hours_to_90_percent"].as_f64().unwrap();
    assert!((0.4..0.7).contains(&hours), "{hours}");
    assert_eq!(minute["outage"]["hours"].as_f64(), Some(hours));
    let (second, _) = sampled(root.path(), "1s");
    for figure in [
        "outage",
        "hours_to_50_percent",
        "hours_to_90_percent",
        "hours_below_90_percent",
        "user_hours_lost",
        "online_share_min",
        "retry_amplification",
    ] {
        assert_eq!(second[figure], minute[figure], "{figure}");
    }
    for sample in ["10m", "1h"] {
        let (coarse, text) = sampled(root.path(), sample);
        let says = "is longer than run.outage_after (5m)";
        assert!(text.contains(says), "{text}");
        assert_eq!(coarse["retry_amplification"], minute["retry_amplification"]);
        // Start and end are each known to one sample.
        let found = coarse["hours_to_90_percent"].as_f64().unwrap();
        let each = coarse["sample_hours"].as_f64().unwrap();
        assert!((found - hours).abs() <= each, "{sample}: {found}");
    }
}

#[test]
fn the_criterion_of_the_help_decides_about_an_outage_below_an_hour() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("f.toml"), database_down()).unwrap();
    let words = [
        "tip",
        "f.toml",
        "--param",
        "servers.login.rate",
        "--range",
        "6/s..18/s",
        "--survives",
        "hours_to_90_percent < 0.5",
        "--reps",
        "4",
        "--out",
        "tip",
        "--json",
    ];
    let (text, code) = said(root.path(), &words);
    assert_eq!(code, Some(0), "{text}");
    let file = fs::read(root.path().join("tip/answer.json")).unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&file).unwrap();
    // Today's rate of 10/s does not survive; a rate 64 % lower would not, either.
    let bound = |index: usize| answer["answer"]["interval"][index].as_f64().unwrap();
    assert!(10.0 < bound(0) && bound(1) < 11.5, "{answer}");
    // The outage at 10.55/s lasts for half an hour.
    assert!(bound(0) < 10.55 && 10.55 < bound(1), "{answer}");
}

#[test]
fn a_wrong_expectation_is_an_error_with_its_place() {
    let root = tempfile::tempdir().unwrap();
    let expect = "[[expect]]\nname = \"soon\"\nthat = \"hours_below_90 < 0.4\"\n";
    fs::write(root.path().join("f.toml"), large() + expect).unwrap();
    let (text, code) = said(root.path(), &["check", "f.toml"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains("f.toml:31:9  no run has a figure `hours_below_90`"),
        "{text}"
    );
    // The one that a new scenario proposes is right.
    let (text, code) = said(root.path(), &["new", "mine"]);
    assert_eq!(code, Some(0), "{text}");
    let mine = root.path().join("mine.toml");
    let lines = fs::read_to_string(&mine).unwrap();
    let lines = lines.lines().map(|line| match line.split_once('#') {
        Some(("", key))
            if key.starts_with("[[expect")
                || key.starts_with("name")
                || key.starts_with("that") =>
        {
            key
        }
        _ => line,
    });
    let lines: Vec<&str> = lines.collect();
    fs::write(&mine, lines.join("\n")).unwrap();
    let (text, code) = said(root.path(), &["check", "mine.toml"]);
    assert!(lines.contains(&"[[expect]]"));
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_baseline_of_another_scale_and_the_ends_of_a_search_are_warned_of() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("f.toml"), large()).unwrap();
    let (text, _) = said(
        root.path(),
        &["run", "f.toml", "--scale", "0.2", "--out", "one"],
    );
    assert!(!text.contains("baseline"), "{text}");
    let again = [
        "run",
        "f.toml",
        "--scale",
        "0.4",
        "--out",
        "two",
        "--baseline",
    ];
    let (text, _) = said(root.path(), &[&again[..], &["one/summary.json"]].concat());
    assert!(
        text.contains("warning: the norm of the baseline peaks at"),
        "{text}"
    );
    let map = "map f.toml --scale 0.05 --grid 2 --depth 0 --out m --x servers.login.queue=2s..30s --y \
               servers.login.rate_each=5/s..9/s";
    let words: Vec<&str> = map.split(' ').collect();
    let (text, code) = said(root.path(), &words);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("with servers.login.queue=30s") && text.contains("is longer than"),
        "{text}"
    );
}
