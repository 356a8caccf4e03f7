//! There is not enough memory, or no longer, or no thread more: a run is refused before it
//! begins, or stopped while there is enough for a checkpoint, and its command goes on. Limits of
//! both versions of control groups are files that stand where the system's would, in a mount
//! namespace; that of address space is the shell's.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    common::{Done, begin, done, json, names, patchday, scenario},
    stage::{Results, ended, fine, fleet, meets_threads, resume, run, shim, sweep, table, typed},
};

/// A control group that a test fills in.
struct Group {
    root: PathBuf,
    limit: PathBuf,
    usage: PathBuf,
}

impl Group {
    /// One of version 1 or 2, with a limit in MB; none, with the reason, where there are no
    /// mount namespaces.
    fn of(version: u32, root: &Path, limit: u64) -> Option<Self> {
        let root = root.join(format!("group-{version}"));
        let (text, below, names) = match version {
            1 => (
                "5:cpu:/\n4:memory:/job\n",
                "groups/memory/job",
                ["memory.limit_in_bytes", "memory.usage_in_bytes"],
            ),
            _ => ("0::/job\n", "groups/job", ["memory.max", "memory.current"]),
        };
        let below = root.join(below);
        fs::create_dir_all(&below).unwrap();
        fs::write(root.join("cgroup"), text).unwrap();
        let group = Self {
            limit: below.join(names[0]),
            usage: below.join(names[1]),
            root,
        };
        group.limit(limit);
        group.usage(1);
        match group.holds(Command::new("true")).output() {
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

    /// A command that is in the group.
    fn holds(&self, inner: Command) -> Command {
        let script = "mount --bind \"$0/groups\" /sys/fs/cgroup &&
                      mount --bind \"$0/cgroup\" /proc/$$/cgroup && exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-c", script]);
        command.arg(&self.root);
        command.arg(inner.get_program()).args(inner.get_args());
        command
    }
}

/// A run of an hour of many more people than the others.
fn large(directory: &Path, scale: &str) -> Command {
    let mut command = patchday(&["run", "--scale", scale, "--until", "1h", "--threads", "1"]);
    command.arg(scenario()).arg("--out").arg(directory);
    command
}

/// A command under a limit of address space, in KiB.
fn limited(inner: &Command, most: u64) -> Done {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c 0; ulimit -v $0 && exec \"$@\""]);
    command.arg(most.to_string());
    command.arg(inner.get_program()).args(inner.get_args());
    done(command)
}

#[test]
fn what_does_not_fit_is_refused_before_it_begins_and_leaves_what_is_there() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let stopped = root.path().join("stopped");
    fine(run(&stopped, &[]));
    fs::remove_file(stopped.join("manifest.json")).unwrap();
    let before = names(&stopped);
    let new = root.path().join("new");
    for version in [1, 2] {
        let Some(group) = Group::of(version, root.path(), 90) else {
            return;
        };
        let refused = done(group.holds(large(&new, "0.02")));
        assert_eq!(refused.code, Some(4), "{version}: {}", refused.err);
        assert!(refused.err.contains("can be had"), "{}", refused.err);
        assert!(!new.exists());
        // What it names does fit.
        let (_, rest) = refused.err.split_once("--scale ").unwrap();
        let scale = rest.split(' ').next().unwrap();
        fine(group.holds(large(&new, scale)));
        fs::remove_dir_all(&new).unwrap();
        group.limit(20);
        for command in [sweep(&new, &[]), resume(&stopped)] {
            let refused = done(group.holds(command));
            assert_eq!(refused.code, Some(4), "{version}: {}", refused.err);
            let said = "at no scale would it fit";
            assert!(refused.err.contains(said), "{}", refused.err);
        }
        assert!(!new.exists());
        assert_eq!(names(&stopped), before);
    }
    fine(resume(&stopped));
    assert!(Results::of(&stopped) == undisturbed);
}

