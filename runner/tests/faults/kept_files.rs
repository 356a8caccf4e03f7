//! Files of others at the places where the program writes, and links under its hidden names.
//!
//! Invariant: without `--force` no command changes or removes a file that it did not write; it
//! names the file and the option, and exits with 2.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    common::{done, json, names, patchday, scenario},
    harness::{Results, SMALL, resume, run, succeed, sweep, table},
};

const MINE: &[u8] = b"mine";

/// A file of the user.
fn mine(path: &Path) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, MINE).unwrap();
    path.to_owned()
}

fn with(mut command: Command, words: &[&str], paths: &[&Path]) -> Command {
    command.args(words).args(paths);
    command
}

/// The command keeps the file and asks for `--force`; with it, it succeeds.
fn assert_kept(command: impl Fn() -> Command, file: &Path) {
    let refused = done(command());
    assert_eq!(refused.code, Some(2), "{file:?}: {}", refused.err);
    assert!(refused.err.contains("--force"), "{}", refused.err);
    assert_eq!(fs::read(file).unwrap(), MINE, "{file:?}");
    succeed(with(command(), &["--force"], &[]));
    assert_ne!(fs::read(file).unwrap(), MINE, "{file:?}");
}

#[test]
fn no_command_replaces_a_file_of_another_without_force() {
    let root = tempfile::tempdir().unwrap();
    let place = |name: &str| root.path().join(name);
    let made = place("made");
    succeed(run(&made, &[]));

    let report = mine(&place("pages/report.html"));
    let page = || with(patchday(&["report", "--out"]), &[], &[&report, &made]);
    assert_kept(page, &report);
    let own = mine(&made.join("report.html"));
    assert_kept(|| with(patchday(&["report"]), &[], &[&made]), &own);
    // The page of this program is written again.
    succeed(with(patchday(&["report"]), &[], &[&made]));

    let junit = mine(&place("junit.xml"));
    let refused = done(with(run(&place("judged"), &["--junit"]), &[], &[&junit]));
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(!place("judged").exists(), "it is refused before the run");
    let judged = || with(run(&place("judged"), &["--junit"]), &[], &[&junit]);
    assert_kept(judged, &junit);

    let copy = mine(&place("copy.csv"));
    let export = || {
        with(
            patchday(&["export", "--as", "csv", "--out"]),
            &[],
            &[&copy, &made],
        )
    };
    assert_kept(export, &copy);

    let batch = place("batch");
    let old = mine(&batch.join("runs.csv"));
    assert_kept(|| sweep(&batch, &[]), &old);
    let merged = mine(&place("merged/runs.csv"));
    let merge = || {
        with(
            patchday(&["merge"]),
            &["--out"],
            &[merged.parent().unwrap(), &batch],
        )
    };
    assert_kept(merge, &merged);
    assert!(table(&batch) == fs::read(&merged).unwrap());
    // The same table again is no change.
    succeed(merge());

    let page = mine(&place("man/patchday-run.1"));
    assert_kept(
        || with(patchday(&["man"]), &[], &[page.parent().unwrap()]),
        &page,
    );
    succeed(with(patchday(&["man"]), &[], &[page.parent().unwrap()]));
    let new = mine(&place("new.toml"));
    assert_kept(|| with(patchday(&["new"]), &[], &[&new]), &new);
}

#[test]
fn a_fork_leaves_files_beside_its_alternatives_alone() {
    let root = tempfile::tempdir().unwrap();
    let made = root.path().join("made");
    succeed(run(&made, &[]));
    let fork = |out: &Path| {
        let command = patchday(&["fork", "--at", "2h", "--try", "none", "--out"]);
        with(command, &[], &[out, &made])
    };
    let notes = mine(&root.path().join("other/1-none.toml"));
    let refused = done(fork(notes.parent().unwrap()));
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert_eq!(names(notes.parent().unwrap()).len(), 1);
    succeed(with(fork(notes.parent().unwrap()), &["--force"], &[]));
    assert_eq!(fs::read(&notes).unwrap(), MINE);
}

#[test]
fn a_link_under_a_hidden_name_is_not_followed() {
    let root = tempfile::tempdir().unwrap();
    let victim = mine(&root.path().join("victim"));
    let directory = root.path().join("run");
    fs::create_dir(&directory).unwrap();
    for name in [".series.csv.partial", ".reserved.partial"] {
        symlink(&victim, directory.join(name)).unwrap();
        let refused = done(run(&directory, &[]));
        assert_eq!(refused.code, Some(2), "{name}: {}", refused.err);
        succeed(run(&directory, &["--force"]));
        assert_eq!(fs::read(&victim).unwrap(), MINE, "{name}");
        fs::remove_dir_all(&directory).unwrap();
        fs::create_dir(&directory).unwrap();
    }
    succeed(run(&directory, &["--force"]));
    symlink(&victim, directory.join(".report.html.partial")).unwrap();
    symlink(&victim, directory.join(".live.json.partial")).unwrap();
    succeed(with(patchday(&["report"]), &[], &[&directory]));
    fs::remove_file(directory.join("manifest.json")).unwrap();
    succeed(resume(&directory));
    assert_eq!(fs::read(&victim).unwrap(), MINE);
}

#[test]
fn a_complete_run_is_judged_again_and_gets_what_is_missing() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let strict = ["-s", "expect=[{name=\"a\",that=\"user_hours_lost < 0\"}]"];
    let command = || {
        let mut command = patchday(&["run", "--resume", "--junit"]);
        command.arg(root.path().join("junit.xml")).arg(scenario());
        command
            .args(SMALL)
            .args(strict)
            .arg("--out")
            .arg(&directory);
        command
    };
    // The exit code is that of the first time.
    let first = done(command());
    assert_eq!(first.code, Some(1), "{}", first.err);
    let whole = Results::read(&directory);
    let manifest = fs::read(directory.join("manifest.json")).unwrap();
    let removed = ["report.html", "summary.json", "online.svg"].map(|name| directory.join(name));
    for path in removed.iter().chain([&root.path().join("junit.xml")]) {
        fs::remove_file(path).unwrap();
    }
    for times in 1..3 {
        let again = done(command());
        assert_eq!(again.code, Some(1), "{times}: {}", again.err);
        assert_eq!(again.out, first.out, "{times}");
        assert!(root.path().join("junit.xml").exists());
        assert!(removed[0].exists());
        assert!(Results::read(&directory) == whole);
        assert_eq!(fs::read(directory.join("manifest.json")).unwrap(), manifest);
    }
    assert!(
        !names(&directory)
            .iter()
            .any(|name| name.ends_with("partial"))
    );
    // Another scenario is not this run.
    let other = done(run(&directory, &["--resume", "--seed", "9"]));
    assert_eq!(other.code, Some(2), "{}", other.err);
    assert_eq!(json(&directory.join("manifest.json"))["complete"], true);
}
