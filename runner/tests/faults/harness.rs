//! Helpers of the fault tests: a run and a sweep that take a twentieth of a second, the results
//! of an undisturbed run, and faults at given operations.

use std::{
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use crate::common::{Done, WIDE, done, json, patchday, scenario, send};

/// The files whose bytes do not depend on faults.
pub(crate) const RESULTS: [&str; 5] = [
    "series.csv",
    "summary.json",
    "observed.csv",
    "timeline.md",
    "online.svg",
];

/// The options of a small run: three hours, with a checkpoint every hour.
pub(crate) const SMALL: [&str; 10] = [
    "--scale",
    "0.0002",
    "--until",
    "3h",
    "-s",
    "run.sample=10m",
    "--threads",
    "1",
    "--checkpoint-every",
    "1h",
];

/// A small run.
pub(crate) fn run(directory: &Path, more: &[&str]) -> Command {
    let mut command = patchday(&["run"]);
    command.arg(scenario()).args(SMALL);
    command.arg("--out").arg(directory).args(more);
    command
}

/// Resumes a run from its directory alone.
pub(crate) fn resume(directory: &Path) -> Command {
    let mut command = patchday(&["run"]);
    command.arg(directory).arg("--resume");
    command
}

/// A scenario without an overlay, which runs fast.
pub(crate) fn fleet() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs/retry-storm.toml")
}

/// A small sweep: four runs.
pub(crate) fn sweep(directory: &Path, more: &[&str]) -> Command {
    let mut command = patchday(&["sweep", "--scale", "0.0002", "--until", "1h"]);
    command.args(["--vary", "servers.login.queue=5s,20s", "--reps", "2"]);
    command.args(["--threads", "1"]).arg(fleet());
    command.arg("--out").arg(directory).args(more);
    // Not the one beside it, which other batches of a test share.
    command
        .arg("--ledger")
        .arg(directory.with_extension("runs"));
    command
}

/// Runs a command and asserts that it succeeds.
pub(crate) fn succeed(command: Command) -> Done {
    let ended = done(command);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    ended
}

/// The digest of a run and the bytes of its results.
#[derive(PartialEq)]
pub(crate) struct Results(serde_json::Value, Vec<Vec<u8>>);

impl Results {
    /// Reads the results of a complete run.
    pub(crate) fn read(directory: &Path) -> Self {
        let manifest = json(&directory.join("manifest.json"));
        assert_eq!(manifest["complete"], true, "{manifest}");
        assert!(manifest["digest"].is_string(), "{manifest}");
        let read = |name: &&str| fs::read(directory.join(name)).unwrap();
        Self(
            manifest["digest"].clone(),
            RESULTS.iter().map(read).collect(),
        )
    }

    /// The results of a small run without faults.
    pub(crate) fn undisturbed(root: &Path) -> Self {
        let directory = root.join("undisturbed");
        succeed(run(&directory, &[]));
        Self::read(&directory)
    }
}

/// The table of a sweep.
pub(crate) fn table(directory: &Path) -> Vec<u8> {
    fs::read(directory.join("runs.csv")).unwrap()
}

/// A reproducible sequence of pseudo-random numbers.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// A number from 0 to below `count`.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % count
    }
}

/// The library with faults for `LD_PRELOAD`, built once. Returns `None` and prints the reason if
/// there is no C compiler.
pub(crate) fn shim() -> Option<&'static Path> {
    static SHIM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = SHIM.get_or_init(|| {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (own, built) = (
            directory.join(format!("shim-{}.so", std::process::id())),
            directory.join("shim.so"),
        );
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&own, &source])
            .arg("-ldl")
            .output();
        match compiled {
            Ok(output) => assert!(output.status.success(), "{output:?}"),
            Err(error) => {
                eprintln!("skipped: no C compiler for the fault library: {error}");
                return None;
            }
        }
        fs::rename(own, &built).unwrap();
        Some(built)
    });
    built.as_deref()
}

/// Injects a fault into these operations of a command on paths that contain `path`.
pub(crate) fn inject_fault(
    command: &mut Command,
    kind: &str,
    path: &str,
    operations: RangeInclusive<u64>,
) {
    let Some(shim) = shim() else {
        return;
    };
    command
        .env("LD_PRELOAD", shim)
        .env("FAULT_KIND", kind)
        .env("FAULT_PATH", path)
        .env("FAULT_FROM", operations.start().to_string())
        .env("FAULT_TO", operations.end().to_string());
}

/// Limits the number of threads that a command can create.
pub(crate) fn limit_threads(command: &mut Command, most: u32) {
    if let Some(shim) = shim() {
        command.env("LD_PRELOAD", shim);
        command.env("FAULT_THREADS", most.to_string());
    }
}

/// Starts a command and stops it at its operation `at` on paths that contain `path`.
#[allow(
    clippy::zombie_processes,
    reason = "the caller continues it and waits for it"
)]
pub(crate) fn paused_at(mut command: Command, path: &str, at: u64) -> Child {
    inject_fault(&mut command, "stop", path, at..=at);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::piped());
    let child = quiet.spawn().unwrap();
    let state = format!("/proc/{}/stat", child.id());
    loop {
        let text = fs::read_to_string(&state).unwrap();
        assert!(!text.contains(") Z "), "it ended before the operation");
        if text.contains(") T ") {
            return child;
        }
        std::thread::yield_now();
    }
}

/// The command that is printed after `prefix`, executed by a shell.
pub(crate) fn printed_command(output: &str, prefix: &str) -> Command {
    let (_, line) = output
        .split_once(prefix)
        .unwrap_or_else(|| panic!("{output}"));
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec {line}")]);
    command.env("COLUMNS", WIDE);
    command
}

/// Continues a stopped process and waits for its end.
pub(crate) fn continue_to_end(child: Child) -> Done {
    send(&child, "-CONT");
    wait_for_end(child)
}

/// Waits for the end of a process.
pub(crate) fn wait_for_end(child: Child) -> Done {
    let output = child.wait_with_output().unwrap();
    Done {
        code: output.status.code(),
        out: String::new(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
