//! A file of a run or a batch is torn, or a bit of it flipped: it is refused with its name and
//! the place, never read as data; and where the rest has what was in it, that is put right.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    common::{Done, done, export, names, patchday, send},
    stage::{Dice, Results, fine, held, let_go, resume, run, shim, sweep, table},
};

/// A run that was stopped after its second checkpoint, with all files; none where it
/// cannot be stopped there.
fn stopped(directory: &Path) -> Option<()> {
    shim()?;
    let child = held(run(directory, &[]), "/.series.csv", 22);
    send(&child, "-TERM");
    assert_eq!(let_go(child).code, Some(130));
    assert!(names(directory).contains("series.csv"));
    Some(())
}

/// A copy of a directory, with what is in it.
fn copied(from: &Path, to: &Path) -> PathBuf {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        match from.is_dir() {
            true => drop(copied(&from, &to)),
            false => drop(fs::copy(from, to).unwrap()),
        }
    }
    to.to_owned()
}

/// What can happen to a file: where that is, and what is left.
fn damages(whole: &[u8], dice: &mut Dice, count: usize) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![("empty".to_owned(), Vec::new())];
    for _ in 0..count {
        let place = dice.below(whole.len() as u64) as usize;
        let bit = dice.below(8);
        let mut flipped = whole.to_vec();
        flipped[place] ^= 1 << bit;
        all.push((format!("bit {bit} of byte {place}"), flipped));
        all.push((format!("cut at {place}"), whole[..place].to_vec()));
        // What a power cut can leave of a page.
        let mut blank = whole.to_vec();
        blank[place..].fill(0);
        all.push((format!("blank from {place}"), blank));
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
fn a_run_goes_on_whatever_one_file_of_it_has_become() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let good = root.path().join("good");
    if stopped(&good).is_none() {
        return;
    }
    let mut dice = Dice(77);
    let last = names(&good.join("checkpoints")).pop_last().unwrap();
    for name in [
        "manifest.json",
        "config.toml",
        "series.csv",
        &format!("checkpoints/{last}"),
    ] {
        let whole = fs::read(good.join(name)).unwrap();
        for (what, bytes) in damages(&whole, &mut dice, 3) {
            let directory = copied(&good, &root.path().join("bad"));
            fs::write(directory.join(name), bytes).unwrap();
            let ended = done(resume(&directory));
            assert_eq!(ended.code, Some(0), "{name}, {what}: {}", ended.err);
            // The last row of a run that was stopped is its own, and made again anyhow.
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
            assert!(Results::of(&directory) == undisturbed, "{name}, {what}");
            assert_eq!(verify(&directory).code, Some(0), "{name}, {what}");
        }
        // Not there at all.
        let directory = copied(&good, &root.path().join("bad"));
        fs::remove_file(directory.join(name)).unwrap();
        fine(resume(&directory));
        assert!(Results::of(&directory) == undisturbed, "{name}");
    }
    // All of them but one checkpoint.
    let directory = copied(&good, &root.path().join("bad"));
    for name in names(&directory) {
        let _ = fs::remove_file(directory.join(name));
    }
    fine(resume(&directory));
    assert!(Results::of(&directory) == undisturbed);
}

#[test]
fn a_run_of_which_no_checkpoint_is_whole_says_how_to_begin_again() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    if stopped(&directory).is_none() {
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
            .contains("checkpoint: at byte 0: it is no checkpoint of this version"),
        "{}",
        ended.err
    );
    assert!(
        ended
            .err
            .contains("no checkpoint to go on from is whole; to run"),
        "{}",
        ended.err
    );
    assert_eq!(names(&directory), before);
}

#[test]
fn a_damaged_run_is_not_read_as_data() {
    let root = tempfile::tempdir().unwrap();
    let good = root.path().join("good");
    fine(run(&good, &[]));
    let mut dice = Dice(78);
    for name in ["manifest.json", "config.toml", "series.csv"] {
        let whole = fs::read(good.join(name)).unwrap();
        let mut damages = damages(&whole, &mut dice, 4);
        // Digits, which are the most dangerous.
        for _ in 0..6 {
            let mut changed = whole.clone();
            let place = loop {
                let place = dice.below(whole.len() as u64) as usize;
                if whole[place].is_ascii_digit() {
                    break place;
                }
            };
            changed[place] = b'0' + (changed[place] - b'0' + 1) % 10;
            damages.push((format!("digit at {place}"), changed));
        }
        for (what, bytes) in damages {
            let bad = copied(&good, &root.path().join("bad"));
            fs::write(bad.join(name), &bytes).unwrap();
            // A comment of the scenario is no data.
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
                // It does not need the scenario.
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
                // The place is found by doing it again.
                assert_eq!(verified.code, Some(1));
                assert!(
                    verified.out.contains("series differs from line "),
                    "{}",
                    verified.out
                );
                // A fork takes its past from the checkpoint.
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
fn what_is_made_from_a_run_is_made_from_the_files_that_it_wrote() {
    let root = tempfile::tempdir().unwrap();
    let good = root.path().join("good");
    fine(run(&good, &[]));
    for (name, exported) in [
        ("summary.json", false),
        ("observed.csv", true),
        ("timeline.csv", true),
    ] {
        let bad = copied(&good, &root.path().join("bad"));
        let mut bytes = fs::read(bad.join(name)).unwrap();
        bytes.push(b'\n');
        fs::write(bad.join(name), bytes).unwrap();
        let (page, table) = (page(&bad), export(&bad, &["--as", "csv"]));
        // The page has no use for observations but the picture's.
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
fn a_damaged_ledger_loses_no_more_than_the_runs_of_its_damaged_lines() {
    let root = tempfile::tempdir().unwrap();
    let good = root.path().join("good");
    fine(sweep(&good, &[]));
    let whole = fs::read(good.join("ledger.jsonl")).unwrap();
    let mut dice = Dice(79);
    for (what, bytes) in damages(&whole, &mut dice, 5) {
        let bad = copied(&good, &root.path().join("bad"));
        fs::write(bad.join("ledger.jsonl"), &bytes).unwrap();
        fs::remove_file(bad.join("runs.csv")).unwrap();
        // Who only reads refuses it, with its line, or misses the runs.
        let mut merge = patchday(&["merge"]);
        merge.arg(&bad);
        let merged = done(merge);
        assert_eq!(merged.code, Some(2), "{what}: {}{}", merged.out, merged.err);
        let placed =
            merged.err.contains("ledger.jsonl: line ") || merged.err.contains("runs are missing");
        assert!(placed, "{what}: {}", merged.err);
        let ended = done(sweep(&bad, &["--resume"]));
        if ended.code == Some(2) {
            // Only of the first line with nothing after it that shows whose it is.
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
                ["0", "1", "2"].map(|n| ended.err.contains(&format!(" {n} of them to do")));
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
        fine(merge);
    }
    // One of another batch does not pass, not even line by line.
    let other = root.path().join("other");
    fine(sweep(&other, &["--seed", "5"]));
    let foreign = fs::read_to_string(other.join("ledger.jsonl")).unwrap();
    let text = String::from_utf8(whole).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[2] = foreign.lines().nth(2).unwrap();
    let bad = copied(&good, &root.path().join("bad"));
    fs::write(bad.join("ledger.jsonl"), lines.join("\n") + "\n").unwrap();
    let ended = fine(sweep(&bad, &["--resume"]));
    assert!(ended.err.contains("line 3, at byte "), "{}", ended.err);
    assert!(table(&bad) == table(&good));
}
