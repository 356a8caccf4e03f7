//! The curves of the variants over each other: one run of each, with a common seed, and the quantiles
//! over all replicates of each.
//!
//! All lines have the same times. They show the incidents of all variants, and at most some 300
//! samples: of each interval those with the lowest and the highest share of any variant.

use std::collections::BTreeMap;

use patchday_agents::scenario::quantity::TickLength;

use crate::{
    experiment::{
        compare::answer::{CompareAnswer, Ranking, VariantCurve, VariantCurves},
        stats::quantiles::band,
    },
    host::format::rounded,
    report::{
        chart::{
            curves::{ChartBand, ChartLine},
            time_frame::TimeFrame,
            time_series::{ChartStyle, TimeSeries},
        },
        html::{page::Section, viewport::Viewport},
        run::incident,
    },
    results::curve::Curve,
};

/// The number of intervals, of which two samples each are kept.
const INTERVALS: usize = 150;
/// The line styles; variants beyond these are not drawn.
const STYLES: [&str; 6] = ["l0", "l1", "l2", "l3", "l4", "l5"];
/// The styles of the areas of as many variants as have areas.
const AREAS: [&str; 4] = ["b0", "b1", "b2", "b3"];

/// The curves of variants whose run with the common seed did not fail, in their order; `None` if there
/// is none. `runs` are those runs, `replicates` all runs of each variant.
pub(crate) fn curves(
    variants: &[&str],
    runs: &BTreeMap<usize, Curve>,
    replicates: &BTreeMap<usize, Vec<Curve>>,
    seed: u64,
) -> Option<VariantCurves> {
    let first = runs.values().next()?;
    let same = runs.iter().filter(|(_, run)| run.times == first.times);
    let same: Vec<(usize, &Curve)> = same.map(|(variant, run)| (*variant, run)).collect();
    let all: Vec<(&str, &Curve)> = same
        .iter()
        .filter_map(|(variant, run)| Some((*variants.get(*variant)?, *run)))
        .collect();
    let (start, end) = (first.start, first.times.last().copied()?);
    let incidents = all.iter().filter_map(|(_, run)| run.incident);
    let both = incidents.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    let window = both
        .and_then(|both| incident::around(both, (start, end), &first.times, TickLength::SECOND));
    let (from, to) = window.unwrap_or((start, end));
    let kept = kept(&all, (from, to));
    let at = |index: &usize| first.times.get(*index).copied();
    let share = |run: &Curve, index: &usize| {
        let share = run.shares.get(*index).copied().map_or(0.0, f64::from);
        rounded(share, 4)
    };
    let quantiles = |variant: usize| -> Vec<[f64; 5]> {
        let runs = replicates.get(&variant).map_or(&[][..], Vec::as_slice);
        let of_all = runs.iter().filter(|run| run.times == first.times);
        let of_all: Vec<&Curve> = of_all.collect();
        if of_all.len() < 2 {
            return Vec::new();
        }
        let at = |index: &usize| {
            let mut shares: Vec<f64> = of_all.iter().map(|run| share(run, index)).collect();
            band(&mut shares)
                .unwrap_or_default()
                .map(|one| rounded(one, 4))
        };
        kept.iter().map(at).collect()
    };
    Some(VariantCurves {
        seed,
        start: from,
        times: kept.iter().filter_map(at).collect(),
        lines: same
            .iter()
            .zip(&all)
            .map(|((number, _), (variant, run))| VariantCurve {
                variant: (*variant).to_owned(),
                online_share: kept.iter().map(|index| share(run, index)).collect(),
                quantiles: quantiles(*number),
            })
            .collect(),
    })
}

