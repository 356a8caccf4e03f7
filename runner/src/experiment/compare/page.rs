//! The report of a comparison: differences to the scenario as it is, pair by pair.

use crate::{
    experiment::{
        compare::{
            answer::{CompareAnswer, ComparedFigure},
            curves, page_ranking as ranking,
        },
        stats::censored::Mean,
        storage::answer::AnswerFile,
        storage::answer_page::{answer_page, figure_name},
    },
    host::error::Failure,
    report::{
        chart::key_chart::{Along, Axis, KeyChart},
        html::{
            page::{Card, HtmlCell, HtmlTable, Page, Section, head},
            viewport::Viewport,
        },
        svg::canvas::AltText,
    },
    results::units::{difference_with_unit, drawn_unit, with_unit},
};

/// The page.
///
/// # Errors
/// Returns an error if the answer is not one of this version.
pub(crate) fn page(file: &AnswerFile) -> Result<Page, Failure> {
    let answer: CompareAnswer = file.answer()?;
    let groups = answer.lines.chunk_by(|one, next| one.figure == next.figure);
    let mut sections: Vec<Section> = curves::section(&answer).into_iter().collect();
    sections.push(ranking::section(&answer));
    for (number, lines) in groups.enumerate() {
        let mut section = Section::new(format!("figure-{number}"), &figure_name(&lines[0].figure));
        let ranked = answer.rankings.iter();
        for one in ranked.filter(|one| one.figure == lines[0].figure) {
            section = section.paragraph(one.sentence.clone());
        }
        if lines.iter().any(|line| !line.differences.is_empty()) {
            let caption = "Difference to the scenario as it is. Small dots: pairs of runs with one \
                           seed; large dot and line: mean and 95 % interval.";
            section = section.picture(|viewport| picture(number, lines, viewport), caption);
        }
        sections.push(section.table(table(lines)));
    }
    Ok(answer_page(
        file,
        ("Which variant is better?", ranking::answer(&answer)),
        ranking::cards(&answer)
            .into_iter()
            .chain(verdict(&answer.lines))
            .collect(),
        sections,
    ))
}

/// The number of differences whose interval excludes zero; `None` without differences.
fn verdict(lines: &[ComparedFigure]) -> Option<Card> {
    let differences: Vec<&Mean> = lines
        .iter()
        .filter_map(|one| one.difference.as_ref())
        .collect();
    let sure = differences.iter().filter(|one| {
        one.low.is_some_and(|low| low > 0.0) || one.high.is_some_and(|high| high < 0.0)
    });
    let remark = "their 95 % interval excludes zero; by chance, one in twenty does";
    let value = format!("{} of {}", sure.count(), differences.len());
    (!differences.is_empty()).then(|| Card::new("Differences that stand out", value, remark))
}

fn picture(number: usize, lines: &[ComparedFigure], viewport: Viewport) -> String {
    let shown: Vec<&ComparedFigure> = lines
        .iter()
        .filter(|line| !line.differences.is_empty())
        .collect();
    let all = shown.iter().flat_map(|line| {
        let ends = line.difference.into_iter();
        let ends = ends.flat_map(|one| [one.low, one.high].into_iter().flatten());
        line.differences.iter().copied().chain(ends)
    });
    let all: Vec<f64> = all.collect();
    let most = all.iter().map(|value| value.abs()).fold(0.0, f64::max);
    let (scale, unit) = drawn_unit(&lines[0].unit, most);
    let unit = match unit {
        "" => String::new(),
        "%" => " [percentage points]".to_owned(),
        unit => format!(" [{unit}]"),
    };
    let name = format!("{}: difference{unit}", figure_name(&lines[0].figure));
    let drawn = all.iter().map(|value| value * scale);
    let axis = Axis::around(&name, drawn.chain([0.0]));
    let names: Vec<&str> = shown.iter().map(|line| line.variant.as_str()).collect();
    let differences: Vec<String> = shown
        .iter()
        .map(|line| {
            format!(
                "{}: {}",
                line.variant,
                difference(line.difference.as_ref(), &line.unit)
            )
        })
        .collect();
    let description = differences.join("; ");
    let title = AltText {
        title: &name,
        description: &description,
    };
    let id = format!("difference-{number}");
    let mut chart = KeyChart::rows(&id, title, &axis, &names, (300.0, viewport));
    for (row, line) in shown.iter().enumerate() {
        let row = row as f64;
        for difference in &line.differences {
            let at = chart.at(difference * scale, row);
            chart.canvas.small_dot(at, "pair");
        }
        let Some(mean) = line.difference else {
            continue;
        };
        let ends = (
            mean.low.map_or(f64::NEG_INFINITY, |low| low * scale),
            mean.high.map_or(f64::INFINITY, |high| high * scale),
        );
        chart.interval(Along::X, row, ends);
        let saying = format!("{}: {}", line.variant, difference(Some(&mean), &line.unit));
        let at = chart.at(mean.value * scale, row);
        chart.canvas.dot(at, "point", &saying);
    }
    chart.canvas.finish()
}

