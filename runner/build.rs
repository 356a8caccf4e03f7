//! Build script: sets `PATCHDAY_GIT` to the identity of the sources that the program is built from.
//!
//! The identity is in every manifest, checkpoint and ledger, and a program does not continue the
//! runs of another. It is the commit if all sources are those of the commit. Otherwise a hash of
//! the sources follows the commit, or stands alone (`sources-...`) without git or outside of a
//! repository. It does not depend on paths or times.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// The sources, relative to this package.
const SOURCES: [&str; 10] = [
    "../Cargo.toml",
    "../Cargo.lock",
    "../core/Cargo.toml",
    "../core/src",
    "../agents/Cargo.toml",
    "../agents/src",
    "Cargo.toml",
    "build.rs",
    "src",
    "templates",
];

fn main() {
    let mut files = Vec::new();
    for source in SOURCES {
        // Ignore errors: a package that was taken out of the workspace lacks some of them.
        let _ = collect(Path::new(source), &mut files);
        if Path::new(source).exists() {
            println!("cargo::rerun-if-changed={source}");
        }
    }
    let hash = hash(&files);
    let short = &hash[..12];
    let tracked = git(&["ls-files", "--error-unmatch", "--", "build.rs"]).is_some();
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).filter(|_| tracked);
    let changes = git(&[&["status", "--porcelain", "--"][..], &SOURCES].concat());
    let text = match (commit, changes) {
        (Some(commit), Some(changes)) if changes.is_empty() => commit,
        (Some(commit), _) => format!("{commit}+{short}"),
        (None, _) => format!("sources-{short}"),
    };
    println!("cargo::rustc-env=PATCHDAY_GIT={text}");
    // `runner/fuzz` sets `cfg(fuzzing)`.
    println!("cargo::rustc-check-cfg=cfg(fuzzing)");
    // Run again after each commit. In a worktree the files are not in `.git`.
    for name in ["HEAD", "logs/HEAD"] {
        let watched = git(&["rev-parse", "--git-path", name]);
        if let Some(watched) = watched.filter(|path| Path::new(path).exists()) {
            println!("cargo::rerun-if-changed={watched}");
        }
    }
}

/// Adds all files at or below a path.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

/// A hash of the names and contents of files: FNV-1a with 128 bits, whose result is the same for
/// every version of the compiler.
fn hash(files: &[PathBuf]) -> String {
    const PRIME: u128 = (1 << 88) + 0x13b;
    let mut state: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let mut add = |bytes: &[u8]| {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            state = (state ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
    };
    let mut sorted: Vec<_> = files.iter().collect();
    sorted.sort();
    for path in sorted {
        add(path.to_string_lossy().replace('\\', "/").as_bytes());
        add(&fs::read(path).unwrap_or_default());
    }
    format!("{state:032x}")
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
