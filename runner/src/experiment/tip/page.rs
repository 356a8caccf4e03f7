//! The report of a search for a tipping point: the S-curve of the response.

use crate::{
    experiment::{
        error::ExperimentError,
        page::answer_page,
        stats::{intervals::share, logistic::LogisticCurve},
        storage::answer::{ANSWER, AnswerFile},
        tip::answer::TipAnswer,
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
    let mut section = Section::new("response", "Which share of runs survives");
    if let Some(remark) = &answer.remark {
        section = section.paragraph(format!("{remark}."));
    }
    let section = section
        .paragraph(format!("A run survives if {}.", answer.criterion))
        .picture(
            |viewport| picture(&answer, viewport),
            "Dots: levels that were tried, with their 95 % intervals (Clopper and Pearson). The curve \
             is a logistic one; the green line is the tipping point, the band its 95 % interval; the \
             dashed line is today's value.",
        )
        .table(table(&answer));
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
        "Where does it tip?",
        cards,
        vec![section],
    ))
}

fn picture(answer: &TipAnswer, viewport: Viewport) -> String {
    let (low, high) = answer.range;
    let room = (high - low) * 0.03;
    let x = Axis {
        name: answer.key.clone(),
        low: low - room,
        high: high + room,
        unit: answer.unit.clone(),
    };
    let y = Axis {
        name: "share of runs that survive".into(),
        low: 0.0,
        high: 1.0,
        unit: String::new(),
    };
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
    let clamp = |value: f64| value.clamp(x.low, x.high);
    if let (Some(tip), Some((low, high))) = (answer.tip, answer.interval) {
        let (low, high) = (low.unwrap_or(x.low), high.unwrap_or(x.high));
        let (from, to) = (chart.at(clamp(low), 1.0), chart.at(clamp(high), 0.0));
        chart.canvas.area(from, to, "wash");
        if let Some(slope) = answer.slope {
            let curve = LogisticCurve {
                tip,
                interval: (low, high),
                slope,
            };
            let places: Vec<(f64, f64)> = (0..=300)
                .map(|step| x.low + (x.high - x.low) * f64::from(step) / 300.0)
                .map(|level| chart.at(level, curve.at(level)))
                .collect();
            chart.canvas.named_path(&places, "l0", "fitted response");
        }
        if (x.low..=x.high).contains(&tip) {
            let (top, bottom) = (chart.at(tip, 1.0), chart.at(tip, 0.0));
            chart.canvas.line(top, bottom, "tip");
        }
    }
    if let Some(today) = answer
        .today
        .filter(|today| (x.low..=x.high).contains(today))
    {
        let (top, bottom) = (chart.at(today, 1.0), chart.at(today, 0.0));
        chart.canvas.line((top.0, top.1 - 4.0), bottom, "today");
        chart
            .canvas
            .text((top.0, top.1 - 8.0), Anchor::Middle, "small", "today");
    }
    for (value, one) in answer.values.iter().zip(&answer.levels) {
        let Some(interval) = share(one.survived, one.runs) else {
            continue;
        };
        chart.interval(Along::Y, *value, (interval.low, interval.high));
        let at = chart.at(*value, interval.value);
        let saying = format!(
            "{}: {} of {} runs survived",
            one.level, one.survived, one.runs
        );
        chart.canvas.dot(at, "point", &saying);
    }
    chart.canvas.finish()
}

fn table(answer: &TipAnswer) -> HtmlTable {
    let rows = answer.levels.iter().map(|one| {
        let interval = share(one.survived, one.runs);
        let interval = interval.map_or_else(String::new, |interval| {
            format!("{:.3} to {:.3}", interval.low, interval.high)
        });
        vec![
            HtmlCell::number(one.level.clone()),
            HtmlCell::number(one.runs.to_string()),
            HtmlCell::number(one.survived.to_string()),
            HtmlCell::number(interval),
        ]
    });
    HtmlTable {
        caption: format!("All levels of {} that were tried.", answer.key),
        head: head(&["Level#", "Runs#", "Survived#", "95 % interval#"]),
        rows: rows.collect(),
        long: false,
    }
}
