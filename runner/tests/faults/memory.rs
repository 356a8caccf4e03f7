//! Insufficient memory or threads.
//!
//! Invariant: a run that does not fit is refused before it begins; a run is stopped while there
//! is still memory for a checkpoint, and the printed command completes it. The limits of both
//! versions of control groups are simulated by files mounted over those of the system in a mount
//! namespace; the limit of address space is set with `ulimit`. Units: MB, or as stated.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    common::{Done, WIDE, begin, done, json, names, patchday, scenario},
    harness::{
        Results, fleet, limit_threads, printed_command, resume, run, shim, succeed, sweep, table,
        wait_for_end,
    },
};

/// A simulated control group.
struct Group {
    root: PathBuf,
    limit: PathBuf,
    usage: PathBuf,
}

impl Group {
    /// Creates a group of version 1 or 2 with a limit in MB. Returns `None` and prints the reason
    /// if there are no mount namespaces.
    fn new(version: u32, root: &Path, limit: u64) -> Option<Self> {
        let root = root.join(format!("group-{version}"));
        let (text, directory, names) = match version {
            1 => (
                "5:cpu:/\n4:memory:/job\n",
                "groups/memory/job",
                ["memory.limit_in_bytes", "memory.usage_in_bytes"],
            ),
            _ => ("0::/job\n", "groups/job", ["memory.max", "memory.current"]),
        };
        let directory = root.join(directory);
        fs::create_dir_all(&directory).unwrap();
        fs::write(root.join("cgroup"), text).unwrap();
        let group = Self {
            limit: directory.join(names[0]),
            usage: directory.join(names[1]),
            root,
        };
        group.limit(limit);
        group.usage(1);
        match group.inside(Command::new("true")).output() {
            Ok(tried) if tried.status.success() => Some(group),
            tried => {
                eprintln!("skipped: no namespace to mount a control group in: {tried:?}");
                None
            }
        }
    }

    fn limit(&self, megabytes: u64) {
        fs::write(&self.limit, format!("{}\n", megabytes * 1_000_000)).unwrap();
    }

    fn usage(&self, megabytes: u64) {
        fs::write(&self.usage, format!("{}\n", megabytes * 1_000_000)).unwrap();
    }

    /// Runs a command inside the group.
    fn inside(&self, inner: Command) -> Command {
        let script = "mount --bind \"$0/groups\" /sys/fs/cgroup &&
                      mount --bind \"$0/cgroup\" /proc/$$/cgroup && exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-c", script]);
        command.arg(&self.root).env("COLUMNS", WIDE);
        command.arg(inner.get_program()).args(inner.get_args());
        command
    }
}

/// A run of one hour with a larger population than the other tests.
fn large(directory: &Path, scale: &str) -> Command {
    let mut command = patchday(&["run", "--scale", scale, "--until", "1h", "--threads", "1"]);
    command.arg(scenario()).arg("--out").arg(directory);
    command
}

/// A command under a limit of address space, in KiB.
fn limited(inner: &Command, most: u64) -> Done {
    let mut command = Command::new("sh");
    command.env("COLUMNS", WIDE);
    command.args(["-c", "ulimit -c 0; ulimit -v $0 && exec \"$@\""]);
    command.arg(most.to_string());
    command.arg(inner.get_program()).args(inner.get_args());
    done(command)
}

#[test]
fn work_that_does_not_fit_is_refused_and_existing_files_are_unchanged() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let stopped = root.path().join("stopped");
    succeed(run(&stopped, &[]));
    fs::remove_file(stopped.join("manifest.json")).unwrap();
    let before = names(&stopped);
    let new = root.path().join("new");
    for version in [1, 2] {
        let Some(group) = Group::new(version, root.path(), 90) else {
            return;
        };
        let refused = done(group.inside(large(&new, "0.02")));
        assert_eq!(refused.code, Some(4), "{version}: {}", refused.err);
        assert!(refused.said().contains("is available"), "{}", refused.err);
        assert!(!new.exists());
        // The suggested scale does fit.
        let said = refused.said();
        let (_, rest) = said.split_once("--scale ").unwrap();
        let scale = rest.split(' ').next().unwrap();
        succeed(group.inside(large(&new, scale)));
        fs::remove_dir_all(&new).unwrap();
        group.limit(20);
        for command in [sweep(&new, &[]), resume(&stopped)] {
            let refused = done(group.inside(command));
            assert_eq!(refused.code, Some(4), "{version}: {}", refused.err);
            let said = "it does not fit at any scale";
            assert!(refused.said().contains(said), "{}", refused.err);
        }
        assert!(!new.exists());
        assert_eq!(names(&stopped), before);
    }
    succeed(resume(&stopped));
    assert!(Results::read(&stopped) == undisturbed);
}

