//! The differences between two runs.
//!
//! First the outcomes side by side, then what differs in program and scenario (every key, by
//! section), then the first sample in which the series differ, with the columns that differ.
//! `patchday diff` exits with 0 if the runs are equal, and with 1 otherwise. The text fits 80
//! columns except for long names; it cuts long values, and the JSON has them whole.

use std::{
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use patchday_agents::scenario::Scenario;
use serde::Serialize;

use crate::{
    host::{
        error::Failure,
        escape,
        text::text_table::{left, right, text_table},
    },
    results::{
        figures::{Figures, figures},
        summary::Summary,
    },
    run::verification::outcomes::{self, OutcomePair},
    scenario::print::{KeyDifference, differences, root},
    store::{
        layout::{SERIES, SUMMARY},
        manifest::{Manifest, time_of},
        series::SeriesReader,
    },
};

/// The most columns of the series that are shown.
const MOST: usize = 12;

/// The width of a line, in characters.
const WIDTH: usize = 80;

/// A property whose values differ between the runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Pair {
    what: String,
    one: String,
    other: String,
}

impl Pair {
    /// The pair, if its values differ.
    fn of(what: &str, one: impl ToString, other: impl ToString) -> Option<Self> {
        let (what, one, other) = (what.to_owned(), one.to_string(), other.to_string());
        (one != other).then_some(Self { what, one, other })
    }
}

impl From<KeyDifference> for Pair {
    fn from(KeyDifference { key, one, other }: KeyDifference) -> Self {
        let value = |value: Option<String>| value.unwrap_or_else(|| "absent".to_owned());
        Self {
            what: key,
            one: value(one),
            other: value(other),
        }
    }
}

/// The first sample in which two series differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct FirstDifference {
    time: String,
    tick: u32,
    columns: Vec<Pair>,
}

/// The comparison of two runs.
#[derive(Debug, Serialize)]
pub(crate) struct RunDifference {
    pub(crate) same: bool,
    runs: (PathBuf, PathBuf),
    /// The outcomes; empty if the summary of a run cannot be read.
    outcome: Vec<OutcomePair>,
    program: Vec<Pair>,
    scenario: Vec<Pair>,
    first_difference: Option<FirstDifference>,
    samples: (usize, usize),
    digest: Option<Pair>,
}

/// Compares the runs of two directories.
///
/// # Errors
/// Returns an error if one of the runs cannot be read.
pub(crate) fn diff(one: &Path, other: &Path) -> Result<RunDifference, Failure> {
    let (a, b) = (Manifest::read(one)?, Manifest::read(other)?);
    let (before, after) = (a.scenario(one)?, b.scenario(other)?);
    a.check_file(one, SERIES)?;
    b.check_file(other, SERIES)?;
    let (first_difference, samples) = first_difference_of(one, other, &before)?;
    let digest = |manifest: &Manifest| manifest.digest.clone().unwrap_or_else(|| "none".into());
    let outcome = match (figures_of(one), figures_of(other)) {
        (Some(one), Some(other)) => outcomes::pairs(&one, &other),
        _ => Vec::new(),
    };
    let program = [
        Pair::of("version", &a.version, &b.version),
        Pair::of("commit", &a.git, &b.git),
        Pair::of("scale", a.scale, b.scale),
        Pair::of("ended", &a.ended, &b.ended),
    ];
    let keys = differences(&before, &after);
    Ok(RunDifference {
        runs: (one.to_owned(), other.to_owned()),
        outcome,
        program: program.into_iter().flatten().collect(),
        scenario: keys.into_iter().map(Pair::from).collect(),
        digest: Pair::of("digest", digest(&a), digest(&b)),
        same: a.digest == b.digest
            && a.digest.is_some()
            && first_difference.is_none()
            && samples.0 == samples.1,
        first_difference,
        samples,
    })
}

/// The figures of a run; `None` if its summary is missing or of another version.
fn figures_of(run: &Path) -> Option<Figures> {
    let summary = fs::read(run.join(SUMMARY)).ok()?;
    let summary: Summary = serde_json::from_slice(&summary).ok()?;
    Some(figures(&summary))
}

