//! Tests of escaping of texts from files, and of the messages about directories of unfinished work.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, path::Path};

use common::{Done, begin, done, patchday, scenario};

/// Whether a character can control a terminal or change the direction of text.
fn is_control(c: char) -> bool {
    c != '\n' && c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)
}

/// Runs a command with a path as its last argument.
fn run_on(words: &[&str], path: &Path) -> Done {
    let mut command = patchday(words);
    command.arg(path);
    done(command)
}

/// Commands that read a directory of results.
const READERS: [&[&str]; 2] = [&["report"], &["export", "--as", "csv"]];

const TITLE: &str = r#""a\u001b[31m\nb \u202e| <script> c_d_""#;

#[test]
fn control_characters_in_files_are_escaped_in_all_output() {
    let root = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(scenario()).unwrap();
    let titled = |more: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with("title = "))
            .unwrap();
        let text = text.replace(line, &format!("title = {TITLE}")) + more;
        let path = root.path().join("x.toml");
        fs::write(&path, text).unwrap();
        path
    };
    let path =
        titled("[[expect]]\nname = \"few\\u001b\\nare lost\"\nthat = \"user_hours_lost < 1\"\n");
    let checked = run_on(&["check"], &path);
    let shown = r"a\u{1b}[31m\nb \u{202e}| <script> c_d_";
    assert_eq!(checked.code, Some(0), "{}", checked.out);
    assert!(checked.out.contains(shown), "{}", checked.out);
    let out = root.path().join("run");
    let mut command = patchday(&["run", "--scale", "0.0005", "--until", "3h", "--out"]);
    command.arg(&out).arg(&path);
    let ran = done(command);
    assert!(ran.out.contains(r"few\u{1b}\nare lost"), "{}", ran.out);
    let mut command = patchday(&[
        "run", "--json", "--scale", "0.0005", "--until", "3h", "--out",
    ]);
    command.arg(root.path().join("json")).arg(&path);
    let json = done(command);
    let parsed: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        parsed["summary"]["title"],
        "a\u{1b}[31m\nb \u{202e}| <script> c_d_"
    );
    let watched = run_on(&["watch"], &out);
    let mut all = vec![
        checked.out,
        ran.out,
        ran.err,
        json.out,
        watched.out,
        watched.err,
    ];
    for name in ["timeline.md", "report.html", "online.svg"] {
        all.push(fs::read_to_string(out.join(name)).unwrap());
    }
    let page = &all[6];
    assert!(
        page.contains(r"# a\u{1b}\[31m\nb \u{202e}\| \<script\> c\_d\_"),
        "{page}"
    );
    // An unknown key and an invalid value.
    let path = titled("[\"x\\u001b\\u202e\"]\ny = \"\\u001b\"\n");
    let wrong = run_on(&["check"], &path);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.out.contains(r"\u{1b}"), "{}", wrong.out);
    all.push(wrong.out);
    for text in all {
        assert_eq!(text.chars().find(|c| is_control(*c)), None, "{text}");
    }
}

#[test]
fn a_run_that_has_not_ended_is_an_error_with_the_command_that_resumes_it() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let mut command = patchday(&[
        "run",
        "--scale",
        "0.005",
        "--checkpoint-every",
        "6h",
        "--out",
    ]);
    command.arg(&directory).arg(scenario());
    // Wait for the first checkpoint.
    let first = directory.join("checkpoints/2007-08-14T060000Z.checkpoint");
    let mut child = begin(command, &first, 0);
    let under_way = READERS.map(|words| run_on(words, &directory));
    assert_eq!(child.try_wait().unwrap(), None, "it ended too early");
    child.kill().unwrap();
    child.wait().unwrap();
    for said in under_way {
        assert_eq!(said.code, Some(2), "{}", said.err);
        assert!(said.err.contains("the run is under way"), "{}", said.err);
        assert!(said.err.contains("patchday watch "), "{}", said.err);
    }
    for words in READERS {
        let said = run_on(words, &directory);
        assert_eq!(said.code, Some(2), "{}", said.err);
        assert!(
            said.err.contains("was killed before its end"),
            "{}",
            said.err
        );
        assert!(
            said.err.contains("to resume from the last checkpoint: "),
            "{}",
            said.err
        );
        assert!(said.err.trim_end().ends_with(" --resume"), "{}", said.err);
    }
}

#[test]
fn a_path_that_is_not_a_directory_of_results_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "mine").unwrap();
    for words in [READERS[0], READERS[1], &["watch"]] {
        let said = run_on(words, &file);
        assert_eq!(said.code, Some(2));
        assert!(said.err.contains("file: it is a file"), "{}", said.err);
        let said = run_on(words, &root.path().join("nothing"));
        assert!(
            said.err.contains("there is no such directory"),
            "{}",
            said.err
        );
    }
    // A directory without results.
    let said = run_on(&["report"], root.path());
    assert!(
        said.err.contains("neither a run nor an experiment"),
        "{}",
        said.err
    );
}

#[test]
fn a_sweep_without_its_table_is_an_error_with_the_command_that_resumes_it() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("sweep");
    let swept = common::sweep(&directory, &[]);
    assert_eq!(swept.code, Some(3), "{}", swept.err);
    fs::remove_file(directory.join("runs.csv")).unwrap();
    let ledger = directory.join("ledger.jsonl");
    let lines = fs::read_to_string(&ledger).unwrap();
    let all = run_on(&["report"], &directory);
    assert!(
        all.err.contains("all 8 runs of the sweep have ended"),
        "{}",
        all.err
    );
    let kept: String = lines.split_inclusive('\n').take(4).collect();
    fs::write(&ledger, kept).unwrap();
    for words in READERS {
        let said = run_on(words, &directory);
        assert_eq!(said.code, Some(2));
        assert!(
            said.err.contains("was stopped: 3 of the 8 runs"),
            "{}",
            said.err
        );
        let (_, command) = said.err.trim_end().rsplit_once("to resume: ").unwrap();
        assert!(
            command.contains(" sweep ") && command.ends_with(" --resume"),
            "{command}"
        );
    }
    // Resume it.
    let ran = common::sweep(&directory, &["--resume"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert_eq!(run_on(&["report"], &directory).code, Some(0));
}
