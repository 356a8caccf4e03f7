//! Tests of the watcher on directories as runs leave them, at chosen times.

use std::{fs::File, time::SystemTime};

use crate::watch::status::run_status::*;
use crate::{
    store::{layout::MANIFEST, run_directory::RunDirectory},
    watch::status::heartbeat::tests::sample,
};

const SECOND: Duration = Duration::from_secs(1);

fn manifest(complete: bool, ended: &str) -> Manifest {
    let text = format!(
        r#"{{"scenario": "x.toml", "title": "A title", "version": "1", "git": "unknown",
        "command": "patchday run x.toml", "seed": 1, "scale": 1.0, "users": 10,
        "actors": 10, "threads": 1, "shards": 1, "tick_s": 1, "start": "", "end": "",
        "ticks": 432000, "events": 5, "wall_s": 12.0, "events_per_s": 7.0,
        "simulated_s_per_wall_s": 8.0, "peak_rss_bytes": 2048, "config_hash": "0",
        "digest": null, "files": {{}}, "complete": {complete}, "ended": "{ended}"}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn write(run: &Path, manifest: &Manifest) {
    fs::write(run.join(MANIFEST), manifest.to_json().unwrap()).unwrap();
}

fn unfinished() -> Manifest {
    manifest(false, "under way, or killed")
}

fn series(run: &Path, rows: u32) {
    let mut text = String::from("time,tick,online,norm\n");
    for row in 1..=rows {
        text += &format!("t,{},{},1000\n", row * 600, 1_000 - 3 * row);
    }
    fs::write(run.join(".series.csv.partial"), text).unwrap();
}

fn at(run: &Path, now: Instant) -> RunWatcher {
    RunWatcher::new(run, now).unwrap()
}

#[test]
fn a_run_is_watched_from_its_preparation_to_its_end() {
    let root = tempfile::tempdir().unwrap();
    let run = root.path();
    let began = Instant::now();
    let directory = RunDirectory::create(run, false, 0).unwrap();
    let mut watcher = at(run, began);
    assert_eq!(watcher.poll(began).state, RunState::Preparing);
    write(run, &unfinished());
    assert_eq!(watcher.poll(began + 9 * SECOND).state, RunState::Preparing);

    let mut heartbeat = sample();
    heartbeat.write(run);
    series(run, 300);
    let view = watcher.poll(began + 10 * SECOND);
    assert_eq!(view.state, RunState::Running);
    assert_eq!((view.now, view.end), (heartbeat.now, heartbeat.end));
    assert_eq!(view.series.last.unwrap().tick, 180_000);
    assert_eq!(view.cost.unwrap().left_s, Some(731.0));
    let said = |what: &str| view.events.iter().any(|one| one.what == what);
    assert!(said("The patch is released") && said("More than half of all users are missing"));
    assert_eq!(view.title, "A title");

    // The heartbeat does not change while the process holds the directory.
    let quiet = watcher.poll(began + 70 * SECOND);
    assert_eq!(quiet.state, RunState::Silent(60 * SECOND));
    assert!(quiet.remark.unwrap().contains("process 4711"));
    heartbeat.elapsed_s += 1.0;
    heartbeat.write(run);
    let view = watcher.poll(began + 71 * SECOND);
    assert_eq!(view.state, RunState::Running);

    Heartbeat::remove(run);
    let view = watcher.poll(began + 72 * SECOND);
    assert_eq!(view.state, RunState::WritingResults);
    write(run, &manifest(true, "finished"));
    fs::write(
        run.join("timeline.csv"),
        "time,tick,by,what,online,norm,online_an_hour_later,norm_an_hour_later\n\
         2007-08-16T07:43:00Z,200580,users,It broke,5,100,,\n",
    )
    .unwrap();
    fs::rename(run.join(".series.csv.partial"), run.join("series.csv")).unwrap();
    let view = watcher.poll(began + 73 * SECOND);
    assert_eq!((view.state, view.now), (RunState::Finished, 432_000));
    assert_eq!(view.series.last.unwrap().tick, 180_000);
    assert_eq!(view.events[0].what, "It broke");
    assert_eq!(
        (view.cost.unwrap().events_per_s, view.cost.unwrap().left_s),
        (7.0, None)
    );
    drop(directory);
    // A watcher that starts later sees the same.
    let late = at(run, began).poll(began);
    assert_eq!((late.state, late.now), (RunState::Finished, 432_000));
    assert_eq!(late.series.last, view.series.last);
}

#[test]
fn a_killed_run_is_distinguished_from_one_that_is_running() {
    let root = tempfile::tempdir().unwrap();
    let run = root.path();
    let began = Instant::now();
    let directory = RunDirectory::create(run, false, 0).unwrap();
    write(run, &unfinished());
    sample().write(run);
    series(run, 10);
    let mut watcher = at(run, began);
    assert_eq!(watcher.poll(began).state, RunState::Running);
    drop(directory);
    // For some seconds it cannot be known.
    assert_eq!(watcher.poll(began + 4 * SECOND).state, RunState::Running);
    let view = watcher.poll(began + 6 * SECOND);
    assert_eq!(view.state, RunState::Killed);
    assert_eq!((view.now, view.cost.unwrap().left_s), (sample().now, None));
    assert!(!view.remark.unwrap().contains("--resume"));
    fs::create_dir(run.join("checkpoints")).unwrap();
    fs::write(run.join("checkpoints/x.checkpoint"), "").unwrap();
    let remark = watcher.poll(began + 7 * SECOND).remark.unwrap();
    assert!(remark.contains("--resume"), "{remark}");

    // A watcher that starts later does not mistake the old heartbeat for a new one.
    let file = File::open(run.join(LIVE)).unwrap();
    file.set_modified(SystemTime::now() - 3_600 * SECOND)
        .unwrap();
    assert_eq!(at(run, began).poll(began).state, RunState::Killed);

    // Another process resumes it.
    let directory = RunDirectory::reopen(run, 0).unwrap();
    let view = watcher.poll(began + 8 * SECOND);
    assert!(matches!(view.state, RunState::Killed | RunState::Preparing));
    let mut other = sample();
    other.process += 1;
    other.write(run);
    series(run, 5);
    let view = watcher.poll(began + 9 * SECOND);
    assert_eq!(view.state, RunState::Running);
    assert_eq!(view.series.last.unwrap().tick, 3_000);
    drop(directory);
    fs::remove_dir_all(run).unwrap();
    assert_eq!(watcher.poll(began + 10 * SECOND).state, RunState::Gone);
}

#[test]
fn a_stopped_run_gives_the_reason() {
    let root = tempfile::tempdir().unwrap();
    let run = root.path();
    write(run, &manifest(false, "panicked: the spring broke"));
    series(run, 3);
    let view = at(run, Instant::now()).poll(Instant::now());
    assert_eq!(view.state.name(), "panicked");
    assert_eq!(view.remark.as_deref(), Some("panicked: the spring broke"));
}

#[test]
fn a_directory_without_a_run_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    for (path, said) in [
        (root.path().to_owned(), "no manifest.json"),
        (root.path().join("x"), "no such directory"),
    ] {
        let refused = RunWatcher::new(&path, Instant::now()).err().unwrap();
        assert!(refused.to_string().contains(said), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
    }
}