#[test]
fn a_run_is_stopped_before_memory_runs_out_and_goes_on_where_there_is_more() {
    let root = tempfile::tempdir().unwrap();
    for version in [1, 2] {
        let Some(group) = Group::of(version, root.path(), 2_000) else {
            return;
        };
        // It may have ended before anybody looked; then a larger one has not.
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
                let child = begin(group.holds(command), &series, 1_000);
                match version {
                    1 => group.usage(1_999),
                    _ => group.limit(3),
                }
                let stopped = ended(child);
                (stopped.code != Some(0)).then_some((directory, stopped, scale))
            })
            .unwrap();
        assert_eq!(stopped.code, Some(4), "{}", stopped.err);
        for said in ["before memory runs out: only ", "must be left to stop"] {
            assert!(stopped.err.contains(said), "{}", stopped.err);
        }
        let manifest = json(&directory.join("manifest.json"));
        let how = manifest["ended"].as_str().unwrap();
        assert!(how.starts_with("stopped before memory ran out: "), "{how}");
        fine(typed(&stopped.err, "to go on from there: "));
        let whole = root.path().join(format!("whole-{scale}"));
        if !whole.exists() {
            let mut command = patchday(&["run", "--until", "48h", "--threads", "2"]);
            command.args(["--scale", scale]).arg(scenario());
            command.arg("--out").arg(&whole);
            fine(command);
        }
        assert!(Results::of(&directory) == Results::of(&whole), "{version}");
    }
}

#[test]
fn a_batch_is_stopped_before_memory_runs_out_and_goes_on_where_there_is_more() {
    let root = tempfile::tempdir().unwrap();
    let Some(group) = Group::of(2, root.path(), 2_000) else {
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
            let command = group.holds(batch(&directory, replicates));
            let child = begin(command, &directory.join("ledger.jsonl"), 0);
            group.limit(3);
            let stopped = ended(child);
            (stopped.code != Some(0)).then_some((directory, stopped, replicates))
        })
        .unwrap();
    assert_eq!(stopped.code, Some(4), "{}", stopped.err);
    assert!(stopped.err.contains("runs are missing"), "{}", stopped.err);
    fine(typed(&stopped.err, "to go on: "));
    let whole = root.path().join("whole");
    fine(batch(&whole, replicates));
    assert!(table(&directory) == table(&whole));
}

#[test]
fn under_any_limit_of_address_space_a_run_is_refused_or_comes_to_its_end() {
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let mut codes = Vec::new();
    // From less than the allocator sets aside at once to more than that, in MiB.
    for most in [
        100, 200, 400, 600, 700, 800, 900, 1_000, 1_040, 1_080, 1_120, 1_160, 1_200, 1_400, 2_000,
        20_000,
    ] {
        let directory = root.path().join(format!("run-{most}"));
        let ended = limited(&run(&directory, &[]), most << 10);
        match ended.code {
            Some(0) => assert!(Results::of(&directory) == undisturbed, "{most}"),
            Some(4) => {
                assert!(ended.err.contains("can be had; "), "{most}: {}", ended.err);
                assert!(!directory.exists(), "{most}");
            }
            code => panic!("{most}: {code:?} {}", ended.err),
        }
        codes.push(ended.code);
    }
    assert_eq!((codes[0], codes.last().unwrap()), (Some(4), &Some(0)));
}

#[test]
fn where_there_are_no_more_threads_a_run_takes_fewer_or_is_refused() {
    if shim().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let undisturbed = Results::undisturbed(root.path());
    let mut codes = Vec::new();
    for most in 0..8 {
        let directory = root.path().join(format!("run-{most}"));
        let mut command = run(&directory, &[]);
        meets_threads(&mut command, most);
        let ended = done(command);
        match ended.code {
            Some(0) => assert!(Results::of(&directory) == undisturbed, "{most}"),
            Some(3) => {
                assert!(
                    ended.err.contains("no threads to work with"),
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
    // Of a batch those runs fail; they are done when there are some again.
    let (batch, whole) = (root.path().join("batch"), root.path().join("whole"));
    let mut command = sweep(&batch, &[]);
    meets_threads(&mut command, 0);
    let failed = done(command);
    assert_eq!(failed.code, Some(3), "{}", failed.err);
    assert!(
        failed.err.contains("no threads to work with"),
        "{}",
        failed.err
    );
    fine(sweep(&batch, &["--retry-failed"]));
    fine(sweep(&whole, &[]));
    assert!(table(&batch) == table(&whole));
}
