//! The picture of a fit over time: what the model predicts, beside what was observed.
//!
//! A band has the 90 % interval of the confirmed runs and, darker, the 50 % one; branches have a band
//! each. Used points are filled, held-out ones hollow, the others dashed; a line through a point is its
//! error.

use patchday_agents::scenario::quantity::TickLength;

use crate::{
    experiment::fit::{
        answer::{BandAnswer, FitAnswer, PointAnswer, Quantiles},
        observations::points::Use,
    },
    report::{
        chart::time_frame::TimeFrame,
        html::{page::Section, viewport::Viewport},
        svg::{
            axis::Scale,
            axis_lines::{PlotArea, value_axis},
            canvas::{AltText, Anchor, Canvas, text_width},
        },
    },
};

/// The height of the plot.
const HEIGHT: f64 = 320.0;
/// The top of the plot, below the legend.
const TOP: f64 = 74.0;
/// The height below the plot, for hours and days.
const BELOW: f64 = 48.0;
/// The classes of bands: median, inner and outer interval.
const CLASSES: [(&str, &str, &str); 2] =
    [("l0", "band50", "band90"), ("l1", "band50 b1", "band90 b1")];
/// The time before the first point that is shown, in seconds.
const BEFORE: i64 = 6 * 3_600;

/// The section; `None` without a band.
pub(crate) fn section(answer: &FitAnswer) -> Option<Section> {
    answer.bands.first().filter(|band| band.times.len() > 1)?;
    let runs: usize = answer.bands.iter().map(|band| band.runs).sum();
    let branches = match answer.bands.len() {
        1 => String::new(),
        count => format!(" The runs have {count} branches, which have a band each."),
    };
    let caption = format!(
        "Users online as a share of the norm in {runs} runs of the posterior at scale {}, with seeds that \
         the fit has not seen. Light: 90 % of the runs, dark: 50 %, line: the median.{branches} Filled \
         points were used, hollow ones held out, dashed ones neither; the upright line through a point is \
         its error (one standard deviation), a level one how far its time can be off. A band is as wide as chance and the keys together make it.",
        answer.confirm_scale
    );
    Some(
        Section::new("prediction", "What the model predicts")
            .picture(|viewport| picture(answer, viewport), caption),
    )
}

