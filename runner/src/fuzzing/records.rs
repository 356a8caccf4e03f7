//! Files of runs and batches: ledgers, manifests, series, timelines.
//!
//! Ledgers and manifests have checksums, which a fuzzer cannot find, so an input is read as it is
//! and with valid checksums.

use crate::{
    experiment::storage::{
        ledger_lines::{Batch, batch_line, entry_line, parse},
        run_ledger_lines::{key_of, read_run, run_line},
        table::RunTable,
    },
    fuzzing::{
        assertions::{damaged, placed, sentence, text},
        seeds::{records::header, small::small},
    },
    results::{narrative::timeline, outage::Outage, samples::Samples, summary::Summary},
    store::{
        checksummed_json::{Form, add_checksum},
        manifest::Manifest,
        resume_command,
        series::{Series, SeriesReader},
    },
};

/// A ledger.
pub fn ledger(bytes: &[u8]) {
    read_ledger(bytes);
    let Some(text) = text(bytes) else { return };
    let mut sealed = String::new();
    let mut part_of = "ledger".to_owned();
    for line in text.lines() {
        match add_checksum(line, Form::Line, &part_of) {
            Some(line) => sealed.push_str(&line),
            None => sealed.push_str(line),
        }
        if let Ok(batch) = serde_json::from_str::<Batch>(line) {
            part_of = batch.batch;
        }
    }
    read_ledger(sealed.as_bytes());
}

fn read_ledger(bytes: &[u8]) {
    let found = match parse(bytes, None) {
        Ok(found) => found,
        Err(error) => return placed(&error),
    };
    found.faults.iter().for_each(placed);
    match RunTable::from_entries(&found.batch, &found.entries).to_csv() {
        Ok(table) => assert!(RunTable::from_csv(table.as_slice()).is_ok()),
        Err(failure) => panic!("{failure}"),
    }
    let lines = found.entries.values();
    let lines = lines.map(|entry| entry_line(entry, &found.batch));
    let printed = std::iter::once(batch_line(&found.batch)).chain(lines);
    let Ok(printed) = printed.collect::<Result<String, _>>() else {
        panic!("a ledger that cannot be written");
    };
    match parse(printed.as_bytes(), None) {
        Ok(again) => {
            assert_eq!(again.batch, found.batch);
            assert_eq!(again.entries, found.entries);
            assert!(again.faults.is_empty(), "{:?}", again.faults);
        }
        Err(error) => panic!("{error}: {printed}"),
    }
    for bad in damaged(printed.as_bytes(), bytes) {
        // A changed line is never read as data. A cut between lines leaves a ledger of fewer runs.
        if let Ok(read) = parse(&bad, Some(&found.batch)) {
            let whole = bad.ends_with(b"\n") && printed.as_bytes().starts_with(&bad);
            assert!(whole || !read.faults.is_empty());
            let same = |(run, entry)| found.entries.get(run) == Some(entry);
            assert!(read.entries.iter().all(same));
        }
    }
}

/// The lines of a ledger of runs.
pub fn runs(bytes: &[u8]) {
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        read_run_line(line);
        let plain = text(line).map(str::trim_end);
        if let Some(sealed) = plain.and_then(|text| add_checksum(text, Form::Line, "runs")) {
            read_run_line(sealed.as_bytes());
        }
    }
}

fn read_run_line(line: &[u8]) {
    let (key, record) = match read_run(line) {
        Ok(found) => found,
        // A ledger of runs gives the position of a line itself.
        Err(what) => return drop(sentence(&what)),
    };
    let Ok(printed) = run_line(key, &record) else {
        panic!("a run that cannot be written");
    };
    assert_eq!(key_of(printed.as_bytes()), Ok(key));
    assert_eq!(read_run(printed.as_bytes()), Ok((key, record)));
    for bad in damaged(printed.as_bytes(), line) {
        assert!(key_of(&bad).is_err() && read_run(&bad).is_err());
    }
}

/// A manifest.
pub fn manifest(bytes: &[u8]) {
    read_manifest(bytes);
    if let Some(sealed) = text(bytes).and_then(|text| add_checksum(text, Form::Page, "manifest")) {
        read_manifest(sealed.as_bytes());
    }
}

fn read_manifest(bytes: &[u8]) {
    let manifest = match Manifest::parse(bytes) {
        Ok(manifest) => manifest,
        Err(what) => return placed(&what),
    };
    let Ok(printed) = manifest.to_json() else {
        panic!("a manifest that cannot be written");
    };
    assert_eq!(Manifest::parse(printed.as_bytes()), Ok(manifest.clone()));
    for bad in damaged(printed.as_bytes(), bytes) {
        assert!(Manifest::parse(&bad).is_err());
    }
    let again = resume_command::from_the_start(&manifest.command_words, &manifest.command);
    assert!(again.contains("--force"), "{again}");
}

/// A series.
pub fn series(bytes: &[u8]) {
    let (scenario, header) = (small(), header());
    // The header is long, so few inputs would have a valid one.
    let headed = if bytes.starts_with(b"time") {
        bytes.to_vec()
    } else {
        [header, bytes].concat()
    };
    let read =
        |bytes: &[u8]| SeriesReader::new(bytes).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let rows = match read(&headed) {
        Ok(rows) => rows,
        Err(error) => return placed(&error),
    };
    let mut samples = Samples::new(scenario);
    rows.iter()
        .for_each(|(tick, cells)| samples.add(*tick, cells));
    let summary = Summary::new("x", &samples, &[]);
    assert_eq!(summary.outage.is_some(), Outage::find(&samples).is_some());
    // The cells of a series with other regions do not fit this header.
    if !bytes.starts_with(b"time") {
        let mut again = Series::append(header.to_vec(), scenario);
        let added = rows
            .iter()
            .try_for_each(|(tick, cells)| again.add(*tick, cells));
        assert!(added.is_ok());
        assert_eq!(read(&again.into_inner()).ok(), Some(rows));
    }
}

/// A timeline.
pub fn timeline(bytes: &[u8]) {
    let events = match timeline::parse(bytes) {
        Ok(events) => events,
        Err(error) => return placed(&error),
    };
    let again = timeline::file(&events).map(|bytes| timeline::parse(&bytes));
    match again {
        Ok(Ok(again)) => assert_eq!(again, events),
        Ok(Err(error)) => panic!("{error}"),
        Err(failure) => panic!("{failure}"),
    }
    let scenario = small();
    let page = timeline::page(
        scenario,
        "none",
        None,
        (scenario.tick().since_1970(scenario.run.start), &events),
    );
    sentence(&page.lines().next().unwrap_or_default());
}
