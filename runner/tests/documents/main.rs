//! The documents, held true: README, guide, facts, the description of the model, scenarios and
//! studies. Commands exist, links lead somewhere, cited facts and assumptions are written down,
//! and reference pages are those of the program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod facts;
mod pages;
mod reference;
mod schemas;

use std::path::Path;

use clap::Parser;
use pages::{Page, entries, name, pages, read, root};
use patchday_agents::scenario::Scenario;
use patchday_runner::{
    commands::cli::Cli,
    scenario::{load, schema},
};

/// The most lines of the README.
const LONGEST_README: usize = 150;

/// TOML files directly in a folder of the repository.
fn toml_files(folder: &str) -> Vec<String> {
    let files = entries(&root().join(folder)).into_iter();
    files
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .map(|path| format!("{folder}/{}", name(&path)))
        .collect()
}

/// Whether README or guide name a file.
fn is_listed(file: &str) -> bool {
    pages().iter().any(|page| page.text.contains(file))
}

/// The first comment line is a title; a line for editors may stand before it.
fn has_a_title(text: &str) -> bool {
    let mut lines = text
        .lines()
        .skip_while(|line| line.starts_with("#:schema "));
    lines.next().is_some_and(|line| line.starts_with("# "))
}

#[test]
fn every_scenario_parses_as_it_is_meant_and_is_listed() {
    let files = toml_files("configs");
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let path = root().join(&file);
        let loaded = load::load_file::<Scenario>(&path, &[])
            .unwrap_or_else(|report| panic!("{file}: {report:?}"));
        // A scenario may do what the program warns of, if its comment says so.
        for warning in loaded.warnings.diagnostics() {
            let meant = format!("# Warned of, and meant: {}", warning.path);
            assert!(read(&path).contains(&meant), "{file}: {warning:?}");
        }
        assert!(is_listed(&file), "{file} is not listed in README or guide");
        assert!(has_a_title(&read(&path)), "{file} has no title");
    }
}

/// Every command of every study is one of the program, and the study is listed.
#[test]
fn every_study_asks_what_the_program_understands() {
    for file in toml_files("configs/studies") {
        let path = root().join(&file);
        assert!(is_listed(&file), "{file} is not listed in README or guide");
        assert!(has_a_title(&read(&path)), "{file} has no title");
        let listed = std::process::Command::new(env!("CARGO_BIN_EXE_patchday"))
            .args(["study", "--list"])
            .arg(&path)
            .output()
            .unwrap();
        assert!(listed.status.success(), "{file}: {listed:?}");
        let text = String::from_utf8(listed.stdout).unwrap();
        let commands = text
            .lines()
            .filter_map(|line| line.strip_prefix("# patchday "));
        let mut found = 0;
        for command in commands {
            found += 1;
            check_command(&file, &format!("patchday {command}"));
        }
        assert!(found > 0, "{file}");
    }
}

#[test]
fn the_readme_is_short_and_begins_with_both_commands() {
    let page = Page::read("README.md");
    let lines = page.text.lines().count();
    assert!(lines <= LONGEST_README, "README.md has {lines} lines");
    let commands = page.commands();
    for command in [
        "cargo run --release -- run configs/outage-2007.toml",
        "cargo test --workspace",
    ] {
        let place = commands.iter().take(6).position(|found| found == command);
        assert!(
            place.is_some(),
            "`{command}` is not near the top: {commands:?}"
        );
    }
}

/// Other programs that lines of shell blocks may call.
const OTHER_PROGRAMS: [&str; 12] = [
    "cargo test",
    "cargo bench",
    "cargo build",
    "cargo clippy",
    "cargo doc",
    "cargo fmt",
    "cargo install",
    ".ci/run",
    "runner/tests/",
    "runner/fuzz/run.sh",
    "pip install",
    "mdbook build runner/guide",
];

#[test]
fn the_commands_of_readme_and_guide_exist() {
    let mut tried = 0;
    for page in pages() {
        for line in page.commands() {
            let line = line.split(" #").next().unwrap().trim();
            let plain = line.trim_start_matches(|sign: char| sign.is_uppercase() || sign == '_');
            let known = OTHER_PROGRAMS.iter().any(|other| line.starts_with(other));
            if known
                || plain.starts_with('=')
                || page.other_programs().any(|other| line.starts_with(other))
            {
                continue;
            }
            let command = line.replace("cargo run --release -- ", "patchday ");
            check_command(&page.file, &command);
            tried += 1;
        }
    }
    assert!(tried >= 40, "README and guide have {tried} commands");
}

/// Panics unless a line is a command of the program whose files are in the repository.
fn check_command(place: &str, line: &str) {
    let words =
        shell_words::split(line).unwrap_or_else(|error| panic!("{place}: `{line}`: {error}"));
    assert_eq!(words[0], "patchday", "{place}: `{line}`");
    // What stands behind a redirection or a pipe is the shell's.
    let own = words
        .iter()
        .take_while(|word| ![">", "|", "&&", "<"].contains(&word.as_str()));
    if let Err(error) = Cli::try_parse_from(own.clone()) {
        // Help and version are no errors.
        assert!(!error.use_stderr(), "{place}: `{line}`: {error}");
    }
    for file in own.filter(|word| word.starts_with("configs/") || word.starts_with("runner/")) {
        assert!(root().join(file).exists(), "{place}: `{line}`: {file}");
    }
}

#[test]
fn links_lead_somewhere() {
    let mut tried = 0;
    let mut all = pages();
    for file in ["CONTRIBUTING.md", "CHANGELOG.md", "agents/FACTS.md"] {
        all.push(Page::read(file));
    }
    for page in all {
        for link in page.links() {
            tried += 1;
            page.check_link(&link);
        }
    }
    assert!(tried > 30, "{tried}");
}

/// The guide's list of pages has every page, and no other.
#[test]
fn every_page_of_the_guide_is_in_its_summary() {
    let summary = Page::read("runner/guide/src/SUMMARY.md");
    let listed = summary.links();
    for page in pages() {
        if let Some(file) = page.file.strip_prefix("runner/guide/src/") {
            let found = listed
                .iter()
                .any(|link| link.trim_start_matches("./") == file);
            assert!(found || file == "SUMMARY.md", "{file} is not in SUMMARY.md");
        }
    }
}

#[test]
fn every_assumption_is_in_the_description_of_the_model() {
    let page = read(&root().join("agents/ODD.md"));
    let mut assumed = 0;
    for key in schema::keys::<Scenario>() {
        if key.source.contains("assumed") {
            assert!(
                page.contains(&format!("`{}`", key.key)),
                "{} is not in ODD.md",
                key.key
            );
            assumed += 1;
        }
    }
    assert!(assumed > 20, "{assumed}");
}

/// The examples of the guide are scenarios without errors or warnings.
#[test]
fn the_examples_of_the_guide_are_right() {
    let files = toml_files("runner/guide/examples");
    assert!(!files.is_empty());
    for file in files {
        let loaded = load::load_file::<Scenario>(Path::new(&root().join(&file)), &[])
            .unwrap_or_else(|report| panic!("{file}: {report:?}"));
        assert_eq!(loaded.warnings.diagnostics().len(), 0, "{file}");
        assert!(is_listed(&file), "{file} is not used in the guide");
    }
}