/// A mean with its interval in natural units; an end without a bound is *open*.
fn interval(of: Option<&Mean>, words: impl Fn(f64) -> String) -> String {
    let Some(of) = of else { return String::new() };
    let end = |end: Option<f64>| end.map_or_else(|| "open".into(), &words);
    format!(
        "{}{} ({} to {})",
        of.prefix(),
        words(of.value),
        end(of.low),
        end(of.high)
    )
}

/// A difference with its interval.
fn difference(of: Option<&Mean>, unit: &str) -> String {
    interval(of, |value| difference_with_unit(value, unit))
}

fn table(lines: &[ComparedFigure]) -> HtmlTable {
    let rows = lines.iter().map(|line| {
        let mean = match &line.mean {
            None => "never".into(),
            mean => interval(mean.as_ref(), |value| with_unit(value, &line.unit)),
        };
        let of_all = |count: u32| match count {
            0 => String::new(),
            count => format!("{count} of {}", line.replicates),
        };
        vec![
            HtmlCell::text(line.variant.clone()),
            HtmlCell::number(mean),
            HtmlCell::number(difference(line.difference.as_ref(), &line.unit)),
            HtmlCell::number(of_all(line.never)),
            HtmlCell::number(of_all(line.no_outage.unwrap_or(0))),
        ]
    });
    HtmlTable {
        caption: format!(
            "{} ({}): means and differences with their 95 % intervals. At least: some runs \
             ended before the network was back and count with what they show.",
            figure_name(&lines[0].figure),
            lines[0].figure
        ),
        head: head(&[
            "Variant",
            "Mean#",
            "Difference#",
            "Never back#",
            "No outage#",
        ]),
        rows: rows.collect(),
        long: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_stand_out_if_zero_is_outside_their_interval() {
        let line = |low: Option<f64>, high: Option<f64>| {
            let interval = serde_json::json!({"value": 1.0, "low": low, "high": high});
            let line = serde_json::json!({
                "variant": "x", "figure": "y", "mean": null, "never": 0, "difference": interval,
                "pairs": 2, "replicates": 2, "differences": [1.0, 1.0],
            });
            serde_json::from_value::<ComparedFigure>(line).unwrap()
        };
        let lines = [
            line(Some(0.5), Some(2.0)),
            line(Some(-0.5), Some(2.0)),
            line(None, None),
            line(None, Some(-0.1)),
        ];
        assert_eq!(verdict(&lines).unwrap().value, "2 of 4");
        assert!(verdict(&[]).is_none());
        // An interval without bounds has an arrow at both ends.
        let picture = picture(0, &lines[2..3], Viewport::Wide);
        assert_eq!(picture.matches("goes-on").count(), 2, "{picture}");
    }
    #[test]
    fn the_axis_of_differences_has_the_unit_in_which_they_are_read() {
        let line = |unit: &str, value: f64| {
            let line = serde_json::json!({
                "variant": "x", "figure": "hours_to_90_percent", "unit": unit, "mean": null,
                "never": 0, "difference": {"value": value, "low": value, "high": value},
                "pairs": 1, "replicates": 1, "differences": [value],
            });
            serde_json::from_value::<ComparedFigure>(line).unwrap()
        };
        for (unit, value, axis, words) in [
            ("h", -0.25, "difference [min]", "-15 min"),
            ("h", 30.0, "difference [h]", "30 h"),
            (
                "share",
                0.125,
                "difference [percentage points]",
                "12.5 percentage points",
            ),
            ("s", 5_400.0, "difference [min]", "1 h 30 min"),
        ] {
            let svg = picture(0, &[line(unit, value)], Viewport::Wide);
            assert!(svg.contains(axis) && svg.contains(words), "{svg}");
        }
    }
}
