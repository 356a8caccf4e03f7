//! A fleet without an overlay, as its first user meets it: `check`, `plan`, `run`, with the real program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, path::Path};

use common::{done, patchday};

/// 100,000 clients; for ten minutes no login is answered, then all sessions end.
const FLEET: &str = r#"
[run]
title = "A fleet"
start = "2026-03-02T00:00:00Z"
end = "2026-03-02T20:00:00Z"
[population]
users = 100_000
online_share = 0.738
regular_share = 0.8
always_on_share = 0.9
[[population.region]]
name = "us"
share = 1.0
utc_offset = "-6h"
[overlay]
enabled = false
[client]
login_timeout = "10s"
[servers.login]
servers = 20
rate_each = "5/s"
queue = "8s"
[[trigger.sign_out]]
at = "2026-03-02T14:20:00Z"
within = "30s"
"#;

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
    fs::write(root.path().join("f.toml"), FLEET).unwrap();
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
    let naive = FLEET
        .replace("utc_offset = \"-6h\"", "utc_offset = -6")
        .replace("queue", "rate = \"50/s\"\nqueue");
    fs::write(root.path().join("f.toml"), naive).unwrap();
    let (check, code) = said(root.path(), &["check", "f.toml"]);
    assert_eq!(code, Some(2), "{check}");
    assert!(check.contains("did you mean \"-6h\"?"), "{check}");
    assert!(check.contains("give one of the two"), "{check}");
}
