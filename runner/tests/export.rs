//! Tests of `patchday export` that hold for every build of the program.
//!
//! Without the feature `parquet` its error names the feature; with it, `tables.rs` tests the
//! Parquet files.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;

use common::{export, names, run, sweep};

#[test]
fn a_csv_copy_has_the_same_bytes() {
    let root = tempfile::tempdir().unwrap();
    let (ran, swept) = (root.path().join("run"), root.path().join("sweep"));
    assert_eq!(run(&ran, &[]).code, Some(0));
    assert_eq!(sweep(&swept, &[]).code, Some(3));
    for (directory, table) in [(&ran, "series.csv"), (&swept, "runs.csv")] {
        let before = names(directory);
        let ended = export(directory, &["--as", "csv"]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(ended.out.contains(table), "{}", ended.out);
        assert_eq!(names(directory), before);

        let copy = root.path().join(format!("copy-{table}"));
        let copy = copy.to_str().unwrap();
        let ended = export(directory, &["--as", "csv", "--out", copy]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert_eq!(ended.out.trim_end(), copy);
        let original = fs::read(directory.join(table)).unwrap();
        assert!(
            fs::read(copy).unwrap() == original,
            "the copy of {table} differs"
        );

        fs::write(copy, "mine").unwrap();
        let refused = export(directory, &["--as", "csv", "--out", copy]);
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains("--force"), "{}", refused.err);
        assert_eq!(fs::read_to_string(copy).unwrap(), "mine");
        let forced = export(directory, &["--as", "csv", "--out", copy, "--force"]);
        assert_eq!(forced.code, Some(0), "{}", forced.err);
        assert!(fs::read(copy).unwrap() == original);

        let original_path = directory.join(table);
        let words = [
            "--as",
            "csv",
            "--force",
            "--out",
            original_path.to_str().unwrap(),
        ];
        let refused = export(directory, &words);
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains("the table itself"), "{}", refused.err);
    }
}

#[test]
fn a_missing_or_changed_table_is_rejected_with_its_name() {
    let root = tempfile::tempdir().unwrap();
    let refused = export(root.path(), &["--as", "csv"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("neither a run"), "{}", refused.err);

    let directory = root.path().join("run");
    assert_eq!(run(&directory, &[]).code, Some(0));
    let series = directory.join("series.csv");
    let text = fs::read_to_string(&series).unwrap();
    let torn = text.replacen("T02:00:00Z,7200,", "T02:00:00Z,7200,x", 1);
    assert_ne!(torn, text);
    fs::write(&series, torn).unwrap();
    let refused = export(&directory, &["--as", "csv"]);
    assert_eq!(refused.code, Some(2));
    let said = "series.csv: it was changed after the run";
    assert!(refused.err.contains(said), "{}", refused.err);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_the_error_names_it() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("run");
    let wanted = ["--export", "parquet"];
    let merged = {
        let mut command = common::patchday(&["merge"]);
        command.arg(root.path()).args(wanted);
        common::done(command)
    };
    // The error comes before anything is read or run.
    for refused in [
        export(&directory, &["--as", "parquet"]),
        run(&directory, &wanted),
        sweep(&directory, &wanted),
        merged,
    ] {
        assert_eq!(refused.code, Some(2), "{}", refused.err);
        assert!(refused.out.is_empty());
        assert_eq!(refused.err.lines().count(), 1, "{}", refused.err);
        assert!(
            refused.err.contains("--features parquet"),
            "{}",
            refused.err
        );
    }
    assert!(!directory.exists());
    assert_eq!(run(&directory, &["--export", "csv"]).code, Some(0));
    assert!(
        !names(&directory)
            .iter()
            .any(|name| name.ends_with("parquet"))
    );
}
