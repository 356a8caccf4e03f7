//! The JSON schemas beside the scenarios are those of the program, and every file names its own.

use std::process::Command;

use crate::{
    pages::{read, root},
    toml_files,
};

/// The output of `patchday schema` with these options.
fn printed(options: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchday"));
    let output = command.arg("schema").args(options).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_schemas_in_the_repository_are_current() {
    for (file, options) in [
        ("configs/scenario.schema.json", &["--json"][..]),
        ("configs/study.schema.json", &["--study", "--json"]),
    ] {
        let kept = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        assert!(
            kept == printed(options),
            "{file} is not current; to write it again: cargo run -- schema {} > {file}",
            options.join(" ")
        );
    }
}

#[test]
fn every_scenario_and_study_names_its_schema() {
    for (folder, schema) in [
        ("configs", "./scenario.schema.json"),
        ("configs/studies", "../study.schema.json"),
    ] {
        for file in toml_files(folder) {
            let first = format!("#:schema {schema}\n");
            assert!(
                read(&root().join(&file)).starts_with(&first),
                "{file} does not begin with {first}"
            );
        }
    }
}
