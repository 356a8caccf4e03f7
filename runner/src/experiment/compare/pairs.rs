//! Figures of variants, compared pair by pair.
//!
//! A pair in which a figure is *never* has no difference, and is counted apart. A run without an
//! outage counts as an outage of 0 hours; such runs are counted too, because a mean over runs with
//! and without an outage describes neither. Intervals are cut at the possible values of a figure.

use std::collections::BTreeMap;

use crate::{
    experiment::{
        compare::answer::{ComparedFigure, Mean},
        stats::intervals::{Interval, mean},
    },
    results::{
        figures::{self, Figures},
        summary::FigureId,
    },
};

/// The runs of a comparison.
pub(crate) struct PairedRuns<'a> {
    /// Names of the variants; the others are compared with the first one.
    pub(crate) variants: &'a [&'a str],
    /// Runs of each variant.
    pub(crate) replicates: u32,
    /// Simulated time of each run, in hours.
    pub(crate) hours: f64,
    /// The figures of the runs that did not fail, by variant times `replicates` plus replicate.
    pub(crate) figures: &'a BTreeMap<usize, Figures>,
}

/// Compares figures.
pub(crate) fn compare_figures(runs: &PairedRuns<'_>, ids: &[FigureId]) -> Vec<ComparedFigure> {
    let (variants, reps, hours) = (runs.variants, runs.replicates, runs.hours);
    let runs = runs.figures;
    let mut lines = Vec::new();
    for id in ids.iter().copied() {
        let name = id.name();
        let (least, most) = figures::bounds(&name, hours);
        let interval = |values: &[f64], bounds| {
            let mean = mean(values).map(|mean| mean.within(bounds));
            mean.or_else(|| single(values)).map(Mean::from)
        };
        for (point, variant) in variants.iter().enumerate() {
            // `None` if the run failed, `Some(None)` if the figure is *never*.
            let of = |point: usize, replicate: u32| {
                let run = runs.get(&(point * reps as usize + replicate as usize))?;
                // A figure that a run does not have, such as one of an outage that did not
                // occur, counts as *never*.
                Some(figures::get(run, id).flatten())
            };
            let own: Vec<Option<f64>> = (0..reps).filter_map(|r| of(point, r)).collect();
            let values: Vec<f64> = own.iter().copied().flatten().collect();
            let differences: Vec<f64> = (0..reps)
                .filter_map(|r| Some(of(point, r)?? - of(0, r)??))
                .collect();
            lines.push(ComparedFigure {
                variant: (*variant).to_owned(),
                figure: name.clone().into_owned(),
                mean: interval(&values, (least, most)),
                never: (own.len() - values.len()) as u32,
                no_outage: figures::is_of_outage(&name).then(|| {
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

/// The mean of a single value, whose interval has no bounds.
fn single(values: &[f64]) -> Option<Interval> {
    let [value] = *values else { return None };
    Some(Interval {
        value,
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::compare::answer::CompareAnswer;

    /// One figure of two variants, over four runs of 48 hours each.
    fn compared(figures: &BTreeMap<usize, Figures>, id: FigureId) -> Vec<ComparedFigure> {
        let runs = PairedRuns {
            variants: &["as it is", "other"],
            replicates: 4,
            hours: 48.0,
            figures,
        };
        compare_figures(&runs, &[id])
    }

    fn text(lines: Vec<ComparedFigure>) -> String {
        let (runs, failed) = (8, 0);
        CompareAnswer {
            runs,
            failed,
            lines,
        }
        .text()
    }

    #[test]
    fn differences_are_taken_pair_by_pair_and_never_is_counted() {
        let run = |hours: Option<f64>| Figures::from([("hours_to_90_percent".to_owned(), hours)]);
        // Large differences between seeds, small ones within a pair; one pair has no difference.
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
        let lines = compared(&runs, FigureId::HoursTo90Percent);
        assert_eq!((lines[0].never, lines[1].never, lines[1].pairs), (1, 0, 3));
        let difference = lines[1].difference.unwrap();
        assert!((difference.value - 1.0).abs() < 1e-9);
        assert!(
            difference.low.unwrap() > 0.7 && difference.high.unwrap() < 1.3,
            "{difference:?}"
        );
        assert!(text(lines).contains("never in 1 of 4"));
    }

    #[test]
    fn runs_without_an_outage_are_counted_and_intervals_are_possible() {
        let run = |hours: f64| Figures::from([("outage.hours".to_owned(), Some(hours))]);
        let hours = [40.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let runs = hours.into_iter().map(run).enumerate().collect();
        let lines = compared(&runs, FigureId::OutageHours);
        // The variant without an outage is the best one, not *never*.
        assert_eq!((lines[1].never, lines[1].mean.unwrap().value), (0, 0.0));
        assert_eq!((lines[0].no_outage, lines[1].no_outage), (Some(3), Some(4)));
        let mean = lines[0].mean.unwrap();
        assert!(
            mean.low == Some(0.0) && mean.high.unwrap() <= 48.0,
            "{mean:?}"
        );
        let difference = lines[1].difference.unwrap();
        assert!(difference.low.unwrap() >= -48.0, "{difference:?}");
        assert!(text(lines).contains("no outage in 3 of 4"));
    }
}
