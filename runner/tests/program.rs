//! Tests of the program from outside: output, files and exit codes.
//!
//! They run the program on small scenarios. They check messages, files, keys and exit codes, but no
//! figures of the model, which change with it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{collections::BTreeSet, fs, path::Path};

use common::{Done, FILES, done, json, names, patchday, run, scenario};
use serde_json::Value;

#[test]
fn a_run_writes_all_its_files() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("a/run");
    let ran = run(&directory, &["--threads", "1", "--shards", "3"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(names(&directory), FILES.map(String::from).into());
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
    assert!(
        ran.err.contains("seed 2007, threads 1, shards 3"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("estimate: about"), "{}", ran.err);

    let manifest = json(&directory.join("manifest.json"));
    for key in [
        "scenario",
        "version",
        "git",
        "command",
        "seed",
        "scale",
        "users",
        "actors",
        "threads",
        "shards",
        "tick_s",
        "start",
        "end",
        "ticks",
        "events",
        "wall_s",
        "events_per_s",
        "simulated_s_per_wall_s",
        "peak_rss_bytes",
        "config_hash",
        "digest",
    ] {
        assert!(
            manifest.get(key).is_some_and(|value| !value.is_null()),
            "{key}"
        );
    }
    assert_eq!(manifest["end"], "2007-08-14T03:00:00Z");
    assert_eq!(
        (&manifest["ticks"], &manifest["users"]),
        (&10_800.into(), &110_000.into())
    );
    assert_eq!(manifest["complete"], true);

    let summary = json(&directory.join("summary.json"));
    for key in [
        "norm_peak",
        "online_min",
        "outage",
        "recovered",
        "hours_to_50_percent",
        "hours_to_90_percent",
        "user_hours_lost",
        "calls_failed",
        "calls_dropped",
        "mean_abs_error",
    ] {
        assert!(summary.get(key).is_some(), "{key}");
    }
    // No observed point lies within the first three hours.
    assert_eq!(
        (&summary["observed_points"], &summary["mean_abs_error"]),
        (&0.into(), &Value::Null)
    );

    let series = fs::read_to_string(directory.join("series.csv")).unwrap();
    let rows: Vec<&str> = series.lines().collect();
    assert!(rows[0].starts_with("time,tick,online,norm,"), "{}", rows[0]);
    assert!(
        rows[1].starts_with("2007-08-14T00:01:00Z,60,"),
        "{}",
        rows[1]
    );
    assert!(
        rows[180].starts_with("2007-08-14T03:00:00Z,10800,"),
        "{}",
        rows[180]
    );
    assert_eq!(rows.len(), 181);
}

#[test]
fn results_do_not_depend_on_threads_and_shards_and_verify_confirms_it() {
    let root = tempfile::tempdir().unwrap();
    let (one, two) = (root.path().join("one"), root.path().join("two"));
    let first = run(&one, &["--threads", "1", "--json"]);
    let second = run(&two, &["--threads", "2", "--shards", "5", "--json"]);
    let digest = |done: &Done| {
        let printed: Value = serde_json::from_str(&done.out).unwrap();
        printed["manifest"]["digest"].clone()
    };
    assert_eq!(digest(&first), digest(&second));
    for file in [
        "series.csv",
        "summary.json",
        "observed.csv",
        "online.svg",
        "config.toml",
    ] {
        assert_eq!(
            fs::read(one.join(file)).unwrap(),
            fs::read(two.join(file)).unwrap(),
            "{file}"
        );
    }

    // `config.toml`, run without a scale, repeats the run.
    let three = root.path().join("three");
    let config = one.join("config.toml");
    let mut command = patchday(&["run", "--json", "--out"]);
    command.arg(&three).arg(&config);
    assert_eq!(digest(&done(command)), digest(&first));

    let verify = |directory: &Path| {
        let mut command = patchday(&["verify", "--threads", "1,2,7", "--shards", "1,5", "--json"]);
        command.arg(directory);
        done(command)
    };
    let verified = verify(&one);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
    let verdicts: Value = serde_json::from_str(&verified.out).unwrap();
    assert_eq!(
        (
            &verdicts["same"],
            verdicts["repeats"].as_array().unwrap().len()
        ),
        (&true.into(), 6)
    );

    let series = fs::read_to_string(two.join("series.csv")).unwrap();
    fs::write(
        two.join("series.csv"),
        series.replacen(":02:00Z,120,", ":02:00Z,121,", 1),
    )
    .unwrap();
    let verified = verify(&two);
    assert_eq!(verified.code, Some(1));
    let verdicts: Value = serde_json::from_str(&verified.out).unwrap();
    assert_eq!(verdicts["repeats"][0]["first_difference_line"], 3);
    assert_eq!(verdicts["repeats"][0]["same_digest"], true);
    fs::write(two.join("series.csv"), series).unwrap();
    fs::remove_file(two.join("online.svg")).unwrap();
    let verified = verify(&two);
    assert_eq!(verified.code, Some(1));
    let verdicts: Value = serde_json::from_str(&verified.out).unwrap();
    let different = &verdicts["repeats"][0]["different_files"];
    assert_eq!(*different, serde_json::json!(["online.svg"]));
}

#[test]
fn another_seed_gives_other_results() {
    let root = tempfile::tempdir().unwrap();
    let (one, two) = (root.path().join("one"), root.path().join("two"));
    run(&one, &[]);
    run(&two, &["--seed", "8"]);
    let (one, two) = (
        json(&one.join("manifest.json")),
        json(&two.join("manifest.json")),
    );
    assert_eq!((&one["seed"], &two["seed"]), (&2007.into(), &8.into()));
    assert_ne!(one["digest"], two["digest"]);
    assert_ne!(one["config_hash"], two["config_hash"]);
}

#[test]
fn nothing_is_overwritten_without_force() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(run(root.path(), &[]).code, Some(0));
    fs::write(root.path().join("notes.txt"), "mine").unwrap();
    let again = run(root.path(), &[]);
    assert_eq!(again.code, Some(2));
    let sentence = format!(
        "{} exists and is not empty; choose another with --out, or give --force to replace its run\n",
        root.path().display()
    );
    assert!(again.err.ends_with(&sentence), "{}", again.err);
    assert_eq!(run(root.path(), &["--force"]).code, Some(0));
    assert_eq!(
        fs::read_to_string(root.path().join("notes.txt")).unwrap(),
        "mine"
    );
}

#[test]
fn bad_usage_ends_with_exit_code_2_and_a_message() {
    let root = tempfile::tempdir().unwrap();
    for (more, sentence) in [
        (
            vec!["--threads", "0"],
            "invalid value '0' for '--threads <N>': 0 is not in 1..=1024",
        ),
        (
            vec!["--scale", "0"],
            "a number above 0, at most 1000, such as 0.01",
        ),
        (
            vec!["--until", "soon"],
            "--until: `soon`: expected an instant in UTC, such as",
        ),
        (
            vec!["-s", "run.sed=1"],
            "-s run.sed=1: unknown key `sed` in [run]; did you mean `seed`?",
        ),
        (vec!["-s", "run.seed"], "no `=`"),
        (
            vec!["--scale", "0.000001"],
            "at scale 0.000001:\n  population.users:",
        ),
    ] {
        // One wrong option per call, because the program may stop at the first.
        let mut command = patchday(&["run", "--out"]);
        command
            .arg(root.path().join("run"))
            .arg(scenario())
            .args(&more);
        let ended = done(command);
        assert_eq!(ended.code, Some(2), "{more:?}: {}", ended.err);
        assert!(ended.err.contains(sentence), "{more:?}: {}", ended.err);
        assert_eq!(ended.out, "");
    }
    assert_eq!(names(root.path()), BTreeSet::new());
}

#[test]
fn missing_files_are_named() {
    let missing = done(patchday(&["run", "no/such/file.toml"]));
    assert_eq!(missing.code, Some(2));
    assert!(
        missing
            .err
            .starts_with("no/such/file.toml: cannot be opened: "),
        "{}",
        missing.err
    );
    let unwritable = run(Path::new("/dev/null/run"), &[]);
    assert_eq!(unwritable.code, Some(2));
    assert!(
        unwritable
            .err
            .contains("cannot create the directory /dev/null: "),
        "{}",
        unwritable.err
    );
    let no_run = done(patchday(&["verify", "no/such/run"]));
    assert_eq!(no_run.code, Some(2));
    assert!(
        no_run
            .err
            .contains("no/such/run: not a run directory: it has no manifest.json"),
        "{}",
        no_run.err
    );
}

#[test]
fn check_reports_all_errors() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("x.toml");
    fs::write(
        &file,
        "[run]\ntitle = 3\nstart = \"2007-08-14T00:00:00Z\"\nsed = 1\n",
    )
    .unwrap();
    let mut command = patchday(&["check"]);
    command.arg(&file);
    let checked = done(command);
    assert_eq!(checked.code, Some(2));
    let name = file.display();
    for line in [
        format!("{name}:2:9"),
        format!("{name}:4:1"),
        "3 errors".into(),
    ] {
        assert!(checked.out.contains(&line), "{line}\n{}", checked.out);
    }
    let mut command = patchday(&["check", "--json"]);
    command.arg(scenario());
    let checked = done(command);
    assert_eq!(checked.code, Some(0));
    let report: Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!(report["errors"], 0);
}

