//! What people see in the terminal, with the real program: nothing is wider than the terminal, and a run
//! begins with its outcome and says each figure once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, path::Path};

use common::{Done, done, fine, fleets::fleet, patchday, scenario};

/// 5,000 clients; for twenty minutes no login is answered, then all sessions end.
fn small() -> String {
    const TITLE: &str = "The database of the login servers is down, a title that alone is longer than a terminal is wide";
    let scenario = fleet(
        5_000,
        r#"
[client.retry.exponential]
base = "1s"
cap = "1m"
jitter = "none"
"#,
        r#"
[servers.login]
rate = "5/s"
queue = "8s"
[[trigger.server]]
server = "login"
at = "2026-03-02T14:00:00Z"
lasts = "20m"
[[trigger.sign_out]]
at = "2026-03-02T14:20:00Z"
within = "30s"
[[expect]]
name = "the login servers are back within less than half an hour, whatever happens to their database"
that = "hours_to_90_percent < 0.25"
"#,
    );
    scenario.replace("A fleet", TITLE)
}

/// A command in a directory with a terminal of so many columns.
fn on_terminal(directory: &Path, columns: Option<&str>, words: &[&str]) -> Done {
    let mut command = patchday(words);
    command.current_dir(directory);
    match columns {
        Some(columns) => command.env("COLUMNS", columns),
        None => command.env_remove("COLUMNS"),
    };
    done(command)
}

/// The lines that are too wide, of those that can be broken.
fn wide(text: &str, width: usize) -> Vec<&str> {
    let too_wide = |line: &&str| line.chars().count() > width;
    let breaks = |line: &&str| {
        let text = line.trim();
        text.contains(' ') && !text.split('\'').next().unwrap().ends_with("patchday ")
    };
    text.lines().filter(too_wide).filter(breaks).collect()
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("f.toml"), small()).unwrap();
    let observed = fs::read_to_string(scenario()).unwrap();
    fs::write(root.path().join("observed.toml"), observed).unwrap();
    let long = "twice as many login servers as there were on the day: servers.login.rate=10/s";
    let wrong = "servers.login.rate=a rate that is no rate and whose text is longer than a line";
    let rows: [(&[&str], i32); 18] = [
        (&["check", "f.toml"], 0),
        (&["check", "observed.toml", "--scale", "0.0005"], 0),
        (&["check", "f.toml", "-s", wrong], 2),
        (&["check", "f.toml", "-s", "run.sample=1d"], 0),
        (&["plan", "f.toml"], 0),
        (&["plan", "observed.toml", "--quick"], 0),
        (&["run", "f.toml", "--out", "r1"], 1),
        (
            &[
                "run",
                "f.toml",
                "--out",
                "r2",
                "-s",
                "servers.login.rate=10/s",
            ],
            0,
        ),
        (
            &[
                "run",
                "observed.toml",
                "--scale",
                "0.0005",
                "--out",
                "r3",
                "--until",
                "60h",
            ],
            0,
        ),
        (&["run", "f.toml", "--out", "r1"], 2),
        (&["run", "r1", "--resume"], 1),
        (&["diff", "r1", "r2"], 1),
        (&["verify", "r1"], 0),
        (&["watch", "--lines", "r1"], 0),
        (
            &[
                "compare",
                "f.toml",
                "--variant",
                long,
                "--reps",
                "2",
                "--out",
                "c",
            ],
            0,
        ),
        (
            &[
                "tip",
                "f.toml",
                "--param",
                "servers.login.rate",
                "--range",
                "3/s..20/s",
                "--survives",
                "hours_to_90_percent < 0.4",
                "--reps",
                "2",
                "--out",
                "t",
            ],
            0,
        ),
        (
            &[
                "map",
                "f.toml",
                "--x",
                "servers.login.rate=3/s..20/s",
                "--y",
                "servers.login.queue=1s..60s",
                "--grid",
                "2",
                "--depth",
                "0",
                "--branches",
                "--dwell",
                "30m",
                "--until",
                "16h",
                "--out",
                "m",
            ],
            0,
        ),
        (
            &[
                "sweep",
                "f.toml",
                "--vary",
                "servers.login.rate=5/s,10/s",
                "--out",
                "s",
            ],
            0,
        ),
    ];
    for (words, code) in rows {
        let ended = on_terminal(root.path(), None, words);
        let text = ended.out + &ended.err;
        assert_eq!(ended.code, Some(code), "{words:?}\n{text}");
        assert_eq!(wide(&text, 80), [""; 0], "{words:?}\n{text}");
    }
    let tries = ["--try", long, "--try", "none"];
    let fork = [&["fork", "r1", "--at", "13h", "--out", "f"], &tries[..]].concat();
    let ended = on_terminal(root.path(), None, &fork);
    let text = ended.out + &ended.err;
    assert_eq!(ended.code, Some(0), "{text}");
    assert_eq!(wide(&text, 80), [""; 0], "{text}");
    // A narrow terminal, and output that is not broken.
    let words = ["run", "f.toml", "--force", "--out", "r1"];
    let narrow = on_terminal(root.path(), Some("50"), &words);
    let text = narrow.out + &narrow.err;
    assert_eq!(wide(&text, 50), [""; 0], "{text}");
    let whole = on_terminal(root.path(), Some("1000"), &words);
    let text = whole.out + &whole.err;
    assert!(
        text.contains("within less than half an hour, whatever happens to their"),
        "{text}"
    );
}

