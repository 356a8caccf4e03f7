//! The lookout against directories as runs leave them, at times that the tests choose.

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
    fs::write(run.join(MANIFEST), manifest.sealed().unwrap()).unwrap();
}

fn under_way() -> Manifest {
    manifest(false, "under way, or killed")
}

fn series(run: &Path, rows: u32) {
    let mut text = String::from("time,tick,online,norm\n");
    for row in 1..=rows {
        text += &format!("t,{},{},1000\n", row * 600, 1_000 - 3 * row);
    }
    fs::write(run.join(".series.csv.partial"), text).unwrap();
}

fn at(run: &Path, now: Instant) -> Lookout {
    Lookout::at(run, now).unwrap()
}

#[test]
fn a_run_is_seen_from_its_preparation_to_its_end() {
    let root = tempfile::tempdir().unwrap();
    let run = root.path();
    let began = Instant::now();
    let directory = RunDirectory::create(run, false, 0).unwrap();
    let mut lookout = at(run, began);
    assert_eq!(lookout.look(began).condition, Condition::Preparing);
    write(run, &under_way());
    assert_eq!(
        lookout.look(began + 9 * SECOND).condition,
        Condition::Preparing
    );

    let mut bulletin = sample();
    bulletin.put_up(run);
    series(run, 300);
    let view = lookout.look(began + 10 * SECOND);
    assert_eq!(view.condition, Condition::UnderWay);
    assert_eq!((view.now, view.end), (bulletin.now, bulletin.end));
    assert_eq!(view.seen.last.unwrap().tick, 180_000);
    assert_eq!(view.cost.unwrap().left_s, Some(731.0));
    let said = |what: &str| view.happenings.iter().any(|one| one.what == what);
    assert!(said("The patch is released") && said("More than half of all users are missing"));
    assert_eq!(view.title, "A title");

    // It says the same again and again: it stands still, and its process has it.
    let quiet = lookout.look(began + 70 * SECOND);
    assert_eq!(quiet.condition, Condition::Silent(60 * SECOND));
    assert!(quiet.remark.unwrap().contains("process 4711"));
    bulletin.elapsed_s += 1.0;
    bulletin.put_up(run);
    let view = lookout.look(began + 71 * SECOND);
    assert_eq!(view.condition, Condition::UnderWay);

    Bulletin::take_down(run);
    let view = lookout.look(began + 72 * SECOND);
    assert_eq!(view.condition, Condition::Closing);
    write(run, &manifest(true, "finished"));
    fs::write(
        run.join("timeline.csv"),
        "time,tick,by,what,online,norm,online_an_hour_later,norm_an_hour_later\n\
         2007-08-16T07:43:00Z,200580,users,It broke,5,100,,\n",
    )
    .unwrap();
    fs::rename(run.join(".series.csv.partial"), run.join("series.csv")).unwrap();
    let view = lookout.look(began + 73 * SECOND);
    assert_eq!((view.condition, view.now), (Condition::Finished, 432_000));
    assert_eq!(view.seen.last.unwrap().tick, 180_000);
    assert_eq!(view.happenings[0].what, "It broke");
    assert_eq!(
        (view.cost.unwrap().events_per_s, view.cost.unwrap().left_s),
        (7.0, None)
    );
    drop(directory);
    // Who comes later sees the same.
    let late = at(run, began).look(began);
    assert_eq!((late.condition, late.now), (Condition::Finished, 432_000));
    assert_eq!(late.seen.last, view.seen.last);
}

#[test]
fn a_run_that_was_killed_is_told_from_one_that_goes_on() {
    let root = tempfile::tempdir().unwrap();
    let run = root.path();
    let began = Instant::now();
    let directory = RunDirectory::create(run, false, 0).unwrap();
    write(run, &under_way());
    sample().put_up(run);
    series(run, 10);
    let mut lookout = at(run, began);
    assert_eq!(lookout.look(began).condition, Condition::UnderWay);
    drop(directory);
    // For some seconds nobody can know.
    assert_eq!(
        lookout.look(began + 4 * SECOND).condition,
        Condition::UnderWay
    );
    let view = lookout.look(began + 6 * SECOND);
    assert_eq!(view.condition, Condition::Killed);
    assert_eq!((view.now, view.cost.unwrap().left_s), (sample().now, None));
    assert!(!view.remark.unwrap().contains("--resume"));
    fs::create_dir(run.join("checkpoints")).unwrap();
    fs::write(run.join("checkpoints/x.checkpoint"), "").unwrap();
    let remark = lookout.look(began + 7 * SECOND).remark.unwrap();
    assert!(remark.contains("--resume"), "{remark}");

    // Who comes later does not take its last words for new ones.
    let file = File::open(run.join(LIVE)).unwrap();
    file.set_modified(SystemTime::now() - 3_600 * SECOND)
        .unwrap();
    assert_eq!(at(run, began).look(began).condition, Condition::Killed);

    // It goes on, in another process.
    let directory = RunDirectory::reopen(run, 0).unwrap();
    let view = lookout.look(began + 8 * SECOND);
    assert!(matches!(
        view.condition,
        Condition::Killed | Condition::Preparing
    ));
    let mut other = sample();
    other.process += 1;
    other.put_up(run);
    series(run, 5);
    let view = lookout.look(began + 9 * SECOND);
    assert_eq!(view.condition, Condition::UnderWay);
    assert_eq!(view.seen.last.unwrap().tick, 3_000);
    drop(directory);
    fs::remove_dir_all(run).unwrap();
    assert_eq!(lookout.look(began + 10 * SECOND).condition, Condition::Gone);
}

#[test]
fn a_run_that_was_stopped_says_by_what() {
    let root = tempfile::tempdir().unwrap();
    let run = root.path();
    write(run, &manifest(false, "panicked: the spring broke"));
    series(run, 3);
    let view = at(run, Instant::now()).look(Instant::now());
    assert_eq!(view.condition.name(), "panicked");
    assert_eq!(view.remark.as_deref(), Some("panicked: the spring broke"));
}

#[test]
fn what_holds_no_run_is_refused() {
    let root = tempfile::tempdir().unwrap();
    for (path, said) in [
        (root.path().to_owned(), "no manifest.json"),
        (root.path().join("x"), "no such directory"),
    ] {
        let refused = Lookout::at(&path, Instant::now()).err().unwrap();
        assert!(refused.to_string().contains(said), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
    }
}
