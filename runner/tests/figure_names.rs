//! Every place that takes the name of a figure takes exactly the names of `patchday schema --figures`:
//! criteria of `tip` and of `[[expect]]`, and `compare --figure`.
//!
//! A name that is known is followed by another mistake, so that no command makes a run: the message
//! of that mistake shows that the name was accepted. The figures of `fork`, `map` and `sweep` are
//! chosen by the program, so only their names in the results are checked.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{collections::BTreeSet, fs, path::Path};

use common::{done, patchday};
use serde_json::Value;

/// The names of `patchday schema --figures --json`.
fn names() -> Vec<String> {
    let done = done(patchday(&["schema", "--figures", "--json"]));
    let list: Vec<Value> = serde_json::from_str(&done.out).unwrap();
    let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
    list.iter().map(name).collect()
}

/// Names that are no figures: of objects, of columns that are not figures, misspelt, empty.
const UNKNOWN: [&str; 5] = [
    "outage",
    "online",
    "hours_to_90_percents",
    "Hours_to_90_percent",
    "title",
];

/// The message of a command that fails.
fn refused(words: &[&str]) -> String {
    let done = done(patchday(words));
    assert_eq!(done.code, Some(2), "{words:?}: {}", done.err);
    done.err
}

fn scenario(root: &Path, more: &str) -> String {
    let path = root.join("scenario.toml");
    let text = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs/thundering-herd.toml"),
    )
    .unwrap();
    fs::write(&path, format!("{text}\n{more}")).unwrap();
    path.display().to_string()
}

#[test]
fn criteria_and_comparisons_take_the_names_of_the_schema() {
    let root = tempfile::tempdir().unwrap();
    let file = scenario(root.path(), "");
    let names = names();
    assert!(names.len() > 50);
    let unknown = |text: &str| text.contains("no run has a figure");
    let tip = |name: &str| {
        let criterion = format!("{name} < 1");
        refused(&[
            "tip",
            &file,
            "--param",
            "no.such.key",
            "--range",
            "0..1",
            "--survives",
            &criterion,
        ])
    };
    // All names at once, then the mistake that stops the command.
    let mut words = vec!["compare", file.as_str(), "--variant", "x: no.such.key=1"];
    for name in &names {
        words.extend(["--figure", name]);
    }
    let said = refused(&words);
    assert!(said.contains("no.such.key") && !unknown(&said), "{said}");
    for name in &names {
        let said = tip(name);
        assert!(
            said.contains("no.such.key") && !unknown(&said),
            "{name}: {said}"
        );
    }
    for name in UNKNOWN {
        let said = tip(name);
        assert!(
            said.contains(name) && !said.contains("no.such.key"),
            "{name}: {said}"
        );
        let said = refused(&[
            "compare",
            &file,
            "--variant",
            "x: no.such.key=1",
            "--figure",
            name,
        ]);
        assert!(
            said.contains(name) && !said.contains("no.such.key"),
            "{name}: {said}"
        );
    }
}

#[test]
fn expectations_take_the_names_of_the_schema() {
    let root = tempfile::tempdir().unwrap();
    let expect = |names: &mut dyn Iterator<Item = &str>| {
        let text = names.map(|name| format!("[[expect]]\nname = \"x\"\nthat = \"{name} < 1\"\n"));
        scenario(root.path(), &text.collect::<String>())
    };
    let names = names();
    let file = expect(&mut names.iter().map(String::as_str));
    // The baseline is read after all criteria.
    let out = root.path().join("out").display().to_string();
    let words = [
        "run",
        file.as_str(),
        "--out",
        &out,
        "--baseline",
        "no-such-file.json",
    ];
    let said = refused(&words);
    assert!(said.contains("no-such-file.json"), "{said}");
    for name in UNKNOWN {
        let file = expect(&mut [name].into_iter());
        let said = refused(&[
            "run",
            &file,
            "--out",
            &out,
            "--baseline",
            "no-such-file.json",
        ]);
        assert!(
            said.contains(name) && !said.contains("no-such-file"),
            "{name}: {said}"
        );
    }
}

#[test]
fn results_of_experiments_have_the_names_of_the_schema() {
    let root = tempfile::tempdir().unwrap();
    let file = scenario(root.path(), "");
    let names: BTreeSet<String> = names().into_iter().collect();
    let at = |name: &str| root.path().join(name).display().to_string();
    let (sweep, run, fork) = (at("sweep"), at("run"), at("fork"));
    let short = ["--scale", "0.01", "--until", "1h"];
    let made = |words: &[&str]| {
        let done = done(patchday(words));
        assert_eq!(done.code, Some(0), "{words:?}: {}", done.err);
    };
    made(&[&["sweep", &file, "--out", &sweep][..], &short].concat());
    let table = fs::read_to_string(Path::new(&sweep).join("runs.csv")).unwrap();
    let heads = table.lines().next().unwrap().split(',');
    let figures: BTreeSet<String> = heads
        .skip_while(|head| *head != "digest")
        .skip(1)
        .map(Into::into)
        .collect();
    assert_eq!(figures, names);
    made(&[&["run", &file, "--out", &run][..], &short].concat());
    made(&["fork", &run, "--at", "30m", "--try", "none", "--out", &fork]);
    let answer = fs::read_to_string(Path::new(&fork).join("answer.json")).unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let kept = answer["answer"]["futures"][0]["figures"]
        .as_object()
        .unwrap();
    assert!(
        !kept.is_empty() && kept.keys().all(|name| names.contains(name)),
        "{kept:?}"
    );
}