#[test]
fn a_run_begins_with_its_outcome_and_says_each_figure_once() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("f.toml"), small()).unwrap();
    let ran = on_terminal(root.path(), None, &["run", "f.toml", "--out", "r"]);
    let lines: Vec<&str> = ran.out.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines[0].starts_with("OUTCOME: outage of "), "{}", ran.out);
    assert!(
        lines[lines.len() - 1].starts_with("open r/report.html"),
        "{}",
        ran.out
    );
    let summary = common::json(&root.path().join("r/summary.json"));
    let lowest = summary["online_share_min"]["value"].as_f64().unwrap() * 100.0;
    // What follows the cost judges the run, and names figures again.
    let told = ran.out.split("\ncost").next().unwrap();
    let length = lines[0].strip_prefix("OUTCOME: outage of ").unwrap();
    for figure in [
        length.split(',').next().unwrap(),
        &format!("{lowest:.1} %"),
        "user hours",
        "lowest",
    ] {
        assert_eq!(told.matches(figure).count(), 1, "{figure}\n{}", ran.out);
    }
    // A criterion is not broken, and the file to open is the last line.
    let last = ran.out.rsplit_once("NOT MET").unwrap().1;
    assert!(last.contains("`hours_to_90_percent < 0.25`"), "{}", ran.out);
    // A calm run has no figures of an outage.
    let words = ["run", "f.toml", "--until", "12h", "--out", "calm"];
    let calm = on_terminal(root.path(), None, &words).out;
    assert!(
        calm.contains("OUTCOME: no outage, never below 90 %"),
        "{calm}"
    );
    for absent in ["back at", "below 50", "below 80", "user hours"] {
        assert!(!calm.contains(absent), "{absent}\n{calm}");
    }
}

#[test]
fn samples_of_more_than_a_minute_say_how_exact_the_outage_is() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("f.toml"), small()).unwrap();
    let said = |sample: &str| {
        let set = format!("run.sample={sample}");
        let words = [
            "run", "f.toml", "--json", "--force", "--out", "r", "-s", &set,
        ];
        let mut command = patchday(&words);
        command.current_dir(root.path());
        done(command);
        let mut command = patchday(&["run", "r", "--resume"]);
        let text = done({
            command.current_dir(root.path());
            command
        });
        let page = fs::read_to_string(root.path().join("r/report.html")).unwrap();
        (text.out, page)
    };
    for (sample, says) in [
        ("1h", "In samples of 1 h: "),
        ("1d", "In samples of 24 h: "),
    ] {
        let (text, page) = said(sample);
        let outcome = text.lines().skip_while(|line| !line.starts_with("OUTCOME"));
        let outcome: Vec<&str> = outcome.take_while(|line| !line.is_empty()).collect();
        assert!(outcome.join("\n").contains(says), "{text}");
        assert!(page.contains(says), "{sample}");
    }
    for sample in ["1s", "1m"] {
        let (text, page) = said(sample);
        assert!(!text.contains("In samples of"), "{text}");
        assert!(!page.contains("In samples of"), "{sample}");
    }
    let mut command = patchday(&["schema", "--figures"]);
    command.current_dir(root.path());
    assert!(fine(command).out.contains("sample_hours"));
}
