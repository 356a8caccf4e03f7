//! The house rules, held true: floors, rooms, the one unsafe module, scenarios that
//! parse and are listed, commands of the README that exist, assumptions that are
//! written down.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use clap::Parser;
use patchday_agents::scenario::Scenario;
use patchday_runner::{commands::options::Cli, scenario, scenario::load};

/// The most lines of a room.
const LONGEST_ROOM: usize = 400;

fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// All Rust files under a folder of the house.
fn rooms(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![house().join(folder)];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no rooms");
    found
}

fn all_rooms() -> Vec<PathBuf> {
    ["core", "agents", "runner", "benches"]
        .into_iter()
        .flat_map(rooms)
        .collect()
}

#[test]
fn the_top_level_is_as_it_was_fixed() {
    let fixed = [
        "Cargo.toml",
        "core",
        "agents",
        "runner",
        "benches",
        "configs",
        "README.md",
    ];
    // What tools need, and what they and runs leave behind.
    let tools = [
        "Cargo.lock",
        "clippy.toml",
        "rustfmt.toml",
        "CHANGELOG.md",
        "target",
        "runs",
    ];
    let names: BTreeSet<String> = entries(&house()).iter().map(|path| name(path)).collect();
    for entry in fixed {
        assert!(names.contains(entry), "{entry} is missing");
    }
    for entry in &names {
        let known = fixed.contains(&entry.as_str())
            || tools.contains(&entry.as_str())
            || entry.starts_with('.');
        assert!(known, "{entry} does not belong to the top level");
    }
}

#[test]
fn every_room_says_what_it_is_for_and_is_not_too_large() {
    for room in all_rooms() {
        let text = read(&room);
        let place = room.display();
        assert!(text.starts_with("//!"), "{place} does not open with //!");
        let lines = text.lines().count();
        assert!(
            lines <= LONGEST_ROOM,
            "{place} has {lines} lines, more than {LONGEST_ROOM}"
        );
        for word in ["util", "manager", "helper"] {
            assert!(
                !name(&room).contains(word),
                "{place}: `{word}` says nothing"
            );
        }
    }
}

/// The packages a manifest depends on, outside of tests.
fn dependencies(package: &str) -> BTreeSet<String> {
    let text = read(&house().join(package).join("Cargo.toml"));
    let manifest: toml_edit::DocumentMut = text.parse().unwrap();
    let table = manifest
        .get("dependencies")
        .and_then(|item| item.as_table());
    let names = table.into_iter().flat_map(|table| table.iter());
    names.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn a_floor_knows_only_the_floors_below() {
    let floors = [
        "patchday-core",
        "patchday-agents",
        "patchday-runner",
        "patchday-benches",
    ];
    let known = |package| -> Vec<String> {
        let mut names = dependencies(package);
        names.retain(|name| floors.contains(&name.as_str()));
        names.into_iter().collect()
    };
    assert_eq!(known("core"), [""; 0]);
    assert_eq!(known("agents"), ["patchday-core"]);
    assert_eq!(known("runner"), ["patchday-agents", "patchday-core"]);
    assert_eq!(
        dependencies("agents"),
        ["patchday-core", "serde"].map(String::from).into(),
        "the model needs the engine, and that its state can be written"
    );
}

#[test]
fn floors_keep_to_their_business() {
    let outside = [
        "std::fs",
        "std::thread",
        "std::time",
        "SystemTime",
        "std::env",
    ];
    let telephones = ["telephone", "supernode", "toml", "scenario", "operator"];
    for room in rooms("core/src") {
        let text = read(&room).to_lowercase();
        for word in telephones.into_iter().chain(outside) {
            let word = word.to_lowercase();
            assert!(!text.contains(&word), "{}: `{word}`", room.display());
        }
    }
    for room in rooms("agents/src") {
        let text = read(&room);
        for word in outside {
            assert!(!text.contains(word), "{}: `{word}`", room.display());
        }
    }
}

#[test]
fn unsafe_code_lives_in_one_room() {
    let mut found = Vec::new();
    for room in all_rooms() {
        let text = read(&room);
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        // Taken apart, so that this line is not found.
        let word = concat!("un", "safe");
        let code: Vec<&str> = code.collect();
        if code.iter().any(|line| line.contains(&format!("{word} {{"))) {
            found.push(name(&room));
        }
    }
    assert_eq!(found, ["prefetch.rs"]);
}

#[test]
fn versions_stand_once_in_the_root() {
    for package in ["core", "agents", "runner", "benches"] {
        let text = read(&house().join(package).join("Cargo.toml"));
        let manifest: toml_edit::DocumentMut = text.parse().unwrap();
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let table = manifest.get(table).and_then(|item| item.as_table());
            for (name, item) in table.into_iter().flat_map(|table| table.iter()) {
                let shared = item.get("workspace").and_then(|shared| shared.as_bool());
                assert_eq!(
                    shared,
                    Some(true),
                    "{package}: {name} has a version of its own"
                );
            }
        }
    }
}

