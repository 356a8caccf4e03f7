//! Build script: sets `PATCHDAY_GIT` to the commit that the program is built from, for the manifest
//! of a run.
//!
//! The value is `unknown` without git or outside of a repository. If there are uncommitted changes,
//! a hash of them follows the commit.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    process::Command,
};

fn main() {
    let commit = git(&["rev-parse", "--short=12", "HEAD"]);
    let changes = git(&["diff", "HEAD", "--", "../core", "../agents", "."]);
    let text = match (commit, changes) {
        (Some(commit), Some(changes)) if changes.is_empty() => commit,
        (Some(commit), changes) => {
            let mut hasher = DefaultHasher::new();
            changes.hash(&mut hasher);
            format!("{commit}+{:08x}", hasher.finish() >> 32)
        }
        (None, _) => "unknown".to_owned(),
    };
    println!("cargo::rustc-env=PATCHDAY_GIT={text}");
    // `runner/fuzz` sets `cfg(fuzzing)`.
    println!("cargo::rustc-check-cfg=cfg(fuzzing)");
    // Run again after each commit and each change of a source file.
    for watched in [
        "../.git/HEAD",
        "../.git/logs/HEAD",
        "../core/src",
        "../agents/src",
        "src",
        "build.rs",
    ] {
        if Path::new(watched).exists() {
            println!("cargo::rerun-if-changed={watched}");
        }
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
