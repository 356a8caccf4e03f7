//! Tests of comparisons: pairs, runs that never came back, and rare outages.

use std::collections::BTreeMap;

use super::*;
use crate::{
    experiment::{
        compare::{answer::CompareAnswer, ranking},
        stats::censored::MeanBound,
    },
    results::figures::Figures,
};

/// Runs of two variants, of 48 hours each, with one figure and its outage.
fn runs(figure: &str, values: &[Option<f64>]) -> BTreeMap<usize, Figures> {
    let run = |value: &Option<f64>| {
        let outage = match value {
            Some(0.0) => Some(0.0),
            Some(_) => Some(1.0),
            None => None,
        };
        Figures::from([
            ("outage.hours".to_owned(), outage),
            (
                "recovered".to_owned(),
                Some(f64::from(u8::from(value.is_some()))),
            ),
            ("longest_hours_below_90_percent".to_owned(), Some(20.0)),
            (figure.to_owned(), *value),
        ])
    };
    values.iter().map(run).enumerate().collect()
}

fn paired<'a>(figures: &'a BTreeMap<usize, Figures>) -> PairedRuns<'a> {
    PairedRuns {
        variants: &["as it is", "other"],
        replicates: figures.len() as u32 / 2,
        hours: 48.0,
        figures,
    }
}

fn answer(figures: &BTreeMap<usize, Figures>, id: FigureId) -> CompareAnswer {
    let paired = paired(figures);
    let variants = ranking::variants(paired, vec![Vec::new(); 2], &[false, false]);
    let rankings = ranking::rankings(paired, &[id]);
    CompareAnswer {
        runs: figures.len(),
        failed: 0,
        verdict: ranking::verdict(&rankings),
        rankings,
        notes: ranking::notes(&variants),
        variants,
        curves: None,
        lines: compare_figures(paired, &[id]),
    }
}

#[test]
fn differences_are_taken_pair_by_pair() {
    // Large differences between seeds, small ones within a pair.
    let values = [10.0, 20.0, 30.0, 25.0, 40.0, 11.0, 21.1, 30.9, 26.05, 41.02].map(Some);
    let runs = runs("hours_to_90_percent", &values);
    let answer = answer(&runs, FigureId::HoursTo90Percent);
    let difference = answer.lines[1].difference.unwrap();
    assert!((difference.value - 1.014).abs() < 1e-9);
    assert!(
        difference.low.unwrap() > 0.8 && difference.high.unwrap() < 1.2,
        "{difference:?}"
    );
    let ranking = &answer.rankings[0];
    assert_eq!((ranking.best.as_str(), ranking.decided), ("as it is", true));
    assert!(
        ranking.sentence.starts_with(
            "Best by time until 90 % were back: the scenario as it is with 25 h, against `other` \
             with 26 h 1 min; difference -1 h 1 min (95 % interval -1 h"
        ),
        "{}",
        ranking.sentence
    );
}

#[test]
fn a_run_that_never_came_back_makes_the_mean_a_lower_bound() {
    let values = [
        Some(10.0),
        Some(12.0),
        None,
        Some(11.0),
        Some(5.0),
        Some(6.0),
        Some(7.0),
        Some(8.0),
    ];
    let runs = runs("hours_to_90_percent", &values);
    let answer = answer(&runs, FigureId::HoursTo90Percent);
    let [today, other] = &answer.lines[..] else {
        panic!()
    };
    let mean = today.mean.unwrap();
    // The run shows 20 hours below 90 %.
    assert_eq!(
        (mean.value, mean.bound, mean.high),
        (13.25, MeanBound::AtLeast, None)
    );
    assert_eq!((today.never, other.never, other.pairs), (1, 0, 3));
    let difference = other.difference.unwrap();
    assert_eq!(
        (difference.bound, difference.low),
        (MeanBound::AtMost, None)
    );
    let text = answer.text();
    assert!(
        text.contains("at least 13.25") && text.contains("never in 1 of 4"),
        "{text}"
    );
    assert!(text.contains("1 of 4 runs never came back"), "{text}");
    assert!(text.contains("not over in 1 of 4"), "{text}");
}

