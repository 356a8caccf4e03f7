//! Helpers that start the real program and read its results.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

pub(crate) mod fleets;
pub(crate) mod reports;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
};

use clap::Parser;
use patchday_runner::{
    commands::{
        cli::{Cli, Command as Subcommand},
        experiment::sweep::sweep_with,
    },
    host::error::Exit,
};
use serde_json::Value;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// The files of a complete run.
pub(crate) const FILES: [&str; 9] = [
    "config.toml",
    "manifest.json",
    "observed.csv",
    "online.svg",
    "report.html",
    "series.csv",
    "summary.json",
    "timeline.csv",
    "timeline.md",
];

/// A width of the terminal at which no message is broken.
pub(crate) const WIDE: &str = "10000";

pub(crate) fn scenario() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs/outage-2007.toml")
}

/// Gives the programs that this process starts the default dispositions of the signals that stop a
/// run. A shell starts background jobs with SIGINT ignored, `nohup` ignores SIGHUP, and a program
/// inherits that. A signal with a handler is reset to its default when a program starts.
fn default_signals() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // The handler does nothing, so this process goes on ignoring the signal.
            if mask.unwrap_or(0) >> (signal - 1) & 1 == 1 {
                signal_hook::flag::register(signal, Arc::default()).unwrap();
            }
        }
    });
}

pub(crate) fn patchday(words: &[&str]) -> Command {
    default_signals();
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchday"));
    command.args(words).env("COLUMNS", WIDE);
    command
}

/// The exit code and the output of a command.
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// The messages without the breaks of their lines, whose places depend on the lengths of paths.
    pub(crate) fn said(&self) -> String {
        self.err.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

pub(crate) fn done(mut command: Command) -> Done {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Done {
        code: status.code(),
        out: text(stdout),
        err: text(stderr),
    }
}

/// Starts a command and waits until a file that it writes has more than `bytes` bytes.
pub(crate) fn begin(mut command: Command, file: &Path, bytes: u64) -> Child {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = quiet.spawn().unwrap();
    while !fs::metadata(file).is_ok_and(|file| file.len() > bytes) {
        assert_eq!(
            child.try_wait().unwrap(),
            None,
            "the command ended too early"
        );
        std::thread::yield_now();
    }
    child
}

/// Sends a signal.
pub(crate) fn send(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status();
    assert!(sent.unwrap().success());
}

/// Runs a shell script in its own mount namespace. Returns `None` and prints the reason if there
/// are no mount namespaces.
pub(crate) fn in_namespace(script: &str, arguments: &[&Path]) -> Option<Done> {
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh"]);
        command.env("COLUMNS", WIDE);
        command
    };
    match unshare("mount -t tmpfs none /mnt").output() {
        Ok(tried) if tried.status.success() => {
            let mut command = unshare(script);
            command.args(arguments);
            Some(done(command))
        }
        tried => {
            eprintln!("skipped: no mount namespace: {tried:?}");
            None
        }
    }
}

/// Runs three hours of a small network and writes its results into a directory.
pub(crate) fn run(directory: &Path, more: &[&str]) -> Done {
    let mut command = patchday(&["run", "--scale", "0.0005", "--until", "3h", "--out"]);
    command.arg(directory).arg(scenario()).args(more);
    done(command)
}

/// Runs a sweep of four points with two replicates, of which the second run fails.
///
/// The program sweeps; then the test drops that run from the ledger and repeats it in this process
/// with a panic; then the program resumes, and its output is returned.
pub(crate) fn sweep(directory: &Path, more: &[&str]) -> Done {
    const FAILING: usize = 1;
    let command = |more: &[&str]| {
        let mut command = patchday(&["sweep", "--scale", "0.0005", "--until", "3h"]);
        command.args(["--vary", "trigger.patch_day.share=0.2,0.5"]);
        command.args(["--vary", "servers.login.queue=5s,20s"]);
        command.args(["--reps", "2", "--out"]);
        command.arg(directory).arg(scenario()).args(more);
        command
    };
    let swept = done(command(more));
    if swept.code != Some(0) {
        return swept;
    }
    let resumed: Vec<&str> = more
        .iter()
        .copied()
        .filter(|word| !["--force", "--resume"].contains(word))
        .collect();
    let resumed = [&resumed[..], &["--resume"]].concat();
    for name in names(directory)
        .iter()
        .filter(|name| name.starts_with("ledger"))
    {
        let path = directory.join(name);
        let lines = fs::read_to_string(&path).unwrap();
        let succeeded = format!("\"run\":{FAILING},\"digest\":\"");
        let other = |line: &&str| !line.contains(&succeeded);
        let kept: String = lines.split_inclusive('\n').filter(other).collect();
        if kept != lines {
            fs::write(&path, kept).unwrap();
            // The ledger of all runs has the run, too.
            let all_runs = directory.with_file_name(".ledger");
            if all_runs.exists() {
                fs::remove_dir_all(all_runs).unwrap();
            }
            assert_eq!(
                sweep_with_a_panic(&command(&resumed), FAILING),
                Exit::Failed
            );
        }
    }
    done(command(&resumed))
}

/// Runs the sweep of a command in this process, with a panic at the beginning of one run.
pub(crate) fn sweep_with_a_panic(command: &Command, panicking: usize) -> Exit {
    let cli = Cli::try_parse_from(std::iter::once("patchday".as_ref()).chain(command.get_args()));
    let Ok(Cli {
        command: Subcommand::Sweep(options),
    }) = cli
    else {
        panic!("{cli:?}");
    };
    let before_run = |run| assert_ne!(run, panicking, "made to panic");
    sweep_with(&options, &before_run).unwrap()
}

/// Runs `patchday export` on a directory.
pub(crate) fn export(directory: &Path, words: &[&str]) -> Done {
    let mut command = patchday(&["export"]);
    command.arg(directory).args(words);
    done(command)
}

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

pub(crate) fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// A scenario without an overlay, which runs in a few seconds.
pub(crate) fn fleet() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs/retry-storm.toml")
}

pub(crate) fn fine(command: Command) -> Done {
    let ended = done(command);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    ended
}