#[test]
fn a_run_stopped_before_memory_runs_out_can_be_resumed() {
    let root = tempfile::tempdir().unwrap();
    for version in [1, 2] {
        let Some(group) = Group::new(version, root.path(), 2_000) else {
            return;
        };
        // A small run may complete before the guard checks; then try a larger one.
        let (directory, stopped, scale) = ["0.002", "0.008", "0.032"]
            .iter()
            .find_map(|scale| {
                let directory = root.path().join(format!("run-{version}-{scale}"));
                let mut command = patchday(&["run", "--until", "48h", "--threads", "1"]);
                command.args(["--scale", scale]).arg(scenario());
                command.arg("--out").arg(&directory);
                group.limit(2_000);
                group.usage(1);
                let series = directory.join(".series.csv.partial");
                let child = begin(group.inside(command), &series, 1_000);
                if version == 1 {
                    group.usage(1_999);
                } else {
                    group.limit(3);
                }
                let stopped = wait_for_end(child);
                (stopped.code != Some(0)).then_some((directory, stopped, scale))
            })
            .unwrap();
        assert_eq!(stopped.code, Some(4), "{}", stopped.err);
        for said in [
            "before memory runs out: only ",
            "is needed to stop with a checkpoint",
        ] {
            assert!(stopped.said().contains(said), "{}", stopped.err);
        }
        let manifest = json(&directory.join("manifest.json"));
        let how = manifest["ended"].as_str().unwrap();
        assert!(how.starts_with("stopped before memory ran out: "), "{how}");
        succeed(printed_command(&stopped.err, "to resume from this point: "));
        let whole = root.path().join(format!("whole-{scale}"));
        if !whole.exists() {
            let mut command = patchday(&["run", "--until", "48h", "--threads", "2"]);
            command.args(["--scale", scale]).arg(scenario());
            command.arg("--out").arg(&whole);
            succeed(command);
        }
        assert!(
            Results::read(&directory) == Results::read(&whole),
            "{version}"
        );
    }
}

#[test]
fn a_sweep_stopped_before_memory_runs_out_can_be_resumed() {
    let root = tempfile::tempdir().unwrap();
    let Some(group) = Group::new(2, root.path(), 2_000) else {
        return;
    };
    let batch = |directory: &Path, replicates: &str| {
        let mut command = patchday(&["sweep", "--scale", "0.0005", "--until", "12h"]);
        command.args(["--reps", replicates, "--threads", "1"]);
        command.arg(fleet()).arg("--out").arg(directory);
        command
    };
    let (directory, stopped, replicates) = ["8", "40", "200"]
        .iter()
        .find_map(|replicates| {
            let directory = root.path().join(format!("batch-{replicates}"));
            group.limit(2_000);
            let command = group.inside(batch(&directory, replicates));
            let child = begin(command, &directory.join("ledger.jsonl"), 0);
            group.limit(3);
            let stopped = wait_for_end(child);
            (stopped.code != Some(0)).then_some((directory, stopped, replicates))
        })
        .unwrap();
    assert_eq!(stopped.code, Some(4), "{}", stopped.err);
    assert!(stopped.err.contains("runs are missing"), "{}", stopped.err);
    succeed(printed_command(&stopped.err, "to resume: "));
    let whole = root.path().join("whole");
    succeed(batch(&whole, replicates));
    assert!(table(&directory) == table(&whole));
}

#[test]
fn with_any_limit_of_address_space_a_run_is_refused_or_completes() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let mut codes = Vec::new();
    // In MiB, from less than the allocator reserves at first to more than that.
    for most in [
        100, 200, 400, 600, 700, 800, 900, 1_000, 1_040, 1_080, 1_120, 1_160, 1_200, 1_400, 2_000,
        20_000,
    ] {
        let directory = root.path().join(format!("run-{most}"));
        let ended = limited(&run(&directory, &[]), most << 10);
        match ended.code {
            Some(0) => assert!(Results::read(&directory) == undisturbed, "{most}"),
            Some(4) => {
                assert!(
                    ended.said().contains("is available; "),
                    "{most}: {}",
                    ended.err
                );
                assert!(!directory.exists(), "{most}");
            }
            code => panic!("{most}: {code:?} {}", ended.err),
        }
        codes.push(ended.code);
    }
    assert_eq!((codes[0], codes.last().unwrap()), (Some(4), &Some(0)));
}

#[test]
fn with_a_limit_of_threads_a_run_uses_fewer_or_is_refused() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let mut codes = Vec::new();
    for most in 0..8 {
        let directory = root.path().join(format!("run-{most}"));
        let mut command = run(&directory, &[]);
        limit_threads(&mut command, most);
        let ended = done(command);
        match ended.code {
            Some(0) => assert!(Results::read(&directory) == undisturbed, "{most}"),
            Some(3) => {
                assert!(
                    ended.said().contains("cannot start the threads"),
                    "{}",
                    ended.err
                );
                assert!(!directory.exists(), "{most}");
            }
            code => panic!("{most}: {code:?} {}", ended.err),
        }
        codes.push(ended.code);
    }
    assert_eq!((codes[0], codes[1]), (Some(3), Some(0)));
    // In a sweep the runs without threads fail; `--retry-failed` completes them.
    let (batch, whole) = (root.path().join("batch"), root.path().join("whole"));
    let mut command = sweep(&batch, &[]);
    limit_threads(&mut command, 0);
    let failed = done(command);
    assert_eq!(failed.code, Some(3), "{}", failed.err);
    assert!(
        failed.said().contains("cannot start the threads"),
        "{}",
        failed.err
    );
    succeed(sweep(&batch, &["--retry-failed"]));
    succeed(sweep(&whole, &[]));
    assert!(table(&batch) == table(&whole));
}
