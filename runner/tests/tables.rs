//! Tests of Parquet files that the program writes: they contain the values of the CSV, the same run
//! gives the same bytes, and no old or partial file is left.
//!
//! They need the feature: `cargo test -p patchday-runner --features parquet --test tables`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
};

use common::{begin, done, export, names, patchday, run, scenario, send, sweep};
use jiff::Timestamp;
use parquet::{
    basic::{LogicalType, TimeUnit, Type},
    file::reader::{FileReader, SerializedFileReader},
    record::Field,
};

/// The contents of a file: names and cells of each row, types of the columns, and the footer.
struct Read {
    rows: Vec<Vec<(String, Field)>>,
    footer: BTreeMap<String, String>,
    types: BTreeMap<String, (Type, Option<LogicalType>)>,
}

fn read(path: &Path) -> Read {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let file = reader.metadata().file_metadata();
    let made_by = concat!("patchday version ", env!("CARGO_PKG_VERSION"));
    assert_eq!(file.created_by(), Some(made_by));
    let pairs = file.key_value_metadata().into_iter().flatten();
    let columns = file.schema_descr().columns().iter();
    let rows = reader.get_row_iter(None).unwrap();
    let cells = |row: parquet::record::Row| {
        let cells = row.get_column_iter();
        cells
            .map(|(name, cell)| (name.clone(), cell.clone()))
            .collect()
    };
    Read {
        footer: pairs
            .map(|pair| (pair.key.clone(), pair.value.clone().unwrap()))
            .collect(),
        types: columns
            .map(|column| {
                let kind = (column.physical_type(), column.logical_type_ref().cloned());
                (column.name().to_owned(), kind)
            })
            .collect(),
        rows: rows.map(|row| cells(row.unwrap())).collect(),
    }
}

/// Compares every cell of a Parquet file with the CSV file; returns what was read.
fn assert_same(directory: &Path, table: &str) -> Read {
    let read = read(&directory.join(format!("{table}.parquet")));
    let mut csv = csv::Reader::from_path(directory.join(format!("{table}.csv"))).unwrap();
    let header = csv.headers().unwrap().clone();
    let mut rows = read.rows.iter();
    for record in csv.records() {
        let record = record.unwrap();
        let row = rows.next().unwrap();
        assert_eq!(row.len(), header.len());
        for ((name, cell), (column, text)) in row.iter().zip(header.iter().zip(&record)) {
            assert_eq!(name, column);
            let same = match cell {
                Field::Null => text.is_empty(),
                Field::TimestampMicros(value) => {
                    text.parse::<Timestamp>().unwrap().as_microsecond() == *value
                }
                Field::Long(value) => text == value.to_string(),
                Field::ULong(value) => text == value.to_string(),
                Field::Double(value) => text.parse() == Ok(*value),
                Field::Str(value) => text == value,
                _ => false,
            };
            assert!(same, "{table}: {name}: {cell:?} for `{text}`");
        }
    }
    assert!(rows.next().is_none() && !read.rows.is_empty());
    read
}

fn bytes(directory: &Path, table: &str) -> Vec<u8> {
    fs::read(directory.join(table)).unwrap()
}

