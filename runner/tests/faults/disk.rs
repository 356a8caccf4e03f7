//! Disks that are full, fail or are read-only: from the beginning, during the run, during a
//! checkpoint, at the result files, or in the ledger of a sweep.
//!
//! Invariant: when the disk works again, the printed command completes the work with the same
//! bytes.

use std::{fs, path::Path, process::Command};

use crate::{
    common::{done, in_namespace, json, patchday},
    harness::{Numbers, Results, inject_fault, resume, run, shim, succeed, sweep, table},
};

/// A command quoted for a shell.
fn shell_words(command: &Command) -> String {
    let quoted = |word: &std::ffi::OsStr| format!("'{}'", word.to_string_lossy());
    let arguments: Vec<String> = command.get_args().map(quoted).collect();
    format!("{} {}", quoted(command.get_program()), arguments.join(" "))
}

/// Shell code that sets `line` to the last command printed after `to resume` and a colon.
const FIND_COMMAND: &str = "line=$(sed -n 's/.*to resume[^:]*: //p' \"$1/said\" | tail -n 1)";

#[test]
fn a_run_on_a_full_disk_resumes_with_the_same_bytes_when_there_is_space() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let disk = root.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let command = shell_words(&run(&disk.join("run"), &[]));
    // There is space for the first checkpoint only. The script copies the results, because the
    // disk does not exist outside its namespace.
    let script = format!(
        "mount -t tmpfs -o size=560k none \"$1\" || exit 9
         {command} 2>\"$2/said\"; code=$?; cat \"$2/said\"; ls -A \"$1/run\"
         mount -o remount,size=9m \"$1\" || exit 9
         set -- \"$2\" \"$1\"; {FIND_COMMAND}; [ $code = 0 ] || sh -c \"$line\" || exit 8
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
    assert!(Results::read(&root.path().join("result")) == undisturbed);
}

