//! Corrupt files of a run or a sweep: truncated, overwritten with zeros, or with flipped bits.
//!
//! Invariant: a corrupt file is never read as data. It is refused with its name and the line or
//! byte offset, or restored from the other files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    common::{Done, done, export, names, patchday, send},
    harness::{
        Numbers, Results, continue_to_end, paused_at, resume, run, shim, succeed, sweep, table,
    },
};

/// Creates a run that was interrupted after its second checkpoint, with all files. Returns
/// `None` if the fault library is not available.
fn interrupted(directory: &Path) -> Option<()> {
    shim()?;
    let child = paused_at(run(directory, &[]), "/.series.csv", 22);
    send(&child, "-TERM");
    assert_eq!(continue_to_end(child).code, Some(130));
    assert!(names(directory).contains("series.csv"));
    Some(())
}

/// Copies a directory recursively.
fn copy_directory(from: &Path, to: &Path) -> PathBuf {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy_directory(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
    to.to_owned()
}

/// A corrupt version of a file.
struct Corruption {
    description: String,
    bytes: Vec<u8>,
}

impl Corruption {
    fn new(description: String, bytes: Vec<u8>) -> Self {
        Self { description, bytes }
    }
}

/// Corrupt versions of a file: the empty one, and `count` of each other kind.
fn corruptions(whole: &[u8], numbers: &mut Numbers, count: usize) -> Vec<Corruption> {
    let mut all = vec![Corruption::new("empty".to_owned(), Vec::new())];
    for _ in 0..count {
        let at = numbers.below(whole.len() as u64) as usize;
        let bit = numbers.below(8);
        let mut flipped = whole.to_vec();
        flipped[at] ^= 1 << bit;
        let mut add = |description, bytes| all.push(Corruption::new(description, bytes));
        add(format!("bit {bit} of byte {at}"), flipped);
        add(format!("truncated at {at}"), whole[..at].to_vec());
        // A power cut can leave zeros in a page.
        let mut blank = whole.to_vec();
        blank[at..].fill(0);
        add(format!("zeros from {at}"), blank);
    }
    all
}

fn verify(directory: &Path) -> Done {
    let mut command = patchday(&["verify", "--threads", "1"]);
    command.arg(directory);
    done(command)
}

fn diff(one: &Path, other: &Path) -> Done {
    let mut command = patchday(&["diff"]);
    command.arg(one).arg(other);
    done(command)
}

fn page(directory: &Path) -> Done {
    let mut command = patchday(&["report"]);
    command.arg(directory);
    done(command)
}

fn fork(directory: &Path, out: &Path) -> Done {
    let mut command = patchday(&["fork", "--at", "2h30m", "--try", "none", "--force", "--out"]);
    command.arg(out).arg(directory);
    done(command)
}

#[test]
fn a_run_with_one_corrupt_file_resumes_with_the_same_bytes() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let good = root.path().join("good");
    if interrupted(&good).is_none() {
        return;
    }
    let mut numbers = Numbers(77);
    let last = names(&good.join("checkpoints")).pop_last().unwrap();
    for name in [
        "manifest.json",
        "config.toml",
        "series.csv",
        &format!("checkpoints/{last}"),
    ] {
        let whole = fs::read(good.join(name)).unwrap();
        for Corruption {
            description: what,
            bytes,
        } in corruptions(&whole, &mut numbers, 3)
        {
            let directory = copy_directory(&good, &root.path().join("bad"));
            fs::write(directory.join(name), bytes).unwrap();
            let ended = done(resume(&directory));
            assert_eq!(ended.code, Some(0), "{name}, {what}: {}", ended.err);
            // A truncated end of the series needs no warning, since those rows are computed again.
            if fs::read(good.join(name)).unwrap() != fs::read(directory.join(name)).unwrap()
                || name != "series.csv"
            {
                let warning = ended.err.lines().find(|line| line.starts_with("warning: "));
                let warned = warning.is_some_and(|line| {
                    line.contains(name) && (line.contains("line ") || line.contains("at byte "))
                });
                let tail = name == "series.csv" && warning.is_none();
                assert!(warned || tail, "{name}, {what}: {}", ended.err);
            }
            assert!(Results::read(&directory) == undisturbed, "{name}, {what}");
            assert_eq!(verify(&directory).code, Some(0), "{name}, {what}");
        }
        // The file does not exist.
        let directory = copy_directory(&good, &root.path().join("bad"));
        fs::remove_file(directory.join(name)).unwrap();
        succeed(resume(&directory));
        assert!(Results::read(&directory) == undisturbed, "{name}");
    }
    // No file exists except the checkpoints.
    let directory = copy_directory(&good, &root.path().join("bad"));
    for name in names(&directory) {
        let _ = fs::remove_file(directory.join(name));
    }
    succeed(resume(&directory));
    assert!(Results::read(&directory) == undisturbed);
}