#[test]
fn a_run_reads_back_as_its_csv() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let until = ["--until", "30h", "--export", "parquet"];
    let mut command = patchday(&["run", "--scale", "0.0005", "--out"]);
    command.arg(&directory).arg(scenario()).args(until);
    let ended = done(command);
    assert_eq!(ended.code, Some(0), "{}", ended.err);

    let series = assert_same(&directory, "series");
    assert_eq!(series.rows.len(), 1_800);
    let instant = Some(LogicalType::timestamp(true, TimeUnit::MICROS));
    let types = &series.types;
    assert_eq!(types["time"], (Type::INT64, instant.clone()));
    assert_eq!(types["tick"], (Type::INT64, None));
    assert_eq!(types["online"], (Type::INT64, None));
    assert_eq!(types["login_wait_s"], (Type::DOUBLE, None));
    // Each number has at most three decimals.
    let waits = series.rows.iter().flatten();
    for (name, cell) in waits.filter(|(_, cell)| matches!(cell, Field::Double(_))) {
        let Field::Double(value) = cell else { continue };
        assert_eq!(format!("{value:.3}").parse(), Ok(*value), "{name}");
    }

    let observed = assert_same(&directory, "observed");
    let reached = |name: &str| {
        let cells = observed.rows.iter().flatten();
        cells
            .filter(|(column, cell)| column == name && *cell != Field::Null)
            .count()
    };
    // The run ends before most of them.
    assert_eq!(reached("what"), observed.rows.len());
    assert!((1..observed.rows.len()).contains(&reached("model")));
    assert_eq!(observed.types["time"].1, instant);
    assert_same(&directory, "timeline");

    let manifest = common::json(&directory.join("manifest.json"));
    for table in ["series", "observed", "timeline"] {
        let footer = read(&directory.join(format!("{table}.parquet"))).footer;
        for name in ["title", "version", "config_hash", "digest"] {
            assert_eq!(footer[name], manifest[name].as_str().unwrap(), "{name}");
        }
        assert_eq!((&*footer["seed"], &*footer["complete"]), ("2007", "true"));
        let command = format!(
            "patchday run {} --scale 0.0005 --until 30h",
            scenario().display()
        );
        assert_eq!(footer["command"], command);
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let root = tempfile::tempdir().unwrap();
    let place = |name: &str| root.path().join(name);
    let (one, two, three) = (place("one"), place("a/two"), place("three"));
    let wanted = ["--export", "parquet"];
    assert_eq!(
        run(&one, &[&wanted[..], &["--threads", "1"]].concat()).code,
        Some(0)
    );
    let other = [
        "--threads",
        "2",
        "--shards",
        "5",
        "--checkpoint-every",
        "1h",
        "--json",
    ];
    assert_eq!(run(&two, &[&wanted[..], &other].concat()).code, Some(0));
    assert_eq!(run(&three, &[]).code, Some(0));
    let ended = export(&three, &["--as", "parquet"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!(ended.out.lines().count(), 3);
    for table in ["series.parquet", "observed.parquet", "timeline.parquet"] {
        let first = bytes(&one, table);
        assert!(
            bytes(&two, table) == first,
            "{table} depends on the machine"
        );
        assert!(
            bytes(&three, table) == first,
            "{table} depends on the time of its export"
        );
    }
    let other = place("other");
    assert_eq!(
        run(&other, &[&wanted[..], &["--seed", "1"]].concat()).code,
        Some(0)
    );
    assert!(bytes(&other, "series.parquet") != bytes(&one, "series.parquet"));
}

#[test]
fn a_sweep_reads_back_as_its_csv_and_never_is_not_failed() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("sweep");
    let ended = sweep(&directory, &["--export", "parquet"]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    let runs = assert_same(&directory, "runs");
    assert_eq!(runs.rows.len(), 8);
    assert_eq!(runs.types["trigger.patch_day.share"], (Type::DOUBLE, None));
    assert_eq!(runs.types["servers.login.queue [s]"], (Type::DOUBLE, None));
    let unsigned = (Type::INT64, Some(LogicalType::integer(64, false)));
    assert_eq!(runs.types["seed"], unsigned);
    let cell = |row: usize, name: &str| -> &Field {
        let cells = runs.rows[row].iter();
        let mut named = cells.filter(|(column, _)| column == name);
        &named.next().unwrap().1
    };
    let status = |row| cell(row, "status").to_string();
    assert_eq!(
        (status(0), status(1)),
        ("\"done\"".into(), "\"failed\"".into())
    );
    // No observed point lies within three hours, so the distance is never. The failed run has no
    // figures.
    for name in ["max_abs_error", "user_hours_lost", "digest"] {
        assert_eq!(*cell(1, name), Field::Null, "{name}");
    }
    assert_eq!(*cell(0, "max_abs_error"), Field::Null);
    assert_ne!(*cell(0, "user_hours_lost"), Field::Null);
    assert_ne!(*cell(0, "digest"), Field::Null);
    let csv = String::from_utf8(bytes(&directory, "runs.csv")).unwrap();
    assert!(!csv.contains("never"), "{csv}");

    assert_eq!(runs.footer["title"], "The outage of August 2007");
    assert_eq!(runs.footer["version"], env!("CARGO_PKG_VERSION"));
    let command = &runs.footer["command"];
    assert!(command.starts_with("patchday sweep "), "{command}");
    assert!(
        command.ends_with("servers.login.queue=5s,20s --reps 2"),
        "{command}"
    );

    // The merged parts of the sweep give the same bytes.
    let parts = root.path().join("parts");
    for part in ["1/3", "2/3", "3/3"] {
        assert_ne!(sweep(&parts, &["--shard", part]).code, Some(2));
    }
    let mut command = patchday(&["merge", "--export", "parquet"]);
    command.arg(&parts);
    assert_eq!(done(command).code, Some(3));
    assert!(bytes(&parts, "runs.parquet") == bytes(&directory, "runs.parquet"));

    // A new sweep removes the exported table of the old one.
    assert_eq!(sweep(&directory, &["--force"]).code, Some(3));
    assert!(!directory.join("runs.parquet").exists());
}

#[test]
fn the_tables_of_a_replaced_run_are_removed() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let tables = |directory: &Path| {
        let mut names = names(directory);
        names.retain(|name| name.contains("parquet"));
        names.len()
    };
    assert_eq!(run(&directory, &["--export", "parquet"]).code, Some(0));
    assert_eq!(tables(&directory), 3);
    assert_eq!(run(&directory, &["--force"]).code, Some(0));
    assert_eq!(tables(&directory), 0);

    // A resumed run makes the tables of its first part invalid.
    let whole = root.path().join("whole");
    let long = |directory: &Path| {
        let mut command = patchday(&["run", "--scale", "0.0005", "--until", "72h", "--out"]);
        command.arg(directory).arg(scenario());
        command
    };
    assert_eq!(done(long(&whole)).code, Some(0));
    assert_eq!(export(&whole, &["--as", "parquet"]).code, Some(0));
    let directory = root.path().join("stopped");
    let child = begin(
        long(&directory),
        &directory.join(".series.csv.partial"),
        100_000,
    );
    send(&child, "-TERM");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    assert_eq!(export(&directory, &["--as", "parquet"]).code, Some(0));
    let stopped = read(&directory.join("series.parquet"));
    assert_eq!(stopped.footer["complete"], "false");
    let mut command = patchday(&["run", "--resume"]);
    command.arg(&directory);
    assert_eq!(done(command).code, Some(0));
    assert_eq!(tables(&directory), 0);
    assert_eq!(export(&directory, &["--as", "parquet"]).code, Some(0));
    let [one, other] = [&directory, &whole].map(|directory| bytes(directory, "series.csv"));
    assert!(one == other);
    let [one, other] = [&directory, &whole].map(|place| read(&place.join("series.parquet")).rows);
    assert!(one == other);
}

#[test]
fn a_failed_export_leaves_no_partial_file() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    assert_eq!(run(&directory, &["--export", "parquet"]).code, Some(0));
    let before = (names(&directory), bytes(&directory, "series.parquet"));
    // The series was changed after the run.
    let series = directory.join("series.csv");
    let text = fs::read_to_string(&series).unwrap();
    fs::write(&series, text.replacen(",10740,", ",10740.5,", 1)).unwrap();
    let refused = export(&directory, &["--as", "parquet"]);
    assert_eq!(refused.code, Some(2));
    let said = "series.csv: it was changed after the run";
    assert!(refused.err.contains(said), "{}", refused.err);
    assert!((names(&directory), bytes(&directory, "series.parquet")) == before);

    // A directory has the name of the table.
    fs::write(&series, text).unwrap();
    let taken = directory.join("series.parquet");
    fs::remove_file(&taken).unwrap();
    fs::create_dir_all(taken.join("mine")).unwrap();
    let refused = export(&directory, &["--as", "parquet"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(refused.err.contains("series.parquet"), "{}", refused.err);
    assert_eq!(names(&directory), before.0, "{}", refused.err);
}
