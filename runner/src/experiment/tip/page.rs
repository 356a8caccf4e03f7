//! The report of a search for a tipping point: the S-curve of the response.

use crate::{
    experiment::{
        error::ExperimentError,
        stats::{intervals::share, logistic::LogisticCurve},
        storage::answer::{ANSWER, AnswerFile},
        storage::answer_page::answer_page,
        tip::answer::{Level, LevelRow, TipAnswer},
    },
    host::{error::Failure, format::four_figures},
    report::{
        chart::key_chart::{Along, Axis, KeyChart},
        html::{
            page::{Card, HtmlCell, HtmlTable, Page, Section, head},
            viewport::Viewport,
        },
        svg::canvas::{AltText, Anchor},
    },
};

/// The page.
///
/// # Errors
/// Returns an error if the answer is not one of this version, or if its range is empty.
pub(crate) fn page(file: &AnswerFile) -> Result<Page, Failure> {
    let answer: TipAnswer = file.answer()?;
    let (low, high) = answer.range;
    if low >= high {
        return Err(ExperimentError::Corrupt {
            path: ANSWER.into(),
            fault: format!("the range from {low} to {high} is empty"),
        }
        .into());
    }
    let edge = edge(&answer);
    let shown = edge.unwrap_or(answer.range);
    let mut section = Section::new("response", "Which share of runs survives");
    if let Some(remark) = &answer.remark {
        section = section.paragraph(format!("{remark}."));
    }
    let section = section
        .paragraph(format!("A run survives if {}.", answer.criterion))
        .picture(
            |viewport| picture(&answer, shown, viewport),
            "Dots: levels that were tried, with their 95 % intervals (Clopper and Pearson). The curve \
             is a logistic one; the green vertical line is the tipping point, the band its 95 % \
             interval; the dashed line is today's value.",
        );
    let section = match edge {
        Some(edge) => section.picture(
            |viewport| overview(&answer, edge, viewport),
            "The whole range that was searched, without intervals. The band is the part that the \
             picture above shows.",
        ),
        None => section,
    };
    let section = section.table(table(&answer));
    let number = |value: f64| format!("{}{}", four_figures(value), answer.unit);
    let mut cards = Vec::new();
    if let (Some(tip), Some((low, high))) = (answer.tip, answer.interval) {
        let end = |end: Option<f64>| end.map_or_else(|| "open".into(), number);
        let interval = format!("95 % interval {} to {}", end(low), end(high));
        cards.push(Card::new("Tipping point", number(tip), interval));
    } else {
        cards.push(Card::new(
            "Tipping point",
            "none",
            "in the range that was searched",
        ));
    }
    if let Some(today) = answer.today {
        cards.push(Card::new("Today", number(today), answer.key.clone()));
    }
    if let Some(margin) = answer.margin {
        let remark = answer.standing.clone().unwrap_or_default();
        cards.push(Card::new("Margin", format!("x{margin:.2}"), remark));
    }
    Ok(answer_page(
        file,
        ("Where does it tip?", sentence(&answer)),
        cards,
        vec![section],
    ))
}

/// The part of the range around the tipping point in which the response changes, with the two tried
/// levels next to it on each side; `None` if there is no tipping point in the range, or if that is
/// most of the range.
fn edge(answer: &TipAnswer) -> Option<(f64, f64)> {
    const MOST: f64 = 0.6;
    let (least, most) = answer.range;
    let tip = answer.tip.filter(|tip| (least..=most).contains(tip))?;
    let (low, high) = answer.interval.unwrap_or((None, None));
    let reach = |end: Option<f64>| end.map_or(0.0, |end| (end - tip).abs());
    // Six units of the logistic curve lie between shares of 0.25 % and 50 %.
    let slope = answer
        .slope
        .map_or(0.0, |slope| 6.0 / slope.abs().max(1e-300));
    let reach = reach(low).max(reach(high)).max(slope.min(most - least));
    let near = |side: &dyn Fn(&f64) -> bool| {
        let values = answer.values.iter().copied();
        let mut values: Vec<f64> = values.filter(|value| side(value)).collect();
        values.sort_by(|one, other| (one - tip).abs().total_cmp(&(other - tip).abs()));
        values.get(1).or(values.first()).copied()
    };
    let below = near(&|value| *value < tip).unwrap_or(least);
    let above = near(&|value| *value > tip).unwrap_or(most);
    let from = below.min(tip - 1.5 * reach).max(least);
    let to = above.max(tip + 1.5 * reach).min(most);
    (to > from && to - from < MOST * (most - least)).then_some((from, to))
}