/// The indexes of the samples within a window that are kept.
fn kept(all: &[(&str, &Curve)], (from, to): (i64, i64)) -> Vec<usize> {
    let Some((_, first)) = all.first() else {
        return Vec::new();
    };
    let begin = first.times.partition_point(|time| *time < from);
    let end = first.times.partition_point(|time| *time <= to);
    if end - begin <= 2 * INTERVALS {
        return (begin..end).collect();
    }
    let shares = |index: usize| {
        let runs = all.iter();
        runs.filter_map(move |(_, run)| run.shares.get(index).copied())
    };
    let edge = |interval: usize| begin + (end - begin) * interval / INTERVALS;
    let mut kept = vec![begin, end - 1];
    for interval in 0..INTERVALS {
        let samples = edge(interval)..edge(interval + 1);
        let lowest = |index: &usize| shares(*index).fold(f32::INFINITY, f32::min);
        let highest = |index: &usize| shares(*index).fold(f32::NEG_INFINITY, f32::max);
        let by_lowest = |one: &usize, other: &usize| lowest(one).total_cmp(&lowest(other));
        let by_highest = |one: &usize, other: &usize| highest(one).total_cmp(&highest(other));
        kept.extend(samples.clone().min_by(by_lowest));
        kept.extend(samples.max_by(by_highest));
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// The section with the curves; `None` if the answer has none.
pub(crate) fn section(of: &CompareAnswer) -> Option<Section> {
    let curves = of.curves.as_ref()?;
    let shown = shown(curves, of.rankings.first());
    let mut caption = format!(
        "Users online as a share of the norm, one run of each variant with the common seed {}.",
        curves.seed
    );
    if !areas(&shown).is_empty() {
        caption.push_str(
            " The areas are the middle halves of all runs of a variant at each time (the quantiles are \
             in answer.json).",
        );
    }
    let hidden = curves.lines.len() - shown.len();
    if hidden > 0 {
        caption.push_str(&format!(
            " The scenario as it is and the best variants are shown, {hidden} are not."
        ));
    }
    let draw = |viewport| picture(curves, &shown, viewport);
    Some(Section::new("curves", "The variants over time").picture(draw, caption))
}

/// The lines that are drawn: all or, if there are more than styles, the first and the best ones.
fn shown<'a>(curves: &'a VariantCurves, ranking: Option<&Ranking>) -> Vec<&'a VariantCurve> {
    let rank = |line: &VariantCurve| {
        let order = ranking.map_or(&[][..], |ranking| &ranking.order);
        let place = order.iter().position(|one| one.variant == line.variant);
        place.unwrap_or(order.len())
    };
    let mut places: Vec<usize> = (1..curves.lines.len()).collect();
    places.sort_by_key(|place| rank(&curves.lines[*place]));
    places.truncate(STYLES.len() - 1);
    places.push(0);
    places.sort_unstable();
    let lines = places.into_iter();
    lines.filter_map(|place| curves.lines.get(place)).collect()
}

/// The middle half of the runs of each variant, unless they would be too many over each other.
fn areas(shown: &[&VariantCurve]) -> Vec<ChartBand> {
    if shown.len() > AREAS.len() {
        return Vec::new();
    }
    let with_runs = shown.iter().zip(AREAS);
    let with_runs = with_runs.filter(|(line, _)| !line.quantiles.is_empty());
    let edge = |line: &VariantCurve, place: usize| -> Vec<f64> {
        let quantiles = line.quantiles.iter();
        quantiles
            .map(|quantiles| quantiles[place] * 100.0)
            .collect()
    };
    with_runs
        .map(|(line, class)| ChartBand {
            class,
            low: edge(line, 1),
            high: edge(line, 3),
        })
        .collect()
}

