//! `sweep --keep-series` with the real program: the same bytes for any number of threads, after a kill,
//! in parts, and equal to the series of a run.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use common::{begin, done, fine, fleets::fleet, patchday};

/// A fleet of which nine tenths are logged out, with slow servers.
fn scenario(root: &Path) -> PathBuf {
    let path = root.join("fleet.toml");
    let more = "[servers.login]\nrate = \"2/s\"\n[[trigger.sign_out]]\n\
                at = \"2026-03-02T06:00:00Z\"\nshare = 0.9\n";
    fs::write(&path, fleet(3_000, "", more)).unwrap();
    path
}

const COLUMNS: &str = "online,login_wait_s,online_in_us";

/// Two points with five replicates of eight hours each.
fn sweep(root: &Path, out: &str, more: &[&str]) -> Command {
    let mut command = patchday(&["sweep", "--until", "8h", "--keep-series", COLUMNS]);
    command.args(["--vary", "servers.login.rate=1/s,6/s", "--reps", "5"]);
    command.arg(scenario(root)).current_dir(root);
    // Each has a ledger of its own, so that none takes its runs from another.
    command.args(["--out", &format!("{out}/sweep")]).args(more);
    command
}

/// The files whose bytes must not depend on how the sweep was made.
const FILES: [&str; 6] = [
    "runs.csv",
    "points.csv",
    "series.csv",
    "bands.csv",
    "config.toml",
    "sweep.json",
];

fn files(root: &Path, out: &str) -> Vec<Vec<u8>> {
    let read = |name: &&str| fs::read(root.join(out).join("sweep").join(name)).unwrap();
    FILES.iter().map(read).collect()
}

#[test]
fn the_bytes_do_not_depend_on_threads_kills_and_parts() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let first = fine(sweep(root, "one", &["--threads", "1"]));
    let says = "series.csv: 3 columns, 480 samples of each of 10 runs, about ";
    assert!(first.err.contains(says), "{}", first.err);
    let expected = files(root, "one");
    for threads in ["2", "7"] {
        fine(sweep(root, threads, &["--threads", threads]));
        assert!(files(root, threads) == expected, "{threads} threads");
    }
    // Killed after the first run, and after a later one.
    let ledger = root.join("killed/sweep/ledger.jsonl");
    for bytes in [1_200, 8_000] {
        let more: &[&str] = if bytes == 1_200 { &[] } else { &["--resume"] };
        let command = sweep(root, "killed", &[&["--threads", "2"], more].concat());
        let mut child = begin(command, &ledger, bytes);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // A series that is lost or damaged is made again, and no other.
    let kept = root.join("killed/sweep/.kept");
    let names: Vec<PathBuf> = fs::read_dir(&kept)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    fs::write(&names[0], "{}\n").unwrap();
    fine(sweep(root, "killed", &["--resume"]));
    assert!(files(root, "killed") == expected);
    let again = fine(sweep(root, "killed", &["--resume"]));
    assert!(
        again.err.contains(" 0 of them still to run"),
        "{}",
        again.err
    );
    // In two parts that are joined.
    for part in ["1/2", "2/2"] {
        fine(sweep(root, "parts", &["--shard", part]));
    }
    let mut merge = patchday(&["merge", "parts/sweep"]);
    merge.current_dir(root);
    fine(merge);
    assert!(files(root, "parts") == expected);
}

#[test]
fn kept_columns_are_those_of_the_run_and_bands_their_quantiles() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fine(sweep(root, "a", &["--threads", "2"]));
    let rows = |path: &Path| -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_path(path)
            .unwrap();
        let rows = reader.records().map(|row| row.unwrap());
        rows.map(|row| row.iter().map(str::to_owned).collect())
            .collect()
    };
    let series = rows(&root.join("a/sweep/series.csv"));
    assert_eq!(series[0].join(","), format!("run,tick,{COLUMNS}"));
    assert_eq!(series.len(), 1 + 10 * 480);
    // Run 5 is the first replicate of the second point: the scenario with its seed.
    let mut run = patchday(&["run", "--until", "8h", "-s", "servers.login.rate=6/s"]);
    run.arg(scenario(root))
        .args(["--out", "run"])
        .current_dir(root);
    fine(run);
    let whole = rows(&root.join("run/series.csv"));
    let place = |name: &str| whole[0].iter().position(|head| head == name).unwrap();
    let places: Vec<usize> = COLUMNS.split(',').map(place).collect();
    for (kept, row) in series[1 + 5 * 480..].iter().zip(&whole[1..]) {
        assert_eq!((kept[0].as_str(), &kept[1]), ("5", &row[1]));
        let cells: Vec<&String> = places.iter().map(|place| &row[*place]).collect();
        assert_eq!(kept[2..].iter().collect::<Vec<_>>(), cells);
    }
    // The quantiles of five replicates, by hand.
    let bands = rows(&root.join("a/sweep/bands.csv"));
    assert_eq!(
        bands[0].join(","),
        "point,column,tick,runs,p5,p25,median,p75,p95"
    );
    assert_eq!(bands.len(), 1 + 2 * 3 * 480);
    let minute = 400;
    let number = |text: &String| text.parse::<f64>().unwrap();
    let mut values: Vec<f64> = (0..5)
        .map(|run| number(&series[1 + run * 480 + minute][2]))
        .collect();
    values.sort_by(f64::total_cmp);
    let row = &bands[1 + minute];
    assert_eq!(
        row[..4].join(","),
        format!("0,online,{},5", series[1 + minute][1])
    );
    let between = |low: usize, part: f64| values[low] + (values[low + 1] - values[low]) * part;
    let expected = [
        between(0, 0.2),
        values[1],
        values[2],
        values[3],
        between(3, 0.8),
    ];
    for (cell, expected) in row[4..].iter().zip(expected) {
        assert!((number(cell) - expected).abs() < 1e-3, "{row:?}");
    }
    assert!(values[4] > values[0], "{values:?}");
    // The report draws them.
    let page = fs::read_to_string(root.join("a/sweep/report.html")).unwrap();
    for says in ["id=\"bands\"", "class=\"b1\"", ", median "] {
        assert!(page.contains(says), "{says}");
    }
    // All tables are exported.
    #[cfg(feature = "parquet")]
    {
        let mut export = patchday(&["export", "a/sweep", "--as", "parquet"]);
        export.current_dir(root);
        fine(export);
        for name in ["runs", "points", "series", "bands"] {
            let path = root.join(format!("a/sweep/{name}.parquet"));
            assert!(path.exists(), "{name}");
        }
    }
}

#[test]
fn columns_that_do_not_exist_are_refused() {
    let root = tempfile::tempdir().unwrap();
    for (columns, says) in [
        ("onlin", "did you mean `online`?"),
        ("online,online", "`online` is given twice"),
        ("zzz", "`patchday schema --series` lists them"),
    ] {
        let mut command = patchday(&["sweep", "--keep-series", columns]);
        command.arg(scenario(root.path())).current_dir(root.path());
        let refused = done(command);
        assert_eq!(refused.code, Some(2), "{columns}: {}", refused.err);
        assert!(refused.err.contains(says), "{columns}: {}", refused.err);
    }
}