/// A value axis over levels, with a margin.
fn level_axis(answer: &TipAnswer, (low, high): (f64, f64)) -> Axis {
    let room = (high - low) * 0.03;
    Axis {
        name: answer.key.clone(),
        low: low - room,
        high: high + room,
        unit: answer.unit.clone(),
    }
}

/// The share axis.
fn share_axis() -> Axis {
    Axis {
        name: "share of runs that survive".into(),
        low: 0.0,
        high: 1.0,
        unit: String::new(),
    }
}

/// The whole range, small, with the part that the other picture shows.
fn overview(answer: &TipAnswer, (from, to): (f64, f64), viewport: Viewport) -> String {
    let (x, y) = (level_axis(answer, answer.range), share_axis());
    let description = format!(
        "The whole range that was searched; the picture above shows {} to {}.",
        four_figures(from),
        four_figures(to)
    );
    let name = AltText {
        title: "The whole range",
        description: &description,
    };
    let mut chart = KeyChart::new("overview-picture", name, (&x, &y), 80.0, viewport);
    let (one, other) = (chart.at(from, 1.0), chart.at(to, 0.0));
    // At least a few units wide, so that it can be seen.
    let half = ((other.0 - one.0) / 2.0).max(2.0);
    let middle = f64::midpoint(one.0, other.0);
    let corners = ((middle - half, one.1), (middle + half, other.1));
    chart.canvas.area(corners.0, corners.1, "wash");
    today(&mut chart, answer, &x);
    for (value, one) in answer.values.iter().zip(&answer.levels) {
        if one.runs > 0 {
            let share = f64::from(one.survived) / f64::from(one.runs);
            let at = chart.at(*value, share);
            chart.canvas.small_dot(at, "point");
        }
    }
    chart.canvas.finish()
}

/// Draws the line of today's value, if it is on the axis.
fn today(chart: &mut KeyChart, answer: &TipAnswer, x: &Axis) {
    let shown = |today: &f64| (x.low..=x.high).contains(today);
    if let Some(today) = answer.today.filter(shown) {
        let (top, bottom) = (chart.at(today, 1.0), chart.at(today, 0.0));
        chart.canvas.line((top.0, top.1 - 4.0), bottom, "today");
        chart
            .canvas
            .text((top.0, top.1 - 8.0), Anchor::Middle, "small", "today");
    }
}

