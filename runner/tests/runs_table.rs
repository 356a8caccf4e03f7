//! Tests of the table of a sweep: every column reads as numbers, and scenario and record lie beside it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;

use common::{done, json, patchday, sweep};

#[test]
fn runs_csv_reads_as_numbers_and_lies_beside_its_scenario_and_its_record() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("sweep");
    let ended = sweep(&directory, &[]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    let csv = fs::read_to_string(directory.join("runs.csv")).unwrap();
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    let names = table.headers().unwrap().clone();
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    for (place, name) in names.iter().enumerate() {
        let mut cells = rows.iter().map(|row| &row[place]);
        let is_text = ["status", "digest"].contains(&name);
        let is_number = |cell: &str| cell.is_empty() || cell.parse::<f64>().is_ok();
        assert!(is_text || cells.all(is_number), "{name}: {csv}");
    }
    let column = |name: &str| {
        let place = names.iter().position(|one| one == name);
        let place = place.unwrap_or_else(|| panic!("{name}: {names:?}"));
        let mut cells: Vec<&str> = rows.iter().map(|row| &row[place]).collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    };
    assert_eq!(column("servers.login.queue [s]"), ["20", "5"]);
    assert_eq!(column("trigger.patch_day.share"), ["0.2", "0.5"]);
    assert_eq!(column("status"), ["done", "failed"]);
    // No run has it, and no observed point lies within three hours.
    assert_eq!(column("traffic_peak_times_normal.value"), [""]);
    assert_eq!(column("mean_abs_error"), [""]);
    assert_eq!(column("observed.12"), [""]);

    let record = json(&directory.join("sweep.json"));
    assert_eq!((&record["runs"], &record["failed"]), (&8.into(), &1.into()));
    let hash = blake3::hash(csv.as_bytes()).to_hex().to_string();
    assert_eq!(record["files"]["runs.csv"], *hash);
    let mut check = patchday(&["check"]);
    check.arg(directory.join("config.toml"));
    assert_eq!(done(check).code, Some(0));

    // The parts of the sweep give the same table, scenario and hashes in another directory.
    let (parts, merged) = (root.path().join("parts"), root.path().join("merged"));
    for part in ["1/2", "2/2"] {
        assert_ne!(sweep(&parts, &["--shard", part]).code, Some(2));
    }
    let mut merge = patchday(&["merge", "--out"]);
    merge.arg(&merged).arg(&parts);
    let ended = done(merge);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    for name in ["runs.csv", "config.toml"] {
        let read = |directory: &std::path::Path| fs::read(directory.join(name)).unwrap();
        assert!(read(&merged) == read(&directory), "{name}");
    }
    assert_eq!(json(&merged.join("sweep.json"))["files"], record["files"]);
}