#[test]
fn schema_prints_every_key_as_text_and_as_json() {
    let table = done(patchday(&["schema"]));
    assert!(
        table.out.contains("overlay.promotion.flaw"),
        "{}",
        table.out
    );
    let part = done(patchday(&["schema", "overlay.promotion"])).out;
    assert!(
        part.contains("fact") && !part.contains("population"),
        "{part}"
    );
    let none = done(patchday(&["schema", "overlay.promotoin"]));
    assert_eq!(none.code, Some(2), "{}", none.err);
    let series = done(patchday(&["schema", "--series"])).out;
    assert!(
        series.starts_with("time ") && series.contains("\nonline "),
        "{series}"
    );
    let figures = done(patchday(&["schema", "--figures"])).out;
    let hours = figures
        .lines()
        .find(|line| line.starts_with("outage.hours "));
    assert!(
        hours.is_some_and(|line| line.contains("  h  ")),
        "{figures}"
    );
    let listed = done(patchday(&["schema", "--figures", "--json"])).out;
    let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed.len(), figures.lines().count());
    assert_eq!(listed[0]["name"], "norm_peak");
    let schema: Value = serde_json::from_str(&done(patchday(&["schema", "--json"])).out).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
}

#[test]
fn a_plan_estimates_memory_and_time() {
    let mut command = patchday(&["plan", "--json", "--scale", "0.001"]);
    command.arg(scenario());
    let planned = done(command);
    assert_eq!(planned.code, Some(0), "{}", planned.err);
    let plan: Value = serde_json::from_str(&planned.out).unwrap();
    assert_eq!(
        (&plan["users"], &plan["fits"]),
        (&220_000.into(), &true.into())
    );
    assert!(plan["memory_bytes"].as_u64().unwrap() > 0);
}

#[test]
fn bench_prints_its_measurements() {
    let benched = done(patchday(&[
        "bench",
        "--actors",
        "20k",
        "--threads",
        "1,2",
        "--json",
    ]));
    assert_eq!(benched.code, Some(0), "{}", benched.err);
    let list: Value = serde_json::from_str(&benched.out).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 2);
    for key in [
        "actors",
        "threads",
        "events_per_s",
        "random_updates_per_s",
        "ratio",
        "bytes_per_actor",
    ] {
        assert!(list[0][key].as_f64().unwrap() > 0.0, "{key}");
    }
    assert_eq!(list[0]["digest"], list[1]["digest"]);
}
