//! The differences between two runs.
//!
//! First the outcome of both side by side, then every key of the scenario that differs, grouped by
//! section, then the first sample in which their series differ, with the columns that differ.
//! `patchday diff` exits with 0 if the runs are equal, and with 1 otherwise. Lines for people have at
//! most 80 columns.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use patchday_agents::scenario::Scenario;
use serde::Serialize;

use crate::{
    host::{
        error::Failure,
        format::{duration, instant, short},
        limited_read,
    },
    results::{
        figures,
        summary::{Figure, FigureId, Summary},
    },
    store::{
        layout::{SERIES, SUMMARY},
        manifest::Manifest,
        series::SeriesReader,
    },
};

/// The most columns of the first difference that are shown.
const MOST: usize = 12;
/// The widths of a label and of a value, in characters.
const LABEL: usize = 30;
const VALUE: usize = 24;

/// The figures of the outcome, each with a label.
const OUTCOME: [(FigureId, &str); 6] = [
    (FigureId::OutageHours, "outage"),
    (FigureId::OnlineShareMin, "lowest share online"),
    (FigureId::HoursTo50Percent, "back at 50 % of the norm"),
    (FigureId::HoursTo90Percent, "back at 90 % of the norm"),
    (FigureId::UserHoursLost, "user hours lost"),
    (FigureId::RetryAmplification, "tries per success"),
];

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
    /// The outcome of both, equal or not, in words; empty if one of them has no summary.
    outcome: Vec<Pair>,
    /// The figures that differ.
    figures: Vec<Pair>,
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
    let summaries = summary(one).zip(summary(other));
    let outcome = summaries.as_ref().map(|(one, other)| outcome(one, other));
    let differing = summaries.as_ref().map(|(one, other)| {
        let text = |id: FigureId, summary: &Summary| id.read(summary).map(figures::text);
        let named = |id: FigureId| {
            let absent = || "absent".to_owned();
            let one = text(id, one).unwrap_or_else(absent);
            pair(&id.name(), &one, &text(id, other).unwrap_or_else(absent))
        };
        FigureId::all().filter_map(named).collect()
    });
    let digest = |manifest: &Manifest| manifest.digest.clone().unwrap_or_else(|| "none".into());
    Ok(RunDifference {
        outcome: outcome.unwrap_or_default(),
        figures: differing.unwrap_or_default(),
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

/// The summary of a run, if it has one of this version.
fn summary(run: &Path) -> Option<Summary> {
    let bytes = limited_read::whole(&run.join(SUMMARY), limited_read::SUMMARY).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The outcome of two runs, in words.
fn outcome(one: &Summary, other: &Summary) -> Vec<Pair> {
    let pair = |(id, label): &(FigureId, &str)| Pair {
        what: (*label).to_owned(),
        one: words(*id, one),
        other: words(*id, other),
    };
    OUTCOME.iter().map(pair).collect()
}

/// A figure of the outcome in words.
fn words(id: FigureId, summary: &Summary) -> String {
    let unknown = summary.recovered.is_none();
    let value = |figure: Figure| match (id, figure) {
        _ if unknown => "unknown".to_owned(),
        (FigureId::OutageHours, None) => "not over at the end".to_owned(),
        (_, None) => "never".to_owned(),
        (FigureId::OutageHours, Some(0.0)) => "none".to_owned(),
        (FigureId::HoursTo50Percent | FigureId::HoursTo90Percent, Some(0.0)) => "no drop".into(),
        (FigureId::OnlineShareMin, Some(share)) => format!("{:.1} %", share * 100.0),
        (FigureId::UserHoursLost, Some(lost)) => short(lost),
        (FigureId::RetryAmplification, Some(tries)) => format!("{tries:.2}"),
        (_, Some(hours)) => duration(hours * 3_600.0),
    };
    id.read(summary).map_or_else(|| "unknown".to_owned(), value)
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
    let mut lines = Vec::new();
    if !report.outcome.is_empty() {
        lines.push(row("outcome", "first run", "second run"));
        lines.extend(
            report
                .outcome
                .iter()
                .flat_map(|pair| rows(&pair.what, pair)),
        );
    }
    let heading = |lines: &mut Vec<String>, name: &str, pairs: &[Pair]| {
        if !pairs.is_empty() {
            lines.extend([String::new(), name.to_owned()]);
        }
    };
    heading(&mut lines, "scenario", &report.scenario);
    let mut section = "";
    for pair in &report.scenario {
        let (group, key) = pair.what.rsplit_once('.').unwrap_or(("", &pair.what));
        if group != section {
            section = group;
            lines.push(cut(&format!("  {group}"), LABEL + 2 * VALUE));
        }
        lines.extend(rows(&format!("    {key}"), pair));
    }
    heading(&mut lines, "program", &report.program);
    for pair in &report.program {
        lines.extend(rows(&format!("  {}", pair.what), pair));
    }
    if let Some(first) = &report.first_difference {
        let what = format!("first difference: {} (tick {})", first.time, first.tick);
        lines.extend([String::new(), what]);
        for pair in first.columns.iter().take(MOST) {
            lines.extend(rows(&format!("  {}", pair.what), pair));
        }
        if let more @ 1.. = first.columns.len().saturating_sub(MOST) {
            lines.push(format!("  and {more} more columns"));
        }
    }
    lines.push(String::new());
    let (one, other) = report.samples;
    if one != other {
        lines.push(row("samples", &one.to_string(), &other.to_string()));
    }
    if let Some(digest) = &report.digest {
        lines.extend(rows("digest", digest));
    }
    let verdict = if report.same { "equal" } else { "different" };
    lines.push(format!("the runs are {verdict}"));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A label and two values in one line.
fn row(label: &str, one: &str, other: &str) -> String {
    let line = format!("{label:<LABEL$}{one:<VALUE$}{other}");
    line.trim_end().to_owned()
}

/// A label and two values, in one line if they fit, otherwise a line each.
fn rows(label: &str, Pair { one, other, .. }: &Pair) -> Vec<String> {
    let fits = |text: &str, width: usize| text.chars().count() < width;
    if fits(label, LABEL) && fits(one, VALUE) && fits(other, VALUE) {
        return vec![row(label, one, other)];
    }
    let indent = label.chars().take_while(|letter| *letter == ' ').count() + 2;
    let value = |name: &str, text: &str| {
        let line = format!("{:indent$}{name:<8}{text}", "");
        cut(&line, LABEL + 2 * VALUE)
    };
    vec![
        cut(label, LABEL + 2 * VALUE),
        value("first", one),
        value("second", other),
    ]
}

/// A text, shortened to a width.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept = text.chars().take(width - 3);
    kept.chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::samples::tests::hourly;

    fn pair(what: &str, one: &str, other: &str) -> Pair {
        Pair {
            what: what.into(),
            one: one.into(),
            other: other.into(),
        }
    }

    #[test]
    fn the_outcome_is_first_then_keys_by_section_then_the_first_difference() {
        let summary = |online: &[u64]| Summary::new("t", &hourly(online), &[]);
        let down = summary(&[1_000, 100, 100, 100, 1_000]);
        let report = RunDifference {
            same: false,
            outcome: outcome(&down, &summary(&[1_000, 100, 100])),
            figures: Vec::new(),
            program: Vec::new(),
            scenario: vec![
                pair("run.title", &"x".repeat(90), "short"),
                pair("servers.login.queue", "\"10m\"", "\"5s\""),
                pair("servers.login.rate", "\"20000/s\"", "\"10/s\""),
            ],
            digest: Some(pair("digest", "00", "ff")),
            first_difference: Some(FirstDifference {
                time: "2007-08-14T00:01:00Z".into(),
                tick: 60,
                columns: vec![pair("online", "1", "2")],
            }),
            samples: (3, 3),
        };
        let text = text(&report);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() < 80), "{text}");
        assert_eq!(lines[0], row("outcome", "first run", "second run"));
        assert_eq!(lines[1], row("outage", "3 h", "not over at the end"));
        let at = |part: &str| {
            let found = lines.iter().position(|line| line.contains(part));
            found.unwrap_or_else(|| panic!("{part}: {text}"))
        };
        let order = [
            "user hours lost",
            "  servers.login",
            "    queue",
            "    rate",
            "first difference: 2007-08-14T00:01:00Z (tick 60)",
            "  online",
            "digest",
            "the runs are different",
        ];
        let places: Vec<usize> = order.iter().map(|part| at(part)).collect();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{text}");
    }
}