fn picture(curves: &VariantCurves, shown: &[&VariantCurve], viewport: Viewport) -> String {
    let frame = TimeFrame {
        tick: TickLength::SECOND,
        times: &curves.times,
        start: curves.start,
        outages: Vec::new(),
        marks: Vec::new(),
    };
    let lines = shown.iter().zip(STYLES).map(|(line, class)| ChartLine {
        name: match line.variant.as_str() {
            "as it is" => "the scenario as it is",
            name => name,
        },
        class,
        values: line
            .online_share
            .iter()
            .map(|share| share * 100.0)
            .collect(),
    });
    let chart = TimeSeries {
        id: "curves-picture",
        title: "Users online in each variant",
        unit: "% of the norm",
        style: ChartStyle::Lines,
        height: 300.0,
        lines: lines.collect(),
        dots: Vec::new(),
        dot_names: Vec::new(),
        numbered: false,
        follows_pointer: true,
        description: None,
    };
    chart.draw_over(&areas(shown), &frame, viewport)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    /// Seven days of minutes at 1, with a dip to `low` for so many minutes on the third day.
    fn week(low: f32, minutes: usize) -> Curve {
        let times: Vec<i64> = (1..=7 * DAY / 60).map(|minute| minute * 60).collect();
        let mut shares = vec![1.0; times.len()];
        let begin = (2 * DAY / 60) as usize;
        shares[begin..begin + minutes].fill(low);
        let incident = Some((times[begin], times[begin + minutes]));
        Curve {
            start: 0,
            times,
            shares,
            incident,
        }
    }

    #[test]
    fn each_variant_has_a_line_around_the_incidents_of_all() {
        let runs = BTreeMap::from([(0, week(0.1, 1_200)), (1, week(0.4, 30)), (2, week(0.7, 2))]);
        let replicates = BTreeMap::from([(1, vec![week(0.4, 30), week(0.2, 30), week(0.3, 30)])]);
        let curves = curves(&["as it is", "b", "c"], &runs, &replicates, 7).unwrap();
        assert!(curves.lines[0].quantiles.is_empty());
        let quantiles = &curves.lines[1].quantiles;
        assert_eq!(quantiles.len(), curves.times.len());
        assert!(quantiles.contains(&[0.21, 0.25, 0.3, 0.35, 0.39]));
        let names: Vec<&str> = curves
            .lines
            .iter()
            .map(|line| line.variant.as_str())
            .collect();
        assert_eq!(names, ["as it is", "b", "c"]);
        assert!(curves.start > DAY && *curves.times.last().unwrap() < 4 * DAY);
        assert!(
            (200..=302).contains(&curves.times.len()),
            "{}",
            curves.times.len()
        );
        for (line, low) in curves.lines.iter().zip([0.1, 0.4]) {
            assert_eq!(line.online_share.len(), curves.times.len());
            let least = line.online_share.iter().copied().fold(1.0, f64::min);
            assert!((least - low).abs() < 1e-9, "{}: {least}", line.variant);
        }
        let all: Vec<&VariantCurve> = curves.lines.iter().collect();
        for viewport in Viewport::BOTH {
            let svg = picture(&curves, &all, viewport);
            for part in [
                "the scenario as it is",
                "class=\"l0\"",
                "class=\"l1\"",
                "class=\"l2\"",
                "<path class=\"b1\"",
            ] {
                assert!(svg.contains(part), "{part} is missing: {svg}");
            }
        }
    }

    #[test]
    fn failed_runs_have_no_line_and_calm_runs_are_shown_whole() {
        let calm = Curve {
            incident: None,
            ..week(1.0, 1)
        };
        let runs = BTreeMap::from([(0, calm.clone()), (2, calm)]);
        let some = curves(&["as it is", "b", "c"], &runs, &BTreeMap::new(), 7).unwrap();
        assert_eq!((some.lines.len(), some.start), (2, 0));
        assert_eq!(some.lines[1].variant, "c");
        assert_eq!(some.times.last(), Some(&(7 * DAY)));
        assert_eq!(
            curves(&["as it is"], &BTreeMap::new(), &BTreeMap::new(), 7),
            None
        );
    }

    #[test]
    fn of_many_variants_the_best_are_drawn() {
        let line = |number: usize| VariantCurve {
            variant: format!("v{number}"),
            online_share: vec![1.0, 0.5],
            quantiles: Vec::new(),
        };
        let curves = VariantCurves {
            seed: 1,
            start: 0,
            times: vec![60, 120],
            lines: (0..9).map(line).collect(),
        };
        let order: Vec<_> = (1..9)
            .rev()
            .map(|number| serde_json::json!({"rank": 9 - number, "variant": format!("v{number}"), "mean": null}))
            .collect();
        let ranking = serde_json::json!({"figure": "user_hours_lost", "unit": "", "lower_is_better": true,
            "order": order, "best": "v8", "to_today": null, "next": null, "to_next": null,
            "decided": false, "sentence": ""});
        let ranking: Ranking = serde_json::from_value(ranking).unwrap();
        let names: Vec<&str> = shown(&curves, Some(&ranking))
            .iter()
            .map(|line| line.variant.as_str())
            .collect();
        assert_eq!(names, ["v0", "v4", "v5", "v6", "v7", "v8"]);
    }
}