#[test]
fn equal_pairs_have_an_interval_and_a_sentence() {
    let runs = runs("hours_below_50_percent", &[Some(0.0); 20]);
    let answer = answer(&runs, FigureId::HoursBelow50Percent);
    let difference = answer.lines[1].difference.unwrap();
    // Up to 31 % of the pairs can differ, by up to 48 hours.
    assert!(difference.low.unwrap() < -10.0 && difference.high.unwrap() > 10.0);
    let verdict = answer.verdict.unwrap();
    assert!(
        verdict.contains("the same in all of 10 pairs") && verdict.contains("26 %"),
        "{verdict}"
    );
    assert!(
        answer.notes[0].contains("In no run there was an outage"),
        "{:?}",
        answer.notes
    );
    let share = answer.variants[1].outage_share_difference.unwrap();
    assert!(share.low.unwrap() < -0.2 && share.high.unwrap() > 0.2);
}

#[test]
fn runs_without_an_outage_are_counted_and_intervals_are_possible() {
    let hours = [40.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0].map(Some);
    let runs = runs("hours_to_90_percent", &hours);
    let answer = answer(&runs, FigureId::HoursTo90Percent);
    let lines = &answer.lines;
    // The variant without an outage is the best one, not *never*.
    assert_eq!((lines[1].never, lines[1].mean.unwrap().value), (0, 0.0));
    assert_eq!((lines[0].no_outage, lines[1].no_outage), (Some(3), Some(4)));
    let mean = lines[0].mean.unwrap();
    assert!(
        mean.low.unwrap() >= 0.0 && mean.high.unwrap() <= 48.0,
        "{mean:?}"
    );
    let difference = lines[1].difference.unwrap();
    assert!(
        difference.low.unwrap() >= -48.0 && difference.high.unwrap() > 0.0,
        "{difference:?}"
    );
    assert!(answer.text().contains("no outage in 3 of 4"));
    assert_eq!(answer.rankings[0].best, "other");
    assert!(!answer.rankings[0].decided);
    assert_eq!(answer.variants[0].outages, 1);
}

#[test]
fn variants_that_rank_equal_have_one_rank_and_outages_that_are_not_over_rank_last() {
    let figures = runs(
        "hours_to_90_percent",
        &[Some(1.0), Some(1.0), Some(1.0), Some(1.0)],
    );
    let equal = answer(&figures, FigureId::HoursTo90Percent);
    let ranks: Vec<usize> = equal.rankings[0].order.iter().map(|one| one.rank).collect();
    assert_eq!(ranks, [1, 1]);
    // 20 hours are shown of the run that never came back, fewer than those of the other one.
    let figures = runs("hours_to_90_percent", &[None, Some(40.0)]);
    assert_eq!(
        answer(&figures, FigureId::HoursTo90Percent).rankings[0].best,
        "other"
    );
    assert!(answer(&figures, FigureId::NormPeak).rankings.is_empty());
}

#[test]
fn an_undecided_first_figure_is_followed_by_the_first_one_that_decides() {
    // Times that do not tell, and losses that do.
    let hours = [10.0, 30.0, 20.0, 22.0, 25.0, 15.0, 19.0, 27.0].map(Some);
    let lost = [900.0, 910.0, 905.0, 908.0, 300.0, 310.0, 306.0, 307.0].map(Some);
    let mut runs = runs("hours_to_90_percent", &hours);
    for (run, lost) in runs.values_mut().zip(lost) {
        run.insert("user_hours_lost".into(), lost);
    }
    let ids = [FigureId::HoursTo90Percent, FigureId::UserHoursLost];
    let rankings = ranking::rankings(paired(&runs), &ids);
    let verdict = ranking::verdict(&rankings).unwrap();
    assert!(
        verdict.starts_with("Not decided by time until 90 % were back: "),
        "{verdict}"
    );
    assert!(
        verdict.contains("contains zero: 4 pairs do not tell"),
        "{verdict}"
    );
    assert!(
        verdict.contains(
            "The first figure that is decided: user hours lost: `other` with 305.75 user h"
        ),
        "{verdict}"
    );
    let alone = ranking::verdict(&rankings[..1]).unwrap();
    assert!(alone.ends_with("do not tell which is better."), "{alone}");
    assert_eq!(ranking::verdict(&[]), None);
}
