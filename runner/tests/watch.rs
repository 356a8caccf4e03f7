//! Tests of `patchday watch` and `run --live` with the real program: on a pseudo-terminal (made by
//! `script` of util-linux), and as plain lines.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, SystemTime},
};

use common::{FILES, done, json, names, patchday, run, scenario};

const UP: &str = "\u{1b}[?1049h";
const DOWN: &str = "\u{1b}[?1049l";

/// The program on a pseudo-terminal.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: ChildStdout,
    seen: String,
}

impl Terminal {
    /// Starts the program. Prints a reason and returns `None` if `script` is not installed.
    fn start(words: &str) -> Option<Self> {
        let version = Command::new("script").arg("--version").output();
        if !version.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).contains("util-linux")) {
            eprintln!("skipped: there is no `script` of util-linux to make a terminal with");
            return None;
        }
        let program = env!("CARGO_BIN_EXE_patchday");
        let line = format!("stty cols 80 rows 24; exec {program} {words}");
        let mut child = Command::new("script")
            .args(["-q", "-e", "-f", "-c", &line, "/dev/null"])
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm-256color")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Some(Self {
            keys: child.stdin.take().unwrap(),
            screen: child.stdout.take().unwrap(),
            child,
            seen: String::new(),
        })
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Reads until one of the texts has appeared.
    fn read_to(&mut self, texts: &[&str]) {
        let mut bytes = [0; 4096];
        while !texts.iter().any(|text| self.seen.contains(text)) {
            let count = self.screen.read(&mut bytes).unwrap();
            assert!(count > 0, "none of {texts:?}: {}", self.seen);
            // A character that is cut in two is not part of the texts.
            self.seen += &String::from_utf8_lossy(&bytes[..count]);
        }
    }

    /// Waits for the end; returns the exit code and everything printed.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = Vec::new();
        self.screen.read_to_end(&mut rest).unwrap();
        self.seen += &String::from_utf8_lossy(&rest);
        (self.child.wait().unwrap().code(), self.seen)
    }
}

/// The command line of a run of some seconds into a directory.
fn long(directory: &Path, more: &str) -> String {
    format!(
        "run {} --scale 0.004 --until 84h --threads 1 --out {} {more}",
        scenario().display(),
        directory.display()
    )
}

fn assert_restored(seen: &str) {
    assert_eq!(seen.matches(UP).count(), 1, "{seen}");
    assert_eq!(seen.matches(DOWN).count(), 1, "{seen}");
    let (_, after) = seen.split_once(DOWN).unwrap();
    assert!(!after.contains("\u{1b}[2J"), "{after}");
    // The screen is cleared with the cursor at its top, also after a change of its size.
    let (before, _) = seen.split_once(DOWN).unwrap();
    assert!(
        before.ends_with("\u{1b}[2J\u{1b}[1;1H\u{1b}[?25h"),
        "{before}"
    );
}

#[test]
fn leaving_the_screen_does_not_affect_the_run() {
    let root = tempfile::tempdir().unwrap();
    let (watched, plain) = (root.path().join("watched"), root.path().join("plain"));
    let Some(mut terminal) = Terminal::start(&long(&watched, "--live")) else {
        return;
    };
    terminal.read_to(&["running"]);
    // An arrow key is not Esc.
    terminal.press("\u{1b}[Ax");
    terminal.press("q");
    terminal.read_to(&["the run continues; to see it again: patchday watch"]);
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0), "{seen}");
    assert_restored(&seen);
    let (_, after) = seen.split_once(DOWN).unwrap();
    assert!(after.contains("digest   "), "{after}");
    assert_eq!(names(&watched), FILES.map(String::from).into());

    let line = long(&plain, "");
    let words: Vec<&str> = line.split_whitespace().collect();
    let ended = done(patchday(&words));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    // These two also hold the command line and the time the run took.
    let own = ["manifest.json", "report.html"];
    for name in FILES.iter().filter(|name| !own.contains(name)) {
        let read = |run: &Path| fs::read(run.join(name)).unwrap();
        assert!(read(&watched) == read(&plain), "{name} differs");
    }
    let digest = |run: &Path| json(&run.join("manifest.json"))["digest"].clone();
    assert_eq!(digest(&watched), digest(&plain));
}