fn picture(answer: &FitAnswer, viewport: Viewport) -> String {
    let points: Vec<&PointAnswer> = answer.points.iter().collect();
    let shown = |band: &BandAnswer| first_shown(band, &points);
    let first = answer.bands.iter().map(shown).min().unwrap_or(0);
    let times = answer
        .bands
        .first()
        .map_or(&[][..], |band| band.times.get(first..).unwrap_or(&[]));
    let frame = TimeFrame {
        tick: TickLength::SECOND,
        times,
        start: times.first().copied().unwrap_or(0),
        outages: Vec::new(),
        marks: Vec::new(),
    };
    let sides = viewport.sides();
    let plot = PlotArea {
        left: sides.0,
        right: sides.1,
        top: TOP,
        bottom: TOP + HEIGHT,
    };
    let description = format!(
        "Predicted share of the norm online, with {} observed points of which {} were used.",
        points.len(),
        answer.used()
    );
    let name = AltText {
        title: "Prediction and observed points",
        description: &description,
    };
    let mut canvas = viewport.canvas(plot.bottom + BELOW, name, "prediction-picture", "");
    legend(&mut canvas, answer, viewport);
    let values = value_axis(&mut canvas, plot, most(answer), 5, "% of the norm");
    let time = frame.time(sides);
    frame.draw(&mut canvas, &time, plot);
    for (band, classes) in answer.bands.iter().zip(CLASSES.iter().cycle()) {
        draw_band(&mut canvas, (band, first), (&time, &values), *classes);
    }
    for one in &points {
        let at = one.point.time;
        if at < frame.start || at > frame.end() {
            continue;
        }
        let x = time.place(at as f64);
        let level = |share: f64| values.place(percent(share));
        let (low, high) = (
            one.point.share - one.point.error,
            one.point.share + one.point.error,
        );
        canvas.line((x, level(low.max(0.0))), (x, level(high)), "interval");
        let within = i64::from(one.point.within);
        if within > 0 {
            let end = |off: i64| time.place((at + off).clamp(frame.start, frame.end()) as f64);
            let y = level(one.point.share);
            canvas.line((end(-within), y), (end(within), y), "interval");
        }
        canvas.dot(
            (x, level(one.point.share)),
            class_of(one.point.r#use),
            &tooltip(one),
        );
    }
    canvas.finish()
}

fn percent(share: f64) -> f64 {
    share * 100.0
}

/// The index of the first time that is shown: some hours before the first point.
fn first_shown(band: &BandAnswer, points: &[&PointAnswer]) -> usize {
    let earliest = points.iter().map(|one| one.point.time).min();
    let from = earliest.map_or(i64::MIN, |time| time.saturating_sub(BEFORE));
    let place = band.times.partition_point(|time| *time < from);
    place.min(band.times.len().saturating_sub(2))
}

/// The greatest value of bands and points, in percent.
fn most(answer: &FitAnswer) -> f64 {
    let bands = answer.bands.iter().flat_map(|band| &band.quantiles);
    let highest = bands.map(|quantiles| quantiles[4]);
    let points = answer
        .points
        .iter()
        .filter(|one| one.point.r#use != Use::NotReached);
    let reach = points.map(|one| one.point.share + one.point.error);
    let most = highest.chain(reach).filter(|share| share.is_finite());
    percent(most.fold(0.5, f64::max).min(2.0))
}

fn draw_band(
    canvas: &mut Canvas,
    (band, first): (&BandAnswer, usize),
    (time, values): (&Scale, &Scale),
    (line, inner, outer): (&str, &str, &str),
) {
    let rows: Vec<(i64, &Quantiles)> = band
        .times
        .iter()
        .copied()
        .zip(&band.quantiles)
        .skip(first)
        .collect();
    let at = |(moment, quantiles): &(i64, &Quantiles), which: usize| {
        (
            time.place(*moment as f64),
            values.place(percent(quantiles[which])),
        )
    };
    let area = |low: usize, high: usize| -> Vec<(f64, f64)> {
        let up = rows.iter().map(|row| at(row, high));
        let down = rows.iter().rev().map(|row| at(row, low));
        up.chain(down).collect()
    };
    let name = format!("{}: 90 % of {} runs", band.name, band.runs);
    canvas.shape(&area(0, 4), outer, &name, "");
    canvas.shape(
        &area(1, 3),
        inner,
        &format!("{}: 50 % of its runs", band.name),
        "",
    );
    let median: Vec<(f64, f64)> = rows.iter().map(|row| at(row, 2)).collect();
    canvas.named_path(&median, line, &format!("{}: median", band.name));
}

fn legend(canvas: &mut Canvas, answer: &FitAnswer, viewport: Viewport) {
    let (left, right) = viewport.select(viewport.sides(), (6.0, viewport.sides().1));
    let (mut x, mut y) = (left, 16.0);
    let mut place = |name: &str| {
        let wide = 33.0 + text_width(name);
        if x + wide > right && x > left {
            (x, y) = (left, y + 20.0);
        }
        let at = (x, y);
        x += wide + 22.0;
        at
    };
    for (band, (line, inner, _)) in answer.bands.iter().zip(CLASSES.iter().cycle()) {
        let name = format!("{} ({} runs)", band.name, band.runs);
        let (x, y) = place(&name);
        canvas.area((x, y - 11.0), (x + 26.0, y + 1.0), inner);
        canvas.line((x, y - 5.0), (x + 26.0, y - 5.0), line);
        canvas.text((x + 33.0, y), Anchor::Start, "", &name);
    }
    let uses = [
        (Use::Used, "observed, used"),
        (Use::HeldOut, "held out"),
        (Use::Scripted, "not used"),
    ];
    for (kind, name) in uses {
        let class = class_of(kind);
        if answer
            .points
            .iter()
            .any(|one| class_of(one.point.r#use) == class)
        {
            let (x, y) = place(name);
            canvas.dot((x + 18.0, y - 4.5), class, name);
            canvas.text((x + 33.0, y), Anchor::Start, "", name);
        }
    }
}

fn class_of(r#use: Use) -> &'static str {
    match r#use {
        Use::Used => "seen a",
        Use::HeldOut => "seen",
        Use::Scripted | Use::NotReached => "seen c",
    }
}

fn tooltip(one: &PointAnswer) -> String {
    let point = &one.point;
    let predicted = one.predicted.map_or(String::new(), |quantiles| {
        format!(
            "; runs {:.0} to {:.0} %",
            percent(quantiles[0]),
            percent(quantiles[4])
        )
    });
    format!(
        "{} {}: {:.0} \u{b1} {:.0} % of the norm, {}{predicted}",
        point.name(),
        point.what,
        percent(point.share),
        percent(point.error),
        point.r#use.text()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::fit::answer::tests::answer;

    #[test]
    fn each_branch_has_a_band_and_each_use_a_dot() {
        let answer = answer();
        for viewport in Viewport::BOTH {
            let svg = picture(&answer, viewport);
            for part in [
                "class=\"band90\"",
                "class=\"band50\"",
                "class=\"band90 b1\"",
                "does not fall (10 runs)",
                "class=\"seen a\"",
                "class=\"seen\"",
                "class=\"seen c\"",
                "about &lt;half&gt;",
            ] {
                assert!(svg.contains(part), "{part} is missing: {svg}");
            }
            assert!(!svg.contains("NaN"));
        }
        let mut none = answer;
        none.bands.clear();
        assert!(section(&none).is_none());
    }
}