#[test]
fn a_run_without_a_valid_checkpoint_prints_the_command_to_restart() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    if interrupted(&directory).is_none() {
        return;
    }
    let checkpoints = directory.join("checkpoints");
    for name in names(&checkpoints) {
        fs::write(checkpoints.join(name), "patchday checkpoint v1\r\n\n").unwrap();
    }
    let before = names(&directory);
    let ended = done(resume(&directory));
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(
        ended
            .err
            .contains("checkpoint: at byte 0: not a checkpoint of this version"),
        "{}",
        ended.err
    );
    assert!(
        ended
            .err
            .contains("no checkpoint to resume from: all are damaged; to run"),
        "{}",
        ended.err
    );
    assert_eq!(names(&directory), before);
}

#[test]
fn corrupt_files_of_a_complete_run_are_never_read_as_data() {
    let root = tempfile::tempdir().unwrap();
    let good = root.path().join("good");
    succeed(run(&good, &[]));
    let mut numbers = Numbers(78);
    for name in ["manifest.json", "config.toml", "series.csv"] {
        let whole = fs::read(good.join(name)).unwrap();
        let mut corruptions = corruptions(&whole, &mut numbers, 4);
        // A changed digit is the most dangerous, because the file still parses.
        for _ in 0..6 {
            let mut changed = whole.clone();
            let at = loop {
                let at = numbers.below(whole.len() as u64) as usize;
                if whole[at].is_ascii_digit() {
                    break at;
                }
            };
            changed[at] = b'0' + (changed[at] - b'0' + 1) % 10;
            corruptions.push(Corruption::new(format!("digit at {at}"), changed));
        }
        for Corruption {
            description: what,
            bytes,
        } in corruptions
        {
            let bad = copy_directory(&good, &root.path().join("bad"));
            fs::write(bad.join(name), &bytes).unwrap();
            // A change within a comment of the scenario is not corruption.
            let ended = diff(&bad, &good);
            if name == "config.toml" && ended.code == Some(0) {
                let same = |text: &[u8]| -> Vec<String> {
                    let text = String::from_utf8(text.to_vec()).unwrap();
                    let code = text
                        .lines()
                        .map(|line| line.split('#').next().unwrap().trim());
                    code.filter(|line| !line.is_empty())
                        .map(String::from)
                        .collect()
                };
                assert_eq!(same(&bytes), same(&whole), "{what}");
                continue;
            }
            assert_eq!(
                ended.code,
                Some(2),
                "{name}, {what}: {}{}",
                ended.out,
                ended.err
            );
            assert!(
                ended.err.contains(&format!("bad/{name}")),
                "{name}, {what}: {}",
                ended.err
            );
            assert_eq!(ended.out, "", "{name}, {what}");
            if what == "empty" || what.starts_with("digit") {
                let mut refused = vec![page(&bad)];
                // An export does not read the scenario.
                if name != "config.toml" {
                    refused.push(export(&bad, &["--as", "csv"]));
                }
                for refused in refused {
                    assert_eq!(refused.code, Some(2), "{name}, {what}: {}", refused.err);
                    assert!(
                        refused.err.contains(&format!("bad/{name}")),
                        "{what}: {}",
                        refused.err
                    );
                }
            }
            let verified = verify(&bad);
            assert!(
                matches!(verified.code, Some(1 | 2)),
                "{name}, {what}: {}",
                verified.err
            );
            if name == "series.csv" {
                // The line is found by computing the run again.
                assert_eq!(verified.code, Some(1));
                assert!(
                    verified.out.contains("series differs from line "),
                    "{}",
                    verified.out
                );
                // A fork takes its rows from the checkpoint.
                let out = root.path().join("fork");
                let forked = fork(&bad, &out);
                assert_eq!(forked.code, Some(0), "{what}: {}", forked.err);
                let of = |run: &Path| fs::read(run.join(name)).unwrap();
                assert!(of(&out.join("1-none")) == of(&good), "{what}");
            } else {
                assert_eq!(fork(&bad, &root.path().join("fork")).code, Some(2));
            }
        }
    }
}

