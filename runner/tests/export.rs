//! Tables of a run and a sweep for other programs, by the real program: what any build of it
//! does. Without the feature `parquet` it says how to get it; with it, `tables.rs` tests
//! what it writes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;

use common::{export, names, run, sweep};

#[test]
fn csv_elsewhere_has_the_same_bytes() {
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
            "{table} came out other"
        );

        fs::write(copy, "mine").unwrap();
        let refused = export(directory, &["--as", "csv", "--out", copy]);
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains("--force"), "{}", refused.err);
        assert_eq!(fs::read_to_string(copy).unwrap(), "mine");
        let forced = export(directory, &["--as", "csv", "--out", copy, "--force"]);
        assert_eq!(forced.code, Some(0), "{}", forced.err);
        assert!(fs::read(copy).unwrap() == original);

        let itself = directory.join(table);
        let words = ["--as", "csv", "--force", "--out", itself.to_str().unwrap()];
        let refused = export(directory, &words);
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains("the table itself"), "{}", refused.err);
    }
}

#[test]
fn what_is_no_table_or_was_changed_is_refused_with_its_name() {
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
fn without_the_feature_the_program_says_how_to_get_it() {
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
