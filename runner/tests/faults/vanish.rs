//! Somebody removes or renames what a run or a batch writes into, or writes into it himself,
//! while it is under way. It is made again where it was asked for; what stands there instead is
//! left alone.

use std::{fs, path::Path};

use crate::{
    common::{done, json, names, send},
    stage::{Results, fine, held, let_go, resume, run, shim, sweep, table},
};

/// The operation on its series in which a run is held: after its second checkpoint, before
/// its end.
const LATE: u64 = 22;

#[test]
fn a_run_whose_directory_is_removed_or_renamed_is_kept_where_it_was_asked_for() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let directory = root.path().join("above/run");
    let moved = root.path().join("moved");
    type Vanish = fn(&Path, &Path);
    let vanish: [(&str, Vanish); 5] = [
        ("removed", |directory, _| {
            fs::remove_dir_all(directory).unwrap()
        }),
        ("removed with what is above", |directory, _| {
            fs::remove_dir_all(directory.parent().unwrap()).unwrap();
        }),
        ("renamed", |directory, moved| {
            fs::rename(directory, moved).unwrap()
        }),
        ("replaced by an empty one", |directory, _| {
            fs::remove_dir_all(directory).unwrap();
            fs::create_dir(directory).unwrap();
        }),
        ("emptied", |directory, _| {
            for name in names(directory) {
                let path = directory.join(name);
                let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
            }
        }),
    ];
    for (what, vanish) in vanish {
        for at in [6, 15, LATE] {
            let child = held(run(&directory, &[]), "/.series.csv", at);
            vanish(&directory, &moved);
            let ended = let_go(child);
            assert_eq!(ended.code, Some(0), "{what} at {at}: {}", ended.err);
            let warned = ended
                .err
                .contains("was removed or renamed; it is made again");
            assert_eq!(warned, what != "emptied", "{what} at {at}: {}", ended.err);
            assert!(Results::of(&directory) == undisturbed, "{what} at {at}");
            assert!(directory.join("config.toml").exists());
            if moved.exists() {
                // What was moved is a run that was killed then.
                if at > 12 {
                    fine(resume(&moved));
                    assert!(Results::of(&moved) == undisturbed, "{at}");
                }
                fs::remove_dir_all(&moved).unwrap();
            }
            fs::remove_dir_all(root.path().join("above")).unwrap();
        }
    }
}

#[test]
fn a_run_that_is_stopped_after_its_directory_was_removed_goes_on() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let directory = root.path().join("run");
    let child = held(run(&directory, &[]), "/.series.csv", 15);
    fs::remove_dir_all(&directory).unwrap();
    send(&child, "-TERM");
    let stopped = let_go(child);
    assert_eq!(stopped.code, Some(130), "{}", stopped.err);
    fine(resume(&directory));
    assert!(Results::of(&directory) == undisturbed);
}

#[test]
fn what_stands_in_the_place_of_a_run_is_left_alone_and_nothing_is_said_to_be_kept() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let child = held(run(&directory, &[]), "/.series.csv", LATE);
    fs::remove_dir_all(&directory).unwrap();
    fine(run(&directory, &["--seed", "9"]));
    let other = Results::of(&directory);
    let ended = let_go(child);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains("nothing could be kept"), "{}", ended.err);
    assert!(ended.err.contains("another has its name"), "{}", ended.err);
    assert!(
        !ended.err.contains("what was computed is in"),
        "{}",
        ended.err
    );
    assert!(Results::of(&directory) == other);
    assert_eq!(json(&directory.join("manifest.json"))["seed"], 9);
}

#[test]
fn a_series_that_others_write_into_stops_the_run_at_its_next_checkpoint() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    type Spoil = fn(&Path);
    let spoils: [(&str, Spoil); 3] = [
        ("emptied", |series| drop(fs::File::create(series).unwrap())),
        ("cut", |series| {
            let file = fs::OpenOptions::new().write(true).open(series).unwrap();
            file.set_len(2_000).unwrap();
        }),
        ("changed", |series| {
            let text = fs::read_to_string(series).unwrap();
            let file = fs::OpenOptions::new().write(true).open(series).unwrap();
            let mut bytes = text.into_bytes();
            *bytes.last_mut().unwrap() ^= 1;
            use std::io::Write;
            (&file).write_all(&bytes).unwrap();
        }),
    ];
    for (what, spoil) in spoils {
        for (at, checkpoint) in [(15, "T010000Z"), (LATE, "T020000Z")] {
            let directory = root.path().join(format!("{what}-{at}"));
            let child = held(run(&directory, &[]), "/.series.csv", at);
            spoil(&directory.join(".series.csv.partial"));
            let ended = let_go(child);
            assert_eq!(ended.code, Some(3), "{what} at {at}: {}", ended.err);
            let said = "series.csv: somebody else has changed it";
            assert!(ended.err.contains(said), "{what} at {at}: {}", ended.err);
            assert!(!directory.join("series.csv").exists(), "it is no result");
            let gone_on = fine(resume(&directory));
            assert!(gone_on.err.contains(checkpoint), "{}", gone_on.err);
            assert!(Results::of(&directory) == undisturbed, "{what} at {at}");
        }
    }
}

#[test]
fn a_batch_whose_directory_is_removed_or_renamed_keeps_all_its_runs() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let (whole, moved) = (root.path().join("whole"), root.path().join("moved"));
    fine(sweep(&whole, &[]));
    let directory = root.path().join("batch");
    // In the middle of the line of a run.
    for at in [4, 6, 8, 10] {
        for renamed in [false, true] {
            let child = held(sweep(&directory, &["--force"]), "ledger.jsonl", at);
            match renamed {
                true => fs::rename(&directory, &moved).unwrap(),
                false => fs::remove_dir_all(&directory).unwrap(),
            }
            let ended = let_go(child);
            assert_eq!(ended.code, Some(0), "{at}: {}", ended.err);
            assert!(table(&directory) == table(&whole), "{at}");
            // The ledger that was made again has all of them, too.
            fs::remove_file(directory.join("runs.csv")).unwrap();
            let again = fine(sweep(&directory, &["--resume"]));
            assert!(again.err.contains(" 0 of them to do"), "{}", again.err);
            assert!(table(&directory) == table(&whole), "{at}");
            if renamed {
                fs::remove_dir_all(&moved).unwrap();
            }
        }
    }
    // Another batch in its place is left alone.
    let child = held(sweep(&directory, &["--force"]), "ledger.jsonl", 6);
    fs::remove_dir_all(&directory).unwrap();
    fine(sweep(&directory, &["--seed", "3"]));
    let other = (
        table(&directory),
        fs::read(directory.join("ledger.jsonl")).unwrap(),
    );
    let ended = let_go(child);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(
        ended.err.contains("another file has its name"),
        "{}",
        ended.err
    );
    let ledger = fs::read(directory.join("ledger.jsonl")).unwrap();
    assert!((table(&directory), ledger) == other);
    let refused = done(sweep(&directory, &["--resume"]));
    assert_eq!(refused.code, Some(2), "{}", refused.err);
}