/// The response between two levels: intervals behind the curve, dots on it.
fn picture(answer: &TipAnswer, range: (f64, f64), viewport: Viewport) -> String {
    let (x, y) = (level_axis(answer, range), share_axis());
    let description = match answer.tip {
        Some(tip) => format!(
            "The response to {} tips at {}{}.",
            answer.key,
            four_figures(tip),
            answer.unit
        ),
        None => format!("The response to {} has no tipping point here.", answer.key),
    };
    let name = AltText {
        title: "Share of runs that survive",
        description: &description,
    };
    let mut chart = KeyChart::new("response-picture", name, (&x, &y), 280.0, viewport);
    let shown = |value: &f64| (x.low..=x.high).contains(value);
    let levels: Vec<(f64, &Level)> = answer
        .values
        .iter()
        .copied()
        .zip(&answer.levels)
        .filter(|(value, _)| shown(value))
        .collect();
    let clamp = |value: f64| value.clamp(x.low, x.high);
    if let (Some(_), Some((low, high))) = (answer.tip, answer.interval) {
        let (low, high) = (low.unwrap_or(x.low), high.unwrap_or(x.high));
        let (from, to) = (chart.at(clamp(low), 1.0), chart.at(clamp(high), 0.0));
        chart.canvas.area(from, to, "wash");
    }
    chart.canvas.enter("class=\"behind\"");
    for (value, one) in &levels {
        if let Some(interval) = share(one.survived, one.runs) {
            chart.interval(Along::Y, *value, (interval.low, interval.high));
        }
    }
    chart.canvas.leave();
    if let Some(tip) = answer.tip {
        if let Some(slope) = answer.slope {
            let curve = LogisticCurve {
                tip,
                interval: (x.low, x.high),
                slope,
            };
            let places: Vec<(f64, f64)> = (0..=300)
                .map(|step| x.low + (x.high - x.low) * f64::from(step) / 300.0)
                .map(|level| chart.at(level, curve.at(level)))
                .collect();
            chart
                .canvas
                .named_path(&places, "l2 edge", "fitted response");
        }
        if shown(&tip) {
            let (top, bottom) = (chart.at(tip, 1.0), chart.at(tip, 0.0));
            chart.canvas.line(top, bottom, "tip");
        }
    }
    today(&mut chart, answer, &x);
    for (value, one) in &levels {
        if one.runs == 0 {
            continue;
        }
        let at = chart.at(*value, f64::from(one.survived) / f64::from(one.runs));
        let saying = format!(
            "{}: {} of {} runs survived",
            one.level, one.survived, one.runs
        );
        chart.canvas.dot(at, "point", &saying);
    }
    chart.canvas.finish()
}

/// The tipping point and the distance of today's value from it, in a sentence.
fn sentence(answer: &TipAnswer) -> String {
    let number = |value: f64| format!("{}{}", four_figures(value), answer.unit);
    let Some(tip) = answer.tip else {
        let (low, high) = answer.range;
        let all = answer.levels.iter().map(|one| one.runs).sum::<u32>();
        let survived = answer.levels.iter().map(|one| one.survived).sum::<u32>();
        return format!(
            "No tipping point of {} between {} and {}: {survived} of {all} runs survive.",
            answer.key,
            number(low),
            number(high)
        );
    };
    let mut text = format!("{} tips at {}", answer.key, number(tip));
    if let Some((low, high)) = answer.interval {
        let end = |end: Option<f64>| end.map_or_else(|| "open".into(), number);
        text.push_str(&format!(" (95 % interval {} to {})", end(low), end(high)));
    }
    // Runs survive below the point if the response falls.
    if let Some(slope) = answer.slope {
        let side = if slope < 0.0 { "below" } else { "above" };
        text.push_str(&format!("; runs survive {side} it"));
    }
    text.push('.');
    if let Some(today) = answer.today {
        match answer
            .standing
            .as_deref()
            .and_then(|it| it.strip_prefix("today's"))
        {
            Some(standing) => text.push_str(&format!(" Today's{standing}.")),
            None => text.push_str(&format!(" Today it is {}.", number(today))),
        }
    }
    text
}

