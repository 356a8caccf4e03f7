//! Variants compared pair by pair: the figures of their runs, and how they are told.
//!
//! *Never* is a value of its own: a pair in which it occurs has no difference, and how often it
//! does is told beside. Runs without an outage count as times of 0; how many those are is told,
//! too, as a mean over both kinds of runs is that of neither. Intervals end where a figure can
//! go no further.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    experiment::stats::intervals::{Interval, mean},
    host::{
        format::short,
        text_table::{left, right, text_table},
    },
    results::figures::{self, Figures},
};

/// One figure of one variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Line {
    variant: String,
    figure: String,
    /// Its mean over the replicates in which it has a value.
    mean: Option<Interval>,
    /// In how many replicates it never came.
    never: u32,
    /// In how many it is 0 because there was no outage; null of a figure that is not of one.
    no_outage: Option<u32>,
    /// Its difference to the first variant, over the pairs in which both have a value.
    difference: Option<Interval>,
    pairs: u32,
    replicates: u32,
    /// The differences, pair by pair.
    differences: Vec<f64>,
}

/// Every figure of every variant over so many replicates, of runs of so many hours; the first
/// variant is what the others are compared with.
pub(crate) fn lines(
    variants: &[&str],
    names: &[String],
    (reps, hours): (u32, f64),
    runs: &BTreeMap<usize, Figures>,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for name in names {
        let (least, most) = figures::bounds(name, hours);
        let interval = |values: &[f64], bounds| {
            let mean = mean(values).map(|mean| mean.within(bounds));
            mean.or_else(|| single(values))
        };
        for (point, variant) in variants.iter().enumerate() {
            // None: the run failed. Some(None): never.
            let of = |point: usize, replicate: u32| {
                let run = runs.get(&(point * reps as usize + replicate as usize))?;
                // A figure that a run does not have, as those of an outage that was none,
                // is one that never came.
                Some(run.get(name).copied().flatten())
            };
            let own: Vec<Option<f64>> = (0..reps).filter_map(|r| of(point, r)).collect();
            let values: Vec<f64> = own.iter().copied().flatten().collect();
            let differences: Vec<f64> = (0..reps)
                .filter_map(|r| Some(of(point, r)?? - of(0, r)??))
                .collect();
            lines.push(Line {
                variant: (*variant).to_owned(),
                figure: name.clone(),
                mean: interval(&values, (least, most)),
                never: (own.len() - values.len()) as u32,
                no_outage: figures::is_of_outage(name).then(|| {
                    let run = |r: u32| runs.get(&(point * reps as usize + r as usize));
                    let all = (0..reps).filter_map(run);
                    all.filter(|run| figures::has_no_outage(run)).count() as u32
                }),
                difference: (point > 0)
                    .then(|| interval(&differences, (least - most, most - least)))
                    .flatten(),
                pairs: differences.len() as u32,
                replicates: own.len() as u32,
                differences: match point {
                    0 => Vec::new(),
                    _ => differences,
                },
            });
        }
    }
    lines
}

/// One value alone has no interval.
fn single(values: &[f64]) -> Option<Interval> {
    let [value] = *values else { return None };
    Some(Interval {
        value,
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    })
}

fn figure(value: f64) -> String {
    match value {
        v if v.is_infinite() => "?".into(),
        v if v != 0.0 && v.abs() < 0.01 => format!("{v:.4}"),
        v if v.abs() < 1_000.0 => format!("{v:.2}"),
        v if v < 0.0 => format!("-{}", short(-v)),
        v => short(v),
    }
}

/// The comparison as tables for the terminal, one for each figure.
pub(crate) fn text(lines: &[Line]) -> String {
    let columns = [
        left("  variant"),
        right("mean"),
        right("95 % interval"),
        right("difference"),
        right("95 % interval"),
        left(""),
    ];
    let tables = lines.chunk_by(|line, next| line.figure == next.figure);
    let tables = tables.map(|lines| {
        let rows = text_table(&columns, lines.iter().map(row));
        format!("{}\n{rows}", lines[0].figure)
    });
    tables.collect::<Vec<String>>().join("\n")
}

fn row(line: &Line) -> Vec<String> {
    let parts = |of: &Option<Interval>| match of {
        Some(of) => (
            figure(of.value),
            format!("{} .. {}", figure(of.low), figure(of.high)),
        ),
        None => (String::new(), String::new()),
    };
    let (mean, about_mean) = parts(&line.mean);
    let mean = match line.mean {
        None => "never".into(),
        Some(_) => mean,
    };
    let (difference, about_difference) = parts(&line.difference);
    let mut remarks = Vec::new();
    if line.never > 0 {
        remarks.push(format!("never in {} of {}", line.never, line.replicates));
    }
    if let Some(calm) = line.no_outage.filter(|calm| *calm > 0) {
        remarks.push(format!("no outage in {calm} of {}", line.replicates));
    }
    vec![
        format!("  {}", line.variant),
        mean,
        about_mean,
        difference,
        about_difference,
        remarks.join("  "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_taken_pair_by_pair_and_never_is_counted() {
        let variants = ["as it is", "other"];
        let run = |hours: Option<f64>| Figures::from([("h".to_owned(), hours)]);
        // Large differences between seeds, small ones within a pair; one pair has none.
        let runs = [
            Some(10.0),
            Some(20.0),
            Some(30.0),
            None,
            Some(11.0),
            Some(21.1),
            Some(30.9),
            Some(5.0),
        ];
        let runs = runs.into_iter().map(run).enumerate().collect();
        let lines = lines(&variants, &["h".to_owned()], (4, 48.0), &runs);
        assert_eq!((lines[0].never, lines[1].never, lines[1].pairs), (1, 0, 3));
        let difference = lines[1].difference.unwrap();
        assert!((difference.value - 1.0).abs() < 1e-9);
        assert!(
            difference.low > 0.7 && difference.high < 1.3,
            "{difference:?}"
        );
        assert!(text(&lines).contains("never in 1 of 4"));
    }

    #[test]
    fn runs_without_an_outage_are_counted_and_intervals_are_possible() {
        let variants = ["as it is", "other"];
        let run = |hours: f64| Figures::from([("outage.hours".to_owned(), Some(hours))]);
        let hours = [40.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let runs = hours.into_iter().map(run).enumerate().collect();
        let lines = lines(&variants, &["outage.hours".to_owned()], (4, 48.0), &runs);
        // The healthy variant is the best and not one that never came.
        assert_eq!((lines[1].never, lines[1].mean.unwrap().value), (0, 0.0));
        assert_eq!((lines[0].no_outage, lines[1].no_outage), (Some(3), Some(4)));
        let mean = lines[0].mean.unwrap();
        assert!(mean.low == 0.0 && mean.high <= 48.0, "{mean:?}");
        let difference = lines[1].difference.unwrap();
        assert!(difference.low >= -48.0, "{difference:?}");
        assert!(text(&lines).contains("no outage in 3 of 4"));
    }
}
