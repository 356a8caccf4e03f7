//! The part of a run around its incident, and the events that are numbered in the charts.
//!
//! A run of days with an outage of minutes is shown twice: whole, and from shortly before the first
//! dip to after the recovery. Times are seconds since 1970, UTC.

use patchday_agents::scenario::quantity::TickLength;

use crate::{
    report::{
        chart::{
            curves::ChartLine,
            time_frame::TimeFrame,
            time_series::{Dot, TimeSeries},
        },
        html::page::{HtmlCell, HtmlTable, head},
        run::run_data::RunData,
    },
    results::{curve::incident, narrative::timeline::By},
};

/// The greatest share of the run that a second view takes.
const MOST: f64 = 0.4;
/// The fewest samples that a second view shows.
const FEWEST: usize = 8;

/// The time from shortly before the first dip to after the recovery; `None` if nothing dips, or if
/// that is a large part of the run.
///
/// The dips are those of the outage or, without an outage, the longest one.
pub(crate) fn window(run: &RunData) -> Option<(i64, i64)> {
    let (start, end) = (run.start, run.times.last().copied()?);
    let incident = incident(&run.samples, run.outage)?;
    around(incident, (start, end), &run.times, run.samples.tick)
}

/// An incident with a margin before and after it, within the run.
pub(crate) fn around(
    (from, to): (i64, i64),
    (start, end): (i64, i64),
    times: &[i64],
    tick: TickLength,
) -> Option<(i64, i64)> {
    let step = (end - start) / (times.len() as i64).max(1);
    let length = (to - from).max(step);
    // Ten minutes, if a tick is a second.
    let least = if tick == TickLength::SECOND { 600 } else { 0 };
    let margin = (length / 3).max(least).max(2 * step);
    let window = ((from - margin).max(start), (to + 2 * margin).min(end));
    let shown = times
        .iter()
        .filter(|time| (window.0..=window.1).contains(*time));
    let is_short = ((window.1 - window.0) as f64) < MOST * (end - start) as f64;
    (is_short && shown.count() >= FEWEST).then_some(window)
}

/// A frame and a chart cut to a window, drawn by `draw`.
pub(crate) fn zoomed<T>(
    (frame, chart): (&TimeFrame<'_>, &TimeSeries<'_>),
    (from, to): (i64, i64),
    draw: impl FnOnce(&TimeFrame<'_>, &TimeSeries<'_>) -> T,
) -> T {
    let first = frame.times.partition_point(|time| *time < from);
    let last = frame.times.partition_point(|time| *time <= to);
    let within = |time: i64| (from..=to).contains(&time);
    let cut = TimeFrame {
        tick: frame.tick,
        times: &frame.times[first..last],
        start: from,
        outages: frame.outages.clone(),
        marks: frame
            .marks
            .iter()
            .filter(|mark| within(mark.time))
            .cloned()
            .collect(),
    };
    let lines = chart.lines.iter().map(|line| ChartLine {
        name: line.name,
        class: line.class,
        values: line.values.get(first..last).unwrap_or_default().to_vec(),
    });
    let dots = chart.dots.iter().filter(|dot| within(dot.time));
    let chart = TimeSeries {
        id: "incident-picture",
        title: "Users online around the incident",
        lines: lines.collect(),
        dots: dots.cloned().collect::<Vec<Dot>>(),
        follows_pointer: false,
        ..chart.clone()
    };
    draw(&cut, &chart)
}

/// The numbered marks with their times and texts; `None` without marks.
pub(crate) fn legend(run: &RunData) -> Option<HtmlTable> {
    const MANY: usize = 14;
    let numbered = run.events.iter().zip(1..);
    let rows = numbered
        .filter(|(event, _)| event.by != By::Users)
        .map(|(event, number)| {
            vec![
                HtmlCell::number(number.to_string()),
                HtmlCell {
                    text: run.moment(event.at(run.start)),
                    class: "when",
                },
                HtmlCell::text(event.what.clone()),
            ]
        });
    let rows: Vec<_> = rows.collect();
    (!rows.is_empty()).then(|| HtmlTable {
        caption: "The numbered marks. Squares: actions of the operator; circles: events from \
                  outside."
            .into(),
        head: head(&["No.#", "Time", "What"]),
        long: rows.len() > MANY,
        rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        chart::time_frame::EventMark, chart::time_series::ChartStyle, html::viewport::Viewport,
    };

    const DAY: i64 = 86_400;

    fn minutes() -> Vec<i64> {
        (1..=DAY / 60).map(|minute| minute * 60).collect()
    }

    #[test]
    fn a_short_incident_has_a_window_with_margins() {
        let times = minutes();
        let window = |from: i64, to: i64| around((from, to), (0, DAY), &times, TickLength::SECOND);
        let (from, to) = window(30_000, 31_860).unwrap();
        assert!((28_800..30_000).contains(&from) && (32_000..34_000).contains(&to));
        // At the ends of the run the window stays within it.
        assert_eq!(window(60, 1_200).unwrap().0, 0);
        assert_eq!(window(DAY - 1_200, DAY).unwrap().1, DAY);
        // A long one needs no second view, and one of two samples has too few.
        assert_eq!(window(30_000, 70_000), None);
        let few = [3_600, 7_200, DAY];
        let of_few = around((3_600, 7_200), (0, DAY), &few, TickLength::SECOND);
        assert_eq!(of_few, None);
    }

    #[test]
    fn a_window_shows_its_samples_and_marks_only() {
        let times = minutes();
        let mark = |time| EventMark {
            time,
            number: 1,
            by_operator: false,
            tooltip: "x".into(),
        };
        let frame = TimeFrame {
            tick: TickLength::SECOND,
            times: &times,
            start: 0,
            outages: Vec::new(),
            marks: vec![mark(600), mark(30_000)],
        };
        let chart = TimeSeries {
            id: "x",
            title: "x",
            unit: "users",
            style: ChartStyle::Lines,
            height: 100.0,
            lines: vec![ChartLine {
                name: "online",
                class: "model",
                values: vec![1.0; times.len()],
            }],
            dots: Vec::new(),
            dot_names: Vec::new(),
            numbered: true,
            follows_pointer: true,
            description: None,
        };
        zoomed((&frame, &chart), (28_800, 33_000), |frame, chart| {
            assert_eq!((frame.times[0], frame.end()), (28_800, 33_000));
            assert_eq!(frame.times.len(), chart.lines[0].values.len());
            assert_eq!(frame.marks.len(), 1);
            let svg = chart.draw(frame, Viewport::Wide);
            assert!(
                !svg.contains("data-panel") && !svg.contains("data-t"),
                "{svg}"
            );
        });
    }
}