#[test]
fn reports_and_exports_refuse_files_changed_after_the_run() {
    let root = tempfile::tempdir().unwrap();
    let good = root.path().join("good");
    succeed(run(&good, &[]));
    for (name, exported) in [
        ("summary.json", false),
        ("observed.csv", true),
        ("timeline.csv", true),
    ] {
        let bad = copy_directory(&good, &root.path().join("bad"));
        let mut bytes = fs::read(bad.join(name)).unwrap();
        bytes.push(b'\n');
        fs::write(bad.join(name), bytes).unwrap();
        let (page, table) = (page(&bad), export(&bad, &["--as", "csv"]));
        // The report reads no observations; they are in the figure already.
        let shown = name != "observed.csv";
        for (ended, reads) in [(page, shown), (table, exported)] {
            assert_eq!(
                ended.code,
                Some(if reads { 2 } else { 0 }),
                "{name}: {}",
                ended.err
            );
            let said = format!("bad/{name}: it was changed after the run");
            assert_eq!(ended.err.contains(&said), reads, "{name}: {}", ended.err);
        }
    }
}

#[test]
fn a_corrupt_ledger_loses_only_the_runs_of_its_corrupt_lines() {
    let root = tempfile::tempdir().unwrap();
    let good = root.path().join("good");
    succeed(sweep(&good, &[]));
    let whole = fs::read(good.join("ledger.jsonl")).unwrap();
    let mut numbers = Numbers(79);
    for Corruption {
        description: what,
        bytes,
    } in corruptions(&whole, &mut numbers, 5)
    {
        let bad = copy_directory(&good, &root.path().join("bad"));
        fs::write(bad.join("ledger.jsonl"), &bytes).unwrap();
        fs::remove_file(bad.join("runs.csv")).unwrap();
        let _ = fs::remove_file(bad.join("points.csv"));
        // A command that only reads refuses it with the line, or reports missing runs.
        let mut merge = patchday(&["merge"]);
        merge.arg(&bad);
        let merged = done(merge);
        assert_eq!(merged.code, Some(2), "{what}: {}{}", merged.out, merged.err);
        // A ledger whose first line is incomplete, also by zeros at its end, or of zeros, has not begun.
        let first = b"{\"batch\":\"";
        let begin = first.len().min(bytes.len());
        let is_torn = !bytes.contains(&b'\n') && bytes[..begin] == first[..begin];
        let is_begun = !is_torn && bytes.iter().any(|byte| *byte != 0);
        let placed = merged.err.contains("ledger.jsonl: line ")
            || merged.err.contains("runs are missing")
            || merged.err.contains("no ledger of a batch") && !is_begun;
        assert!(placed, "{what}: {}", merged.err);
        let ended = done(sweep(&bad, &["--resume"]));
        if ended.code == Some(2) {
            // Only if the first line is corrupt and nothing after it identifies the sweep.
            let blank = bytes.iter().all(|byte| *byte == 0) || !what.starts_with("bit");
            assert!(
                blank && ended.err.contains("line 1"),
                "{what}: {}",
                ended.err
            );
            continue;
        }
        assert_eq!(ended.code, Some(0), "{what}: {}", ended.err);
        let lost = 4 - bytes.split(|byte| *byte == b'\n').count().min(4);
        if what.starts_with("bit") {
            let redone =
                ["0", "1", "2"].map(|n| ended.err.contains(&format!(" {n} of them still to run")));
            assert!(redone.contains(&true), "{what}, {lost}: {}", ended.err);
            assert!(
                ended.err.contains("ledger.jsonl: line "),
                "{what}: {}",
                ended.err
            );
        }
        assert!(table(&bad) == table(&good), "{what}");
        let mut merge = patchday(&["merge"]);
        merge.arg(&bad);
        succeed(merge);
    }
    // A valid line of another sweep is not accepted either.
    let other = root.path().join("other");
    succeed(sweep(&other, &["--seed", "5"]));
    let foreign = fs::read_to_string(other.join("ledger.jsonl")).unwrap();
    let text = String::from_utf8(whole).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[2] = foreign.lines().nth(2).unwrap();
    let bad = copy_directory(&good, &root.path().join("bad"));
    fs::write(bad.join("ledger.jsonl"), lines.join("\n") + "\n").unwrap();
    let ended = succeed(sweep(&bad, &["--resume"]));
    assert!(ended.err.contains("line 3, at byte "), "{}", ended.err);
    assert!(table(&bad) == table(&good));
}
