//! Inputs of reports: summaries, answers, tables, and whole runs.

use std::path::Path;

use crate::{
    commands::run::report::page_of_answer,
    experiment::{storage::answer::AnswerFile, sweep::page::page_of_table},
    fuzzing::{
        assertions::{placed, sentence},
        seeds::{
            records::header,
            small::{manifest, small},
        },
    },
    report::run::run_data::RunData,
    results::{
        criteria::Criterion, error::BaselineError, expectations::parse_baseline,
        narrative::timeline,
    },
};

/// The most bytes of a page per byte of input, and in addition to those.
const PER_BYTE: usize = 600;
const BASE: usize = 2 << 20;

fn is_a_page(html: &str, bytes: &[u8]) {
    assert!(
        html.len() <= BASE + PER_BYTE * bytes.len(),
        "{}",
        html.len()
    );
    // No coordinate in a picture may be NaN or infinite.
    let odd = ["\"NaN\"", "\"inf\"", "\"-inf\""];
    assert!(odd.into_iter().all(|odd| !html.contains(odd)));
    assert_eq!(html.matches("<script>").count(), 1);
}

/// The summary of a run, as a baseline.
pub fn summary(bytes: &[u8]) {
    match parse_baseline(bytes) {
        Ok(figures) => {
            let criterion = Criterion::parse("user_hours_lost <= 1.1 * baseline", small());
            let holds = criterion.map(|one| one.holds(&figures, Some(&figures)));
            assert!(matches!(holds, Ok(Some(_))), "{figures:?}");
        }
        // JSON that is not a summary has no position to name.
        Err(error @ BaselineError::NotSummary(_)) => drop(sentence(&error.to_string())),
        Err(error @ BaselineError::Json(_)) => placed(&error.to_string()),
    }
}

/// Summary, timeline and series of a run, separated by a byte of 255: its report.
pub fn recording(bytes: &[u8]) {
    let mut parts = bytes.splitn(3, |byte| *byte == 0xFF);
    let mut part = || parts.next().unwrap_or_default();
    let (summary, events, series) = (part(), part(), part());
    let Ok(summary) = serde_json::from_slice(summary) else {
        return;
    };
    let events = timeline::parse(events).unwrap_or_default();
    let headed = [header(), series].concat();
    let scenario = small().clone();
    let manifest = manifest();
    match RunData::new(manifest, scenario, summary, events, headed.as_slice()) {
        Err(error) => placed(&error),
        Ok(run) => match crate::report::run::page::page(&run).html() {
            Ok(html) => is_a_page(&html, bytes),
            Err(failure) => panic!("{failure}"),
        },
    }
}

/// The answer of an experiment.
pub fn answer(bytes: &[u8]) {
    let answered = match AnswerFile::from_body(bytes) {
        Ok(answered) => answered,
        Err(error) => return placed(&error),
    };
    let value = serde_json::to_value(&answered).ok();
    let again = value
        .as_ref()
        .map(|value| AnswerFile::from_body(value.to_string().as_bytes()));
    let again = again.and_then(|again| serde_json::to_value(again.ok()?).ok());
    assert_eq!(again, value);
    match page_of_answer(&answered, Path::new("/nowhere")) {
        Ok(html) => is_a_page(&html, bytes),
        Err(failure) => drop(sentence(&failure)),
    }
}

/// The table of a sweep.
pub fn table(bytes: &[u8]) {
    match page_of_table(bytes) {
        Err(what) => placed(&what),
        Ok(page) => match page.html() {
            Ok(html) => is_a_page(&html, bytes),
            Err(failure) => panic!("{failure}"),
        },
    }
}
