//! The estimate of memory, and limits of address space below what the program needs.
//!
//! Invariant: the memory that `plan` prints is the peak of the whole process that runs the scenario,
//! within 15 %: 10 % for the estimate, and 5 % for other allocators' habits on other machines. Units:
//! bytes, or as stated.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(target_os = "linux")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use common::{done, names, patchday, scenario};

/// The error that an estimate may have.
const TOLERANCE: f64 = 0.15;

/// The peak of a process: the last one that it shows before it ends.
fn peak(mut command: Command) -> f64 {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = quiet.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        peak = kilobytes.map_or(peak, |kilobytes| kilobytes * 1024.0);
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success(), "{command:?}");
            return peak;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Compares the estimate of a scenario with the peak of its run.
fn is_estimated(root: &Path, words: &[&str], file: &Path) {
    let mut plan = patchday(&["plan", "--json"]);
    plan.args(words).arg(file);
    let plan = done(plan);
    assert_eq!(plan.code, Some(0), "{}", plan.err);
    let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
    let estimate = plan["memory_bytes"].as_f64().unwrap();
    let mut run = patchday(&["run", "--force"]);
    run.args(words).arg(file).arg("--out").arg(root.join("run"));
    let peak = peak(run);
    assert!(peak > 50e6, "{words:?}: too small to tell: {peak}");
    assert!(
        (estimate / peak - 1.0).abs() <= TOLERANCE,
        "{words:?} {}: estimate {estimate:.0}, peak {peak:.0}",
        file.display()
    );
}

/// A scenario of its own, written to a file.
fn written(root: &Path, text: &str) -> PathBuf {
    let file = root.join("scenario.toml");
    fs::write(&file, text).unwrap();
    file
}

#[test]
fn the_memory_of_actors_and_envelopes_is_estimated() {
    let root = tempfile::tempdir().unwrap();
    let words = ["--scale", "0.02", "--until", "3h", "--threads", "1"];
    is_estimated(root.path(), &words, &scenario());
    // Each pair of shards has batches of its own.
    let words = [
        "--scale",
        "0.005",
        "--until",
        "1h",
        "--threads",
        "2",
        "--shards",
        "48",
    ];
    is_estimated(root.path(), &words, &scenario());
}

#[test]
fn the_memory_of_a_crowd_that_returns_at_once_is_estimated() {
    let root = tempfile::tempdir().unwrap();
    let file = written(
        root.path(),
        r#"
[run]
title = "A crowd"
start = "2026-11-24T00:00:00Z"
end = "2026-11-24T00:40:00Z"
[population]
users = 3_000_000
online_share = 0.75
regular_share = 0.8
always_on_share = 0.9
[overlay]
enabled = false
[client.calls]
busy_share = 0.0
[client.retry.exponential]
base = "1s"
cap = "1m"
jitter = "none"
[[trigger.sign_out]]
at = "2026-11-24T00:20:00Z"
share = 1.0
within = "30s"
"#,
    );
    is_estimated(root.path(), &["--threads", "2"], &file);
}

#[test]
fn the_memory_of_the_report_of_many_samples_and_regions_is_estimated() {
    let root = tempfile::tempdir().unwrap();
    let region = |number| {
        format!("[[population.region]]\nname = \"r{number}\"\nshare = 0.005\nutc_offset = 0\n")
    };
    let regions: String = (0..200).map(region).collect();
    let text = format!(
        "[run]\ntitle = \"Regions\"\nstart = \"2026-03-02T00:00:00Z\"\nend = \"2026-03-02T06:00:00Z\"\nsample = \"1s\"\n\
         [population]\nusers = 2_000\n{regions}"
    );
    is_estimated(
        root.path(),
        &["--threads", "2"],
        &written(root.path(), &text),
    );
}

/// Every command ends with a sentence and the documented code, or does its work.
#[test]
fn no_limit_of_address_space_aborts_a_command() {
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("run");
    let mut run = patchday(&["run", "--scale", "0.0005", "--until", "30m"]);
    run.arg(scenario()).arg("--out").arg(&out);
    assert_eq!(done(run).code, Some(0));
    let short = ["--scale", "0.0005", "--until", "10m"];
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let scenario = path(&scenario());
    for kibibytes in ["80000", "120000", "140000", "200000", "500000"] {
        for command in ["run", "sweep", "plan", "check", "report", "diff", "verify"] {
            let new = root.path().join("new");
            let mut words = vec![command.to_owned()];
            match command {
                "report" => words.extend([path(&out), "--force".into()]),
                "verify" => words.push(path(&out)),
                "diff" => words.extend([path(&out), path(&out)]),
                "check" => words.push(scenario.clone()),
                _ => words.extend(
                    short
                        .map(str::to_owned)
                        .into_iter()
                        .chain([scenario.clone()]),
                ),
            }
            if ["run", "sweep"].contains(&command) {
                words.extend(["--out".into(), path(&new)]);
            }
            let mut limited = Command::new("sh");
            limited.args(["-c", "ulimit -c 0; ulimit -v $0 && exec \"$@\"", kibibytes]);
            limited.arg(env!("CARGO_BIN_EXE_patchday")).args(&words);
            let ended = done(limited);
            let said = ended.said();
            match ended.code {
                Some(0) => {}
                Some(4) => assert!(
                    said.contains("is available") || said.contains("`ulimit -v`"),
                    "{command} {kibibytes}: {said}"
                ),
                code => panic!("{command} {kibibytes}: {code:?} {said}"),
            }
            if kibibytes == "80000" {
                assert_eq!(ended.code, Some(4), "{command}: {said}");
                assert!(said.contains("every command needs at least"), "{said}");
            }
            if ended.code == Some(4) {
                assert!(!new.exists());
            }
            let _ = fs::remove_dir_all(&new);
        }
    }
    assert!(names(root.path()).contains("run"));
}