/// The first sample in which the series of two runs differ, and how many each has.
fn first_difference_of(
    one: &Path,
    other: &Path,
    before: &Scenario,
) -> Result<(Option<FirstDifference>, (usize, usize)), Failure> {
    let open = |run: &Path| {
        let path = run.join(SERIES);
        let rows = || -> io::Result<_> { SeriesReader::new(BufReader::new(File::open(&path)?)) };
        rows().map_err(Failure::file("read", &path))
    };
    let (mut a, mut b) = (open(one)?, open(other)?);
    let names = a.names.clone();
    let (mut found, mut counts) = (None, (0, 0));
    loop {
        let pair = (a.next().transpose(), b.next().transpose());
        let (x, y) = (
            pair.0.map_err(Failure::file("read", one))?,
            pair.1.map_err(Failure::file("read", other))?,
        );
        counts.0 += usize::from(x.is_some());
        counts.1 += usize::from(y.is_some());
        match (x, y) {
            (None, None) => return Ok((found, counts)),
            (Some((tick, x)), Some((other_tick, y)))
                if found.is_none() && (tick, &x) != (other_tick, &y) =>
            {
                let columns = names
                    .iter()
                    .zip(x.iter().zip(&y))
                    .filter(|(_, (x, y))| x != y)
                    .map(|(column, (x, y))| Pair {
                        what: column.clone(),
                        one: x.to_string(),
                        other: y.to_string(),
                    });
                found = Some(FirstDifference {
                    time: time_of(before, tick),
                    tick,
                    columns: columns.collect(),
                });
            }
            _ => {}
        }
    }
}

/// The differences as lines for people.
pub(crate) fn text(report: &RunDifference) -> String {
    let path = |run: &Path| escape::line(&run.display().to_string());
    let mut text = format!(
        "one    {}\nother  {}\n\n",
        path(&report.runs.0),
        path(&report.runs.1)
    );
    text += &outcome(report);
    section(&mut text, "program", &report.program);
    text.push_str(&keys(&report.scenario));
    if let Some(first) = &report.first_difference {
        let name = format!("first difference  {}, tick {}", first.time, first.tick);
        let shown = first.columns.len().min(MOST);
        section(&mut text, &name, &first.columns[..shown]);
        if first.columns.len() > shown {
            text += &format!("  and {} more columns\n", first.columns.len() - shown);
        }
    }
    let samples = Pair::of("samples", report.samples.0, report.samples.1);
    let ends: Vec<Pair> = samples.into_iter().chain(report.digest.clone()).collect();
    section(&mut text, "length and final state", &ends);
    text.push_str(if report.same {
        "\nthe runs are equal\n"
    } else {
        "\nthe runs differ\n"
    });
    text
}

/// The outcomes as a table.
fn outcome(report: &RunDifference) -> String {
    if report.outcome.is_empty() {
        return "outcome: unknown, a summary is missing or of another version\n".into();
    }
    let columns = [
        left("outcome"),
        right("one"),
        right("other"),
        right("difference"),
    ];
    text_table(&columns, report.outcome.iter().map(OutcomePair::cells))
}

/// Every key of the scenario that differs, by section.
fn keys(pairs: &[Pair]) -> String {
    let mut text = match pairs.len() {
        0 => return "\nscenario: every key has the same value\n".into(),
        1 => "\nscenario: 1 key differs\n".to_owned(),
        count => format!("\nscenario: {count} keys differ\n"),
    };
    let mut last = None;
    for pair in pairs {
        let section = root(&pair.what);
        if last.replace(section) != Some(section) {
            text += &format!("[{section}]\n");
        }
        text += &line(&pair.what, pair);
    }
    text
}

/// A heading and a line for each pair; nothing without pairs.
fn section(text: &mut String, name: &str, pairs: &[Pair]) {
    if !pairs.is_empty() {
        *text += &format!("\n{name}\n");
        text.extend(pairs.iter().map(|pair| line(&pair.what, pair)));
    }
}

/// A pair in one line, or in three if that would be too long.
fn line(what: &str, pair: &Pair) -> String {
    let (one, other) = (escape::line(&pair.one), escape::line(&pair.other));
    let line = format!("  {what}: {one} | {other}");
    if line.chars().count() <= WIDTH {
        return line + "\n";
    }
    format!("  {what}:\n    {}\n  | {}\n", cut(&one), cut(&other))
}

/// A value, shortened to the width of a line with its indent of 4.
fn cut(value: &str) -> String {
    let width = WIDTH - 4;
    if value.chars().count() <= width {
        return value.to_owned();
    }
    let kept = value.chars().take(width - 3);
    kept.chain("...".chars()).collect()
}