#[test]
fn every_scenario_parses_as_it_is_meant_and_is_listed() {
    let readme = read(&house().join("README.md"));
    let files = entries(&house().join("configs")).into_iter();
    for path in files.filter(|path| path.is_file()) {
        let file = format!("configs/{}", name(&path));
        let loaded = load::load_file::<Scenario>(&path, &[])
            .unwrap_or_else(|report| panic!("{file}: {report:?}"));
        // A scenario may do what the program warns of, if its comment says so.
        for warning in loaded.warnings.diagnostics() {
            let meant = format!("# Warned of, and meant: {}", warning.path);
            assert!(read(&path).contains(&meant), "{file}: {warning:?}");
        }
        assert!(readme.contains(&file), "{file} is not listed in the README");
        assert!(
            read(&path).starts_with("# "),
            "{file} has no page of comment"
        );
    }
}

/// Every command of every study is one of the program, and the study is listed.
#[test]
fn every_study_asks_what_the_program_understands() {
    let readme = read(&house().join("README.md"));
    for path in entries(&house().join("configs/studies")) {
        let file = format!("configs/studies/{}", name(&path));
        assert!(readme.contains(&file), "{file} is not listed in the README");
        assert!(
            read(&path).starts_with("# "),
            "{file} has no page of comment"
        );
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
            let typed = std::iter::once("patchday".to_owned()).chain(words(command));
            if let Err(error) = Cli::try_parse_from(typed) {
                panic!("{file}: {command}: {error}");
            }
        }
        assert!(found > 0, "{file}");
    }
}

/// Lines of shell blocks of a page.
fn commands(page: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line.starts_with("```sh");
        } else if inside && !line.trim().is_empty() {
            lines.push(line.trim().to_owned());
        }
    }
    lines
}

/// The words of a command; quotes hold them together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted) = (String::new(), false);
    for sign in line.chars() {
        match sign {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            '#' if !quoted && word.is_empty() => break,
            sign => word.push(sign),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn the_commands_of_the_readme_exist() {
    let page = read(&house().join("README.md"));
    let mut tried = 0;
    for line in commands(&page) {
        let words = words(&line);
        let program = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["cargo", "run", "--release", "--", ..] => &words[4..],
            ["patchday", ..] => &words[1..],
            ["cargo", "test" | "bench" | "doc" | "install", ..] | [".ci/run"] => continue,
            _ => panic!("README: `{line}` is not known here"),
        };
        let command = std::iter::once("patchday").chain(program.iter().map(String::as_str));
        if let Err(error) = Cli::try_parse_from(command) {
            assert!(!error.use_stderr(), "README: `{line}`: {error}");
        }
        for file in program.iter().filter(|word| word.starts_with("configs/")) {
            assert!(house().join(file).exists(), "README: `{line}`: {file}");
        }
        tried += 1;
    }
    assert!(tried >= 6, "the README has {tried} commands");
}

#[test]
fn every_assumption_is_in_the_description_of_the_model() {
    let page = read(&house().join("agents/ODD.md"));
    let mut assumed = 0;
    for key in scenario::schema::keys::<Scenario>() {
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
