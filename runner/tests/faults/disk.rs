//! A disk is full, fails, or may only be read: from the beginning, in the middle, during a
//! checkpoint, at the files of the end, in the ledger of a batch. When there is room again, what
//! was kept goes on.

use std::{fs, path::Path, process::Command};

use crate::{
    common::{done, in_namespace, json, patchday},
    stage::{Dice, Results, fine, meets, resume, run, shim, sweep, table},
};

/// A command as words of a shell, but for the program, which is `$0` there.
fn words(command: &Command) -> String {
    let quoted = |word: &std::ffi::OsStr| format!("'{}'", word.to_string_lossy());
    let arguments: Vec<String> = command.get_args().map(quoted).collect();
    format!("{} {}", quoted(command.get_program()), arguments.join(" "))
}

/// What a command said last that can be typed, after `to go on` and a colon.
const TYPED: &str = "line=$(sed -n 's/.*to go on[^:]*: //p' \"$1/said\" | tail -n 1)";

#[test]
fn a_run_whose_disk_fills_goes_on_when_there_is_room_again() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let disk = root.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let command = words(&run(&disk.join("run"), &[]));
    // Room for the first checkpoint and not for the second; the results are taken out, because
    // the disk is gone with its namespace.
    let script = format!(
        "mount -t tmpfs -o size=560k none \"$1\" || exit 9
         {command} 2>\"$2/said\"; code=$?; cat \"$2/said\"; ls -A \"$1/run\"
         mount -o remount,size=9m \"$1\" || exit 9
         set -- \"$2\" \"$1\"; {TYPED}; [ $code = 0 ] || sh -c \"$line\" || exit 8
         cp -r \"$2/run\" \"$1/result\"; exit $code"
    );
    let Some(ended) = in_namespace(&script, &[&disk, root.path()]) else {
        return;
    };
    assert!(
        ended.out.contains("warning: no checkpoint: cannot write"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("No space left on device"),
        "{}",
        ended.out
    );
    assert!(
        matches!(ended.code, Some(0 | 3)),
        "{}{}",
        ended.out,
        ended.err
    );
    assert!(Results::of(&root.path().join("result")) == undisturbed);
}

#[test]
fn a_batch_whose_disk_fills_goes_on_when_there_is_room_again() {
    let root = tempfile::tempdir().unwrap();
    let whole = root.path().join("whole");
    fine(sweep(&whole, &[]));
    let disk = root.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let command = words(&sweep(&disk.join("batch"), &[]));
    // A ledger of four runs needs two pages, and the table a third.
    for (size, missing) in [("4k", true), ("8k", false)] {
        let script = format!(
            "mount -t tmpfs -o size={size} none \"$1\" || exit 9
             {command} 2>\"$2/said\"; code=$?; cat \"$2/said\"
             mount -o remount,size=9m \"$1\" || exit 9
             set -- \"$2\" \"$1\"; {TYPED}; sh -c \"$line\" || exit 8
             cp \"$2/batch/runs.csv\" \"$1\"; exit $code"
        );
        let Some(ended) = in_namespace(&script, &[&disk, root.path()]) else {
            return;
        };
        assert_eq!(ended.code, Some(3), "{size}: {}{}", ended.out, ended.err);
        assert!(
            ended.out.contains("No space left on device"),
            "{}",
            ended.out
        );
        assert_eq!(
            ended.out.contains("of 4 runs are missing"),
            missing,
            "{}",
            ended.out
        );
        assert!(table(root.path()) == table(&whole));
    }
    // Full from the beginning: it says so before the first run, and leaves no table.
    let script = format!(
        "mount -t tmpfs -o size=4k none \"$1\" && head -c 4096 /dev/zero > \"$1/other\" || exit 9
         {command}"
    );
    let ended = in_namespace(&script, &[&disk]).unwrap();
    assert_eq!(ended.code, Some(3), "{}{}", ended.out, ended.err);
    assert!(
        ended.err.contains("ledger.jsonl: No space"),
        "{}",
        ended.err
    );
}