#[test]
fn ctrl_c_on_the_screen_stops_the_run_with_a_checkpoint() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let Some(mut terminal) = Terminal::start(&long(&directory, "--live")) else {
        return;
    };
    terminal.read_to(&["running"]);
    terminal.press("\u{3}");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(130), "{seen}");
    assert_restored(&seen);
    assert!(seen.contains("to resume from this point"), "{seen}");
    let kept = names(&directory.join("checkpoints"));
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(!directory.join(".live.json").exists());
    let manifest = json(&directory.join("manifest.json"));
    assert_eq!(manifest["ended"], "interrupted");
}

#[test]
fn a_run_is_watched_from_another_process_and_after_its_end() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let line = long(&directory, "");
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut command = patchday(&words);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let live = directory.join(".live.json");
    while !live.exists() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended too early");
        std::thread::yield_now();
    }
    let bulletin = json(&live);
    assert_eq!(bulletin["process"], child.id());
    assert_eq!(bulletin["end"], 84 * 3_600);
    let watch = format!("watch {}", directory.display());
    if let Some(mut terminal) = Terminal::start(&watch) {
        // On a busy machine the run may end before the screen opens.
        terminal.read_to(&["running", "finished"]);
        // Esc does not affect the run.
        terminal.press("\u{1b}");
        let (code, seen) = terminal.end();
        assert_eq!(code, Some(0), "{seen}");
        assert_restored(&seen);
    }
    // Without a screen, watching ends with the run.
    let watched = done(patchday(&["watch", directory.to_str().unwrap()]));
    assert_eq!(watched.code, Some(0), "{}{}", watched.out, watched.err);
    assert!(
        watched.out.contains("finished; its results are in"),
        "{}",
        watched.out
    );
    assert!(!watched.out.contains('\u{1b}') && watched.err.is_empty());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    if let Some(mut terminal) = Terminal::start(&watch) {
        terminal.read_to(&["finished"]);
        terminal.press("q");
        let (code, seen) = terminal.end();
        assert_eq!(code, Some(0), "{seen}");
        assert_restored(&seen);
    }
}

#[test]
fn a_killed_run_is_recognised_replaced_and_resumed() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let killed = || {
        let line = long(&directory, "--force --checkpoint-every 6h");
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = patchday(&words);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        while !has_checkpoint(&directory.join("checkpoints")) {
            assert_eq!(child.try_wait().unwrap(), None, "it ended too early");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // As if it had been killed an hour ago.
        let live = File::open(directory.join(".live.json")).unwrap();
        let then = SystemTime::now() - Duration::from_secs(3_600);
        live.set_modified(then).unwrap();
    };
    let words = ["watch", directory.to_str().unwrap()];
    killed();
    let watched = done(patchday(&words));
    assert_eq!(watched.code, Some(3), "{}", watched.out);
    assert!(
        watched.out.contains("killed; no process is running it"),
        "{}",
        watched.out
    );
    assert!(watched.out.contains("--resume"), "{}", watched.out);
    // Another run replaces it.
    let replaced = run(&directory, &["--force"]);
    assert_eq!(replaced.code, Some(0), "{}", replaced.err);
    fs::remove_dir(directory.join("checkpoints")).unwrap();
    assert_eq!(names(&directory), FILES.map(String::from).into());
    killed();
    let mut command = patchday(&["run"]);
    command.arg(&directory).args(["--resume", "--live"]);
    let resumed = done(command);
    assert_eq!(resumed.code, Some(0), "{}", resumed.err);
    let remark = "--live: standard error is not a terminal";
    assert!(resumed.err.contains(remark), "{}", resumed.err);
    assert!(!resumed.err.contains('\u{1b}') && !resumed.out.contains('\u{1b}'));
    let watched = done(patchday(&words));
    assert_eq!(watched.code, Some(0), "{}", watched.out);
    let verified = done(patchday(&["verify", words[1], "--threads", "2"]));
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
}

/// Whether a directory holds a complete checkpoint.
fn has_checkpoint(directory: &Path) -> bool {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .any(|name| name.ends_with(".checkpoint"))
}

#[test]
fn a_directory_without_a_run_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name).display().to_string();
    fs::create_dir(path("empty")).unwrap();
    for (name, said) in [
        ("empty", "not a run directory: it has no manifest.json\n"),
        (
            "nowhere",
            "there is no such directory; a run can be watched after it has started\n",
        ),
    ] {
        let watched = done(patchday(&["watch", &path(name)]));
        assert_eq!(watched.code, Some(2));
        assert_eq!(watched.err, format!("{}: {said}", path(name)));
        assert_eq!(watched.out, "");
    }
}
