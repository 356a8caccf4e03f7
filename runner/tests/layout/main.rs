//! The layout of the repository, held true: layers, folders, one-way imports, one declaration of
//! each type name, one module with `unsafe`, versions in the root manifest.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod imports;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use imports::Imports;

/// The most lines of a source file.
const LONGEST_FILE: usize = 400;
/// The most entries of a folder of sources.
const LARGEST_FOLDER: usize = 14;
const CRATES: [&str; 3] = ["core", "agents", "runner"];
/// The folders of the runner; each imports only those before it.
const RUNNER_FOLDERS: [&str; 11] = [
    "host",
    "scenario",
    "store",
    "results",
    "report",
    "watch",
    "run",
    "experiment",
    "export",
    "commands",
    "fuzzing",
];

fn root() -> PathBuf {
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

/// All Rust files and all folders below a folder of the repository.
fn tree(folder: &str) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut files, mut folders) = (Vec::new(), vec![root().join(folder)]);
    let mut next = 0;
    while next < folders.len() {
        for path in entries(&folders[next]) {
            if path.is_dir() && name(&path) != "target" {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push(path);
            }
        }
        next += 1;
    }
    assert!(!files.is_empty(), "{folder} has no Rust files");
    (files, folders)
}

fn all_files() -> Vec<PathBuf> {
    let parts = CRATES.into_iter().chain(["benches"]);
    parts.flat_map(|part| tree(part).0).collect()
}

#[test]
fn the_top_level_holds_the_fixed_folders_and_the_usual_files() {
    let fixed = [
        "Cargo.toml",
        "core",
        "agents",
        "runner",
        "benches",
        "configs",
        "README.md",
    ];
    // Files that every repository has, files of tools, and what tools and runs leave behind.
    let usual = [
        "CHANGELOG.md",
        "CITATION.cff",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "clippy.toml",
        "runs",
        "rust-toolchain.toml",
        "rustfmt.toml",
        "target",
    ];
    let names: BTreeSet<String> = entries(&root()).iter().map(|path| name(path)).collect();
    for entry in fixed {
        assert!(names.contains(entry), "{entry} is missing");
    }
    for entry in &names {
        let known = fixed.contains(&entry.as_str())
            || usual.contains(&entry.as_str())
            || entry.starts_with('.');
        assert!(known, "{entry} does not belong to the top level");
    }
}

#[test]
fn every_file_says_what_it_is_for_and_is_not_too_long() {
    for file in all_files() {
        let text = read(&file);
        let place = file.display();
        assert!(text.starts_with("//!"), "{place} does not open with //!");
        let lines = text.lines().count();
        assert!(
            lines <= LONGEST_FILE,
            "{place} has {lines} lines, more than {LONGEST_FILE}"
        );
        for word in ["util", "manager", "helper"] {
            assert!(
                !name(&file).contains(word),
                "{place}: `{word}` says nothing"
            );
        }
    }
}

#[test]
fn a_folder_has_at_most_about_a_dozen_entries() {
    for part in CRATES {
        for folder in tree(&format!("{part}/src")).1 {
            let count = entries(&folder).len();
            assert!(
                count <= LARGEST_FOLDER,
                "{} has {count} entries, more than {LARGEST_FOLDER}",
                folder.display()
            );
        }
    }
}

#[test]
fn imports_between_files_run_one_way() {
    for part in CRATES {
        let imports = Imports::read(&root().join(part).join("src"));
        assert!(imports.0.len() > 10, "{part}: {}", imports.0.len());
        let circles = imports.circles();
        assert!(circles.is_empty(), "circles in {part}: {circles:?}");
    }
}

#[test]
fn a_folder_of_the_runner_imports_only_folders_before_it() {
    let imports = Imports::read(&root().join("runner/src"));
    let place = |module: &str| {
        let folder = module.split("::").next().unwrap_or_default();
        let found = RUNNER_FOLDERS.iter().position(|known| *known == folder);
        found.unwrap_or_else(|| panic!("`{folder}` is not in the list of folders"))
    };
    for (module, others) in &imports.0 {
        for other in others.iter().filter(|_| !module.is_empty()) {
            assert!(place(module) >= place(other), "{module} imports {other}");
        }
    }
}

/// A folder's `mod.rs` declares and re-exports; code has a file with a name.
#[test]
fn a_mod_file_only_declares() {
    for part in CRATES {
        for file in tree(&format!("{part}/src")).0 {
            if name(&file) != "mod.rs" || file.components().any(|part| part.as_os_str() == "tests")
            {
                continue;
            }
            for line in read(&file).lines() {
                let code = [
                    "fn ", "struct ", "enum ", "impl ", "trait ", "const ", "static ",
                ];
                let line = line.trim_start().trim_start_matches("pub ");
                let line = line.trim_start_matches("pub(crate) ");
                assert!(
                    !code.iter().any(|word| line.starts_with(word)),
                    "{}: {line}",
                    file.display()
                );
            }
        }
    }
}