#[test]
fn a_disk_that_is_full_or_broken_from_any_moment_on_costs_no_more_than_a_checkpoint() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let mut dice = Dice(28);
    for kind in ["full", "lost"] {
        let (mut at, mut failed) = (1, 0);
        loop {
            let directory = root.path().join(format!("{kind}-{at}"));
            let mut command = run(&directory, &[]);
            // For ever, or for a while.
            let last = [u64::MAX / 2, at + dice.below(8)][dice.below(2) as usize];
            meets(&mut command, kind, &format!("/{kind}-"), at..=last);
            let ended = done(command);
            let said = format!("{kind} at {at} to {last}: {:?} {}", ended.code, ended.err);
            let noticed = ended.err.contains("No space left") || ended.err.contains("put error");
            match ended.code {
                // At most a checkpoint was missed, and that was said.
                Some(0) => assert!(Results::of(&directory) == undisturbed, "{said}"),
                Some(3) => {
                    failed += 1;
                    assert!(noticed && ended.err.contains("cannot "), "{said}");
                    fine(run(&directory, &["--resume"]));
                    assert!(Results::of(&directory) == undisturbed, "{said}");
                }
                _ => panic!("{said}"),
            }
            if ended.code == Some(0) && !noticed && last > 1_000_000 {
                break;
            }
            fs::remove_dir_all(&directory).unwrap();
            at += 1 + dice.below(6);
        }
        assert!(failed > 8, "{kind}: {failed}");
    }
}

#[test]
fn a_file_of_the_end_that_cannot_be_written_fails_the_run_and_its_command_mends_it() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    for file in [
        "series.csv",
        "summary.json",
        "observed.csv",
        "timeline.md",
        "online.svg",
        "manifest.json",
    ] {
        let directory = root.path().join(file);
        // Those that are there from the beginning are met at the end.
        let after = match file {
            "manifest.json" => 8,
            "series.csv" => 25,
            _ => 2,
        };
        let mut command = run(&directory, &[]);
        meets(&mut command, "lost", &format!("/.{file}"), after..=1_000);
        let ended = done(command);
        assert_eq!(ended.code, Some(3), "{file}: {}", ended.err);
        let last = ended.err.lines().last().unwrap();
        assert!(last.starts_with("cannot ") && last.contains(file), "{last}");
        let manifest = json(&directory.join("manifest.json"));
        assert_eq!(manifest["complete"], false, "{file}");
        let (_, line) = ended
            .err
            .split_once("to go on from its last checkpoint: ")
            .unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", line.lines().next().unwrap()]);
        fine(command);
        assert!(Results::of(&directory) == undisturbed, "{file}");
    }
}

#[test]
fn a_directory_that_may_only_be_read_is_refused_and_left_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("place");
    let (stopped, batch) = (place.join("run"), place.join("batch"));
    let whole = place.join("whole");
    fine(run(&whole, &[]));
    fine(run(&stopped, &[]));
    fs::remove_file(stopped.join("manifest.json")).unwrap();
    fine(sweep(&batch, &[]));
    let ledger = fs::read(batch.join("ledger.jsonl")).unwrap();
    fs::write(batch.join("ledger.jsonl"), &ledger[..ledger.len() - 9]).unwrap();
    fs::remove_file(batch.join("runs.csv")).unwrap();
    let words_of = |program: &[&str], path: &Path| {
        let mut command = patchday(program);
        command.arg(path);
        words(&command)
    };
    let commands = [
        (words(&run(&place.join("new"), &[])), 2),
        (words(&run(&whole, &["--force"])), 2),
        (words(&resume(&stopped)), 2),
        (words(&sweep(&place.join("other"), &[])), 2),
        (words(&sweep(&batch, &["--resume"])), 2),
        (words(&sweep(&batch, &["--force"])), 2),
        // Who only reads does not mind.
        (words_of(&["verify", "--threads", "1"], &whole), 0),
        (
            words_of(
                &["fork", "--at", "2h", "--try", "none", "--out"],
                &place.join("fork"),
            ) + &format!(" '{}'", whole.display()),
            2,
        ),
    ];
    for (command, code) in commands {
        let script = format!(
            "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" || exit 9
             {command}"
        );
        let Some(ended) = in_namespace(&script, &[&place]) else {
            return;
        };
        assert_eq!(ended.code, Some(code), "{command}: {}", ended.err);
        if code != 0 {
            assert!(
                ended.err.contains("Read-only file system"),
                "{command}: {}",
                ended.err
            );
        }
    }
    assert_eq!(
        fs::read(batch.join("ledger.jsonl")).unwrap().len(),
        ledger.len() - 9
    );
    // Where it may be written to again, all of it goes on.
    fine(resume(&stopped));
    assert!(Results::of(&stopped) == Results::of(&whole));
    fine(sweep(&batch, &["--resume"]));
    assert!(
        fs::read_to_string(batch.join("runs.csv"))
            .unwrap()
            .lines()
            .count()
            == 5
    );
}
