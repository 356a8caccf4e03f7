//! Notes which commit the program is built from, for the manifest of a run.
//!
//! Without git, or outside of a repository, that is `unknown`; a commit with
//! changes on top of it is followed by a fingerprint of the changes.

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
    // Set where readers are fuzzed (`fuzz/`).
    println!("cargo::rustc-check-cfg=cfg(fuzzing)");
    // Looked at again when a commit is made and when a source changes.
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