fn table(answer: &TipAnswer) -> HtmlTable {
    let rows = answer.rows().into_iter().map(|row| match row {
        LevelRow::Today(today) => {
            let today = HtmlCell::number(answer.number(today));
            let rest = ["today, not tried", "", "", "", ""].map(HtmlCell::text);
            std::iter::once(today).chain(rest).collect()
        }
        LevelRow::Tried {
            level: one,
            never_over,
            is_today,
        } => {
            let interval = share(one.survived, one.runs);
            let interval = interval.map_or_else(String::new, |interval| {
                let percent = |share: f64| format!("{:.0} %", share * 100.0);
                format!("{} to {}", percent(interval.low), percent(interval.high))
            });
            vec![
                HtmlCell::number(one.level.clone()),
                HtmlCell::text(if is_today { "today" } else { "" }),
                HtmlCell::number(one.runs.to_string()),
                HtmlCell::number(one.survived.to_string()),
                HtmlCell::number(interval),
                HtmlCell::number(never_over.to_string()),
            ]
        }
    });
    HtmlTable {
        caption: format!(
            "All levels of {} that were tried, with the share of runs that survive in 95 % intervals. \
             Never over: runs in an outage when they ended; their figures are at least what the runs \
             show, and never is more than any number in a criterion.",
            answer.key
        ),
        head: head(&[
            "Level#",
            "Today",
            "Runs#",
            "Survived#",
            "95 % interval#",
            "Never over#",
        ]),
        rows: rows.collect(),
        long: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A search from 0 to 100 with a level at each of `values`.
    fn answer(tip: Option<f64>, slope: f64, values: &[f64]) -> TipAnswer {
        let levels: Vec<(String, u32, u32)> = values
            .iter()
            .map(|value| {
                let survives = tip.is_some_and(|tip| *value > tip);
                (value.to_string(), 8, if survives { 8 } else { 0 })
            })
            .collect();
        let interval = tip.map(|tip| (tip - 0.5, tip + 0.5));
        let answer = serde_json::json!({"key": "servers.login.rate", "criterion": "x", "tip": tip,
            "interval": interval, "today": 60.0, "slope": slope, "margin": null, "remark": null,
            "levels": levels, "values": values, "range": [0.0, 100.0], "unit": "/s", "runs": 8,
            "failed": 0});
        serde_json::from_value(answer).unwrap()
    }

    #[test]
    fn the_picture_shows_the_edge_and_two_levels_on_each_side() {
        let values = [0.0, 25.0, 38.0, 39.5, 40.5, 42.0, 50.0, 100.0];
        let (from, to) = edge(&answer(Some(40.0), 8.0, &values)).unwrap();
        assert!(
            from <= 38.0 && from > 25.0 && (42.0..50.0).contains(&to),
            "{from} {to}"
        );
        // A wide response, a range that is nearly all edge, and no tipping point need one picture.
        assert_eq!(edge(&answer(Some(40.0), 0.1, &values)), None);
        assert_eq!(edge(&answer(Some(40.0), 8.0, &[0.0, 100.0])), None);
        assert_eq!(edge(&answer(None, 8.0, &values)), None);
        // At an end of the range the window stays within it.
        let (from, _) = edge(&answer(Some(0.2), 8.0, &values)).unwrap();
        assert_eq!(from, 0.0);
    }

    #[test]
    fn levels_outside_the_window_are_in_the_overview_only() {
        let answer = answer(Some(40.0), 8.0, &[0.0, 25.0, 38.0, 39.5, 40.5, 42.0, 100.0]);
        let window = edge(&answer).unwrap();
        let near = picture(&answer, window, Viewport::Wide);
        assert_eq!(near.matches("class=\"point\"").count(), 4, "{near}");
        let all = overview(&answer, window, Viewport::Narrow);
        assert_eq!(all.matches("class=\"point\"").count(), 7, "{all}");
        assert!(all.contains("class=\"wash\""));
        // Bars are drawn before the curve.
        assert!(near.find("\"interval\"").unwrap() < near.find("l2 edge").unwrap());
    }

    #[test]
    fn the_page_begins_with_the_tipping_point() {
        let text = sentence(&answer(Some(40.0), 8.0, &[0.0, 100.0]));
        assert_eq!(
            text,
            "servers.login.rate tips at 40/s (95 % interval 39.5/s to 40.5/s); runs survive above \
             it. Today it is 60/s."
        );
        let none = sentence(&answer(None, 0.0, &[0.0, 100.0]));
        assert!(
            none.contains("between 0/s and 100/s: 0 of 16 runs survive"),
            "{none}"
        );
    }
}