/// A type name stands for one thing in a crate. Test modules may have types of their own.
#[test]
fn a_type_name_exists_once_in_a_crate() {
    for part in CRATES {
        let mut places: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for file in tree(&format!("{part}/src")).0 {
            if file.components().any(|part| part.as_os_str() == "tests")
                || ["tests.rs", "model.rs"].contains(&name(&file).as_str())
                    && file.parent().is_some_and(|folder| name(folder) != "src")
                    && read(&file).contains("#[test]")
            {
                continue;
            }
            let text = read(&file);
            let text = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default();
            for line in text.lines() {
                let line = line.strip_prefix("pub ").unwrap_or(line);
                let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
                let words = ["struct ", "enum ", "trait ", "type ", "union "];
                let Some(rest) = words.iter().find_map(|word| line.strip_prefix(word)) else {
                    continue;
                };
                let end = rest.find(|sign: char| !(sign.is_alphanumeric() || sign == '_'));
                let found = rest[..end.unwrap_or(rest.len())].to_owned();
                places.entry(found).or_default().push(file.clone());
            }
        }
        places.retain(|_, files| files.len() > 1);
        assert!(places.is_empty(), "{part}: {places:#?}");
    }
}

/// The packages a manifest depends on, outside of tests.
fn dependencies(package: &str) -> BTreeSet<String> {
    let text = read(&root().join(package).join("Cargo.toml"));
    let manifest: toml_edit::DocumentMut = text.parse().unwrap();
    let table = manifest
        .get("dependencies")
        .and_then(|item| item.as_table());
    let names = table.into_iter().flat_map(|table| table.iter());
    names.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn a_layer_depends_only_on_the_layers_below() {
    let layers = [
        "patchday-core",
        "patchday-agents",
        "patchday-runner",
        "patchday-benches",
    ];
    let known = |package| -> Vec<String> {
        let mut names = dependencies(package);
        names.retain(|name| layers.contains(&name.as_str()));
        names.into_iter().collect()
    };
    assert_eq!(known("core"), [""; 0]);
    assert_eq!(known("agents"), ["patchday-core"]);
    assert_eq!(known("runner"), ["patchday-agents", "patchday-core"]);
    assert_eq!(
        dependencies("agents"),
        ["jiff", "libm", "patchday-core", "serde"]
            .map(String::from)
            .into(),
        "the model needs the engine, a calendar, exact functions, and that its state can be written"
    );
}

#[test]
fn a_layer_keeps_to_its_subject() {
    let outside = [
        "std::fs",
        "std::thread",
        "std::time",
        "SystemTime",
        "std::env",
    ];
    let telephones = ["telephone", "supernode", "toml", "scenario", "operator"];
    for file in tree("core/src").0 {
        // The number of processors decides whether waiting threads spin.
        let text = read(&file).replace("std::thread::available_parallelism", "");
        let text = text.to_lowercase();
        for word in telephones.into_iter().chain(outside) {
            let word = word.to_lowercase();
            assert!(!text.contains(&word), "{}: `{word}`", file.display());
        }
    }
    for file in tree("agents/src").0 {
        let text = read(&file);
        for word in outside {
            assert!(!text.contains(word), "{}: `{word}`", file.display());
        }
    }
}

/// Functions of floats that the C library or the compiler provides differ in the last bit between systems;
/// those of `libm` do not.
#[test]
fn the_model_is_the_same_on_every_machine() {
    let differ = [
        "exp", "exp2", "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "powf", "powi", "cbrt",
        "hypot", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh",
    ];
    for file in tree("agents/src").0 {
        let text = read(&file);
        let model = text.split("#[cfg(test)]").next().unwrap_or_default();
        // A power of two is exact.
        let model = model.replace("2.0_f64.powi(", "");
        for name in differ {
            let call = format!(".{name}(");
            let is_tests = file.ends_with("tests.rs");
            assert!(
                is_tests || !model.contains(&call),
                "{}: `{call}`",
                file.display()
            );
        }
    }
}

/// Options of the command line stay where the command line is.
#[test]
fn clap_stays_in_the_commands() {
    for file in tree("runner/src").0 {
        let inside = file.components().any(|part| part.as_os_str() == "commands");
        if inside || name(&file) == "main.rs" {
            continue;
        }
        assert!(!read(&file).contains("clap::"), "{}", file.display());
    }
}

#[test]
fn unsafe_code_lives_in_one_file() {
    let mut found = Vec::new();
    for file in all_files() {
        let text = read(&file);
        let mut code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        // Taken apart, so that this line is not found.
        let word = concat!("un", "safe");
        if code.any(|line| line.contains(&format!("{word} {{"))) {
            found.push(name(&file));
        }
    }
    assert_eq!(found, ["prefetch.rs"]);
}

#[test]
fn versions_stand_once_in_the_root() {
    for package in ["core", "agents", "runner", "benches"] {
        let text = read(&root().join(package).join("Cargo.toml"));
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
