//! The differences between two runs.
//!
//! Program, scenario (key by key, with the seed), and the first sample in which their series
//! differ, with the columns that differ. `patchday diff` exits with 0 if the runs are equal, and
//! with 1 otherwise.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use patchday_agents::scenario::Scenario;
use serde::Serialize;

use crate::{
    host::{error::Failure, format::instant},
    store::{layout::SERIES, manifest::Manifest, series::SeriesReader},
};

/// The most columns and keys that are shown.
const MOST: usize = 12;

/// A property whose values differ between the runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Pair {
    what: String,
    one: String,
    other: String,
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
    program: Vec<Pair>,
    scenario: Vec<Pair>,
    digest: Option<Pair>,
    first_difference: Option<FirstDifference>,
    samples: (usize, usize),
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
    let (first_difference, samples) = first_difference_of(one, other, before.run.start.seconds())?;
    let pair = |what: &str, one: &str, other: &str| {
        (one != other).then(|| Pair {
            what: what.into(),
            one: one.into(),
            other: other.into(),
        })
    };
    let digest = |manifest: &Manifest| manifest.digest.clone().unwrap_or_else(|| "none".into());
    Ok(RunDifference {
        program: [
            pair("version", &a.version, &b.version),
            pair("commit", &a.git, &b.git),
        ]
        .into_iter()
        .flatten()
        .collect(),
        scenario: keys(&before, &after),
        digest: pair("digest", &digest(&a), &digest(&b)),
        same: a.digest == b.digest
            && a.digest.is_some()
            && first_difference.is_none()
            && samples.0 == samples.1,
        first_difference,
        samples,
    })
}

/// The keys in which two scenarios differ.
fn keys(one: &Scenario, other: &Scenario) -> Vec<Pair> {
    let lines = |scenario: &Scenario| -> Vec<(String, String)> {
        let text = crate::scenario::print::canonical(scenario);
        let mut section = String::new();
        let mut place = std::collections::BTreeMap::<String, usize>::new();
        let mut all = Vec::new();
        for line in text.lines() {
            if let Some(name) = line
                .strip_prefix("[[")
                .and_then(|rest| rest.strip_suffix("]]"))
            {
                let next = place.entry(name.to_owned()).or_default();
                section = format!("{name}.{next}");
                *next += 1;
            } else if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                name.clone_into(&mut section);
            } else if let Some((key, value)) = line.split_once(" = ") {
                all.push((format!("{section}.{key}"), value.to_owned()));
            }
        }
        all
    };
    let (one, other) = (lines(one), lines(other));
    let find = |lines: &[(String, String)], key: &str| {
        let found = lines.iter().find(|(known, _)| known == key);
        found.map_or_else(|| "absent".to_owned(), |(_, value)| value.clone())
    };
    let mut names: Vec<&String> = one.iter().chain(&other).map(|(key, _)| key).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|key| Pair {
            what: key.clone(),
            one: find(&one, key),
            other: find(&other, key),
        })
        .filter(|pair| pair.one != pair.other)
        .collect()
}

/// The first sample in which the series of two runs differ, and how many each has.
fn first_difference_of(
    one: &Path,
    other: &Path,
    start: i64,
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
                    time: instant(start + i64::from(tick)),
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
    let mut text = String::new();
    let mut list = |name: &str, pairs: &[Pair]| {
        for (place, pair) in pairs.iter().take(MOST).enumerate() {
            let name = if place == 0 { name } else { "" };
            text.push_str(&format!(
                "{name:<18}{}: {} | {}\n",
                pair.what, pair.one, pair.other
            ));
        }
        if pairs.len() > MOST {
            text.push_str(&format!("{:<18}and {} more\n", "", pairs.len() - MOST));
        }
    };
    list("program", &report.program);
    list("scenario", &report.scenario);
    list("state", report.digest.as_slice());
    if let Some(first) = &report.first_difference {
        list(&format!("tick {}", first.tick), &first.columns);
        text.push_str(&format!("first difference  {}\n", first.time));
    }
    if report.samples.0 != report.samples.1 {
        text.push_str(&format!(
            "{:<18}{} | {}\n",
            "samples", report.samples.0, report.samples.1
        ));
    }
    text.push_str(if report.same {
        "the runs are equal\n"
    } else {
        "the runs differ\n"
    });
    text
}
