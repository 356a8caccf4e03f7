//! What the tests of faults share: a run and a batch that take a twentieth of a second, what
//! an undisturbed one makes, and faults at chosen moments.

use std::{
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use crate::common::{Done, done, json, patchday, scenario, send};

/// The files that have the same bytes whatever happened.
pub(crate) const RESULTS: [&str; 5] = [
    "series.csv",
    "summary.json",
    "observed.csv",
    "timeline.md",
    "online.svg",
];

/// What a small run is told: three hours, a checkpoint each.
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

/// A run goes on from its directory alone.
pub(crate) fn resume(directory: &Path) -> Command {
    let mut command = patchday(&["run"]);
    command.arg(directory).arg("--resume");
    command
}

/// A fleet without an overlay, which runs in moments.
pub(crate) fn fleet() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs/retry-storm.toml")
}

/// A small batch: four runs.
pub(crate) fn sweep(directory: &Path, more: &[&str]) -> Command {
    let mut command = patchday(&["sweep", "--scale", "0.0002", "--until", "1h"]);
    command.args(["--vary", "servers.login.queue=5s,20s", "--reps", "2"]);
    command.args(["--threads", "1"]).arg(fleet());
    command.arg("--out").arg(directory).args(more);
    command
}

/// Carries out a command that is to end well.
pub(crate) fn fine(command: Command) -> Done {
    let ended = done(command);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    ended
}

/// The digest of a run and the bytes of its results.
#[derive(PartialEq)]
pub(crate) struct Results(serde_json::Value, Vec<Vec<u8>>);

impl Results {
    /// Of a run that came to its end.
    pub(crate) fn of(directory: &Path) -> Self {
        let manifest = json(&directory.join("manifest.json"));
        assert_eq!(manifest["complete"], true, "{manifest}");
        assert!(manifest["digest"].is_string(), "{manifest}");
        let read = |name: &&str| fs::read(directory.join(name)).unwrap();
        Self(
            manifest["digest"].clone(),
            RESULTS.iter().map(read).collect(),
        )
    }

    /// Of a small run that nothing happened to.
    pub(crate) fn undisturbed(root: &Path) -> Self {
        let directory = root.join("undisturbed");
        fine(run(&directory, &[]));
        Self::of(&directory)
    }
}

/// The table of a batch.
pub(crate) fn table(directory: &Path) -> Vec<u8> {
    fs::read(directory.join("runs.csv")).unwrap()
}

/// Numbers that look random and are the same every time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// One of so many, from 0.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % count
    }
}

/// What stands between the program and the system, built once; none, with the reason, where
/// there is no C compiler.
pub(crate) fn shim() -> Option<&'static Path> {
    static SHIM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = SHIM.get_or_init(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (own, built) = (
            place.join(format!("shim-{}.so", std::process::id())),
            place.join("shim.so"),
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
                eprintln!("skipped: no C compiler to make faults with: {error}");
                return None;
            }
        }
        fs::rename(own, &built).unwrap();
        Some(built)
    });
    built.as_deref()
}

/// Makes a command meet a fault in these operations on paths with a part.
pub(crate) fn meets(
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

/// Makes a command get so many threads, and no more.
pub(crate) fn meets_threads(command: &mut Command, most: u32) {
    if let Some(shim) = shim() {
        command.env("LD_PRELOAD", shim);
        command.env("FAULT_THREADS", most.to_string());
    }
}

/// Begins a command and holds it in an operation on paths with a part.
#[allow(
    clippy::zombie_processes,
    reason = "whoever lets it go waits for its end"
)]
pub(crate) fn held(mut command: Command, path: &str, at: u64) -> Child {
    meets(&mut command, "stop", path, at..=at);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::piped());
    let child = quiet.spawn().unwrap();
    let state = format!("/proc/{}/stat", child.id());
    loop {
        let text = fs::read_to_string(&state).unwrap();
        assert!(
            !text.contains(") Z "),
            "it was over before it could be held"
        );
        if text.contains(") T ") {
            return child;
        }
        std::thread::yield_now();
    }
}

/// The command that is printed after some words, typed into a shell.
pub(crate) fn typed(said: &str, after: &str) -> Command {
    let (_, line) = said.split_once(after).unwrap_or_else(|| panic!("{said}"));
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec {line}")]);
    command
}

/// Lets go of what is held, and waits for its end.
pub(crate) fn let_go(child: Child) -> Done {
    send(&child, "-CONT");
    ended(child)
}

/// Waits for the end.
pub(crate) fn ended(child: Child) -> Done {
    let output = child.wait_with_output().unwrap();
    Done {
        code: output.status.code(),
        out: String::new(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