#[test]
fn a_sweep_on_a_full_disk_resumes_to_the_same_table_when_there_is_space() {
    let root = tempfile::tempdir().unwrap();
    let whole = root.path().join("whole");
    succeed(sweep(&whole, &[]));
    let disk = root.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let command = shell_words(&sweep(&disk.join("batch"), &[]));
    // Both ledgers of four runs need two pages each, the table one more.
    for (size, missing) in [("8k", true), ("16k", false)] {
        let script = format!(
            "mount -t tmpfs -o size={size} none \"$1\" || exit 9
             {command} 2>\"$2/said\"; code=$?; cat \"$2/said\"
             mount -o remount,size=9m \"$1\" || exit 9
             set -- \"$2\" \"$1\"; {FIND_COMMAND}; sh -c \"$line\" || exit 8
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
    // On a disk that is full from the beginning the sweep fails before its first run.
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
fn a_disk_that_fails_from_any_operation_on_costs_at_most_a_checkpoint() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let mut numbers = Numbers(28);
    for kind in ["full", "io-error"] {
        let (mut at, mut failed) = (1, 0);
        loop {
            let directory = root.path().join(format!("{kind}-{at}"));
            let mut command = run(&directory, &[]);
            // Permanently, or for some operations.
            let last = [u64::MAX / 2, at + numbers.below(8)][numbers.below(2) as usize];
            inject_fault(&mut command, kind, &format!("/{kind}-"), at..=last);
            let ended = done(command);
            let said = format!("{kind} at {at} to {last}: {:?} {}", ended.code, ended.err);
            let noticed = ended.err.contains("No space left") || ended.err.contains("put error");
            match ended.code {
                // At most a checkpoint failed, with a warning.
                Some(0) => assert!(Results::read(&directory) == undisturbed, "{said}"),
                Some(3) => {
                    failed += 1;
                    assert!(noticed && ended.err.contains("cannot "), "{said}");
                    succeed(run(&directory, &["--resume"]));
                    assert!(Results::read(&directory) == undisturbed, "{said}");
                }
                _ => panic!("{said}"),
            }
            if ended.code == Some(0) && !noticed && last > 1_000_000 {
                break;
            }
            fs::remove_dir_all(&directory).unwrap();
            at += 1 + numbers.below(6);
        }
        assert!(failed > 8, "{kind}: {failed}");
    }
}

#[test]
fn a_result_file_that_cannot_be_written_fails_the_run_and_its_command_completes_it() {
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
        // For files that exist from the beginning: only operations at the end.
        let after = match file {
            "manifest.json" => 8,
            "series.csv" => 25,
            _ => 2,
        };
        let mut command = run(&directory, &[]);
        inject_fault(
            &mut command,
            "io-error",
            &format!("/.{file}"),
            after..=1_000,
        );
        let ended = done(command);
        assert_eq!(ended.code, Some(3), "{file}: {}", ended.err);
        let last = ended.err.lines().last().unwrap();
        assert!(last.starts_with("cannot ") && last.contains(file), "{last}");
        let manifest = json(&directory.join("manifest.json"));
        assert_eq!(manifest["complete"], false, "{file}");
        let (_, line) = ended
            .err
            .split_once("to resume from the last checkpoint: ")
            .unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", line.lines().next().unwrap()]);
        succeed(command);
        assert!(Results::read(&directory) == undisturbed, "{file}");
    }
}

#[test]
fn a_read_only_directory_is_refused_and_unchanged() {
    let root = tempfile::tempdir().unwrap();
    let mount = root.path().join("mount");
    let (stopped, batch) = (mount.join("run"), mount.join("batch"));
    let whole = mount.join("whole");
    succeed(run(&whole, &[]));
    succeed(run(&stopped, &[]));
    fs::remove_file(stopped.join("manifest.json")).unwrap();
    succeed(sweep(&batch, &[]));
    let ledger = fs::read(batch.join("ledger.jsonl")).unwrap();
    fs::write(batch.join("ledger.jsonl"), &ledger[..ledger.len() - 9]).unwrap();
    fs::remove_file(batch.join("runs.csv")).unwrap();
    let with_path = |program: &[&str], path: &Path| {
        let mut command = patchday(program);
        command.arg(path);
        shell_words(&command)
    };
    let commands = [
        (shell_words(&run(&mount.join("new"), &[])), 2),
        (shell_words(&run(&whole, &["--force"])), 2),
        (shell_words(&resume(&stopped)), 2),
        (shell_words(&sweep(&mount.join("other"), &[])), 2),
        (shell_words(&sweep(&batch, &["--resume"])), 2),
        (shell_words(&sweep(&batch, &["--force"])), 2),
        // A command that only reads succeeds.
        (with_path(&["verify", "--threads", "1"], &whole), 0),
        (
            with_path(
                &["fork", "--at", "2h", "--try", "none", "--out"],
                &mount.join("fork"),
            ) + &format!(" '{}'", whole.display()),
            2,
        ),
    ];
    for (command, code) in commands {
        let script = format!(
            "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" || exit 9
             {command}"
        );
        let Some(ended) = in_namespace(&script, &[&mount]) else {
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
    // When the directory is writable again, the run and the sweep resume.
    succeed(resume(&stopped));
    assert!(Results::read(&stopped) == Results::read(&whole));
    succeed(sweep(&batch, &["--resume"]));
    assert!(
        fs::read_to_string(batch.join("runs.csv"))
            .unwrap()
            .lines()
            .count()
            == 5
    );
}

#[test]
fn a_limit_of_file_sizes_is_an_error_and_not_a_signal() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let directory = root.path().join("run");
    // In blocks of 512 bytes: the series alone is larger.
    let command = format!("ulimit -f 4; exec {}", shell_words(&run(&directory, &[])));
    let mut limited = Command::new("sh");
    limited.args(["-c", &command]);
    let ended = done(limited);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains("File too large"), "{}", ended.err);
    succeed(run(&directory, &["--resume"]));
    assert!(Results::read(&directory) == undisturbed);
}

#[test]
fn a_ledger_of_zeros_is_a_ledger_that_has_not_begun() {
    let root = tempfile::tempdir().unwrap();
    let (batch, whole) = (root.path().join("batch"), root.path().join("whole"));
    fs::create_dir(&batch).unwrap();
    fs::write(batch.join("ledger.jsonl"), [0; 4_096]).unwrap();
    succeed(sweep(&batch, &["--resume"]));
    succeed(sweep(&whole, &[]));
    assert!(table(&batch) == table(&whole));
}
