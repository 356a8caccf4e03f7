//! Tests of the ledger of runs: appends, damaged and cut lines, several processes.

use std::fs;

use super::*;
use crate::experiment::storage::run_ledger_lines::tests::{key, record};

fn open(root: &Path) -> RunLedger {
    RunLedger::open(None, &root.join("answer")).unwrap()
}

fn value(ledger: &mut RunLedger, number: u32) -> Option<RunRecord> {
    ledger.get(key(number)).unwrap()
}

#[test]
fn runs_are_found_by_every_process_that_has_it_open() {
    let root = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (open(root.path()), open(root.path()));
    assert_eq!(one.path().parent(), Some(&*root.path().join(DIRECTORY)));
    let written = one.add(key(1), &record(0.1)).unwrap();
    assert_eq!(written, record(0.1));
    two.add(key(2), &record(0.2)).unwrap();
    assert!(!one.contains(key(2)) && two.contains(key(1)));
    one.refresh().unwrap();
    for ledger in [&mut one, &mut two, &mut open(root.path())] {
        assert_eq!(value(ledger, 1), Some(record(0.1)));
        assert_eq!(value(ledger, 2), Some(record(0.2)));
        assert_eq!(value(ledger, 3), None);
    }
}

#[test]
fn processes_that_append_at_once_lose_nothing() {
    let root = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for process in 0..4 {
            let mut ledger = open(root.path());
            scope.spawn(move || {
                for number in 0..25 {
                    let number = 25 * process + number;
                    ledger.add(key(number), &record(number.into())).unwrap();
                }
            });
        }
    });
    let mut ledger = open(root.path());
    assert_eq!(ledger.invalid, 0);
    for number in 0..100 {
        assert_eq!(value(&mut ledger, number), Some(record(number.into())));
    }
}

#[test]
fn a_cut_or_damaged_line_loses_its_run_only() {
    let root = tempfile::tempdir().unwrap();
    let mut ledger = open(root.path());
    for number in 0..3 {
        ledger.add(key(number), &record(number.into())).unwrap();
    }
    let path = ledger.path().to_owned();
    drop(ledger);
    let whole = fs::read(&path).unwrap();
    let last = whole.len() - whole.len() / 3;
    for cut in (last + 1..whole.len()).step_by(7) {
        fs::write(&path, &whole[..cut]).unwrap();
        let mut ledger = open(root.path());
        let found = [0, 1, 2].map(|number| ledger.contains(key(number)));
        assert_eq!(found, [true, true, false], "cut at {cut}");
        ledger.add(key(2), &record(2.0)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole, "cut at {cut}");
    }
    for place in (0..whole.len()).step_by(11) {
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (place % 8);
        fs::write(&path, &damaged).unwrap();
        let mut ledger = open(root.path());
        let lost = (0..3).filter(|number| value(&mut ledger, *number).is_none());
        let lost: Vec<u32> = lost.collect();
        // A damaged line break joins two lines.
        assert!((1..=2).contains(&lost.len()), "byte {place}: {lost:?}");
        for number in lost {
            ledger.add(key(number), &record(number.into())).unwrap();
        }
        let mut again = open(root.path());
        for number in 0..3 {
            assert_eq!(value(&mut again, number), Some(record(number.into())));
        }
    }
}

#[test]
fn of_two_lines_of_a_run_the_later_one_counts() {
    let root = tempfile::tempdir().unwrap();
    let mut ledger = open(root.path());
    ledger.add(key(1), &RunRecord::failed("x".into())).unwrap();
    ledger.add(key(1), &record(1.0)).unwrap();
    assert_eq!(value(&mut ledger, 1), Some(record(1.0)));
    assert_eq!(value(&mut open(root.path()), 1), Some(record(1.0)));
}

#[test]
fn a_ledger_that_is_removed_or_renamed_is_written_again_with_all_runs() {
    let root = tempfile::tempdir().unwrap();
    let mut ledger = open(root.path());
    ledger.add(key(0), &record(0.0)).unwrap();
    fs::remove_dir_all(root.path().join(DIRECTORY)).unwrap();
    ledger.add(key(1), &record(1.0)).unwrap();
    fs::rename(ledger.path(), root.path().join("other")).unwrap();
    ledger.add(key(2), &record(2.0)).unwrap();
    let mut again = open(root.path());
    for number in 0..3 {
        assert_eq!(value(&mut ledger, number), Some(record(number.into())));
        assert_eq!(value(&mut again, number), Some(record(number.into())));
    }
}

#[test]
fn it_is_inside_the_answer_if_no_directory_can_be_made_beside_it() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join(DIRECTORY), "a file").unwrap();
    let ledger = open(root.path());
    let inside = root.path().join("answer").join(DIRECTORY);
    assert_eq!(ledger.path().parent(), Some(&*inside));
    let looked = RunLedger::look(None, &root.path().join("answer"));
    assert!(looked.unwrap().is_some());
    let chosen = root.path().join("x");
    let looked = RunLedger::look(Some(&chosen), root.path());
    assert!(looked.unwrap().is_none() && !chosen.exists());
    let ledger = RunLedger::open(Some(&chosen), Path::new("/none/a")).unwrap();
    assert_eq!(ledger.path().parent(), Some(&*chosen));
}
