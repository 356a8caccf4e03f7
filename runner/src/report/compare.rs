//! The report of a comparison: differences to the scenario as it is, pair by pair.

use serde::Deserialize;

use super::{
    chart::{Axis, Chart},
    experiment::{answered_page, figure, from_answer},
    page::{Cell, Page, Section, Table, head},
};
use crate::{exit::Failure, experiment::answer::Answered, plot::sheet::Name};

/// An interval as it is read back: an end that was infinite is none.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Interval {
    value: f64,
    low: Option<f64>,
    high: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Line {
    variant: String,
    figure: String,
    mean: Option<Interval>,
    never: u32,
    difference: Option<Interval>,
    replicates: u32,
    differences: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    lines: Vec<Line>,
}

/// The page.
///
/// # Errors
/// That the answer is none of this version.
pub(crate) fn page(answered: &Answered) -> Result<Page, Failure> {
    let answer: Answer = from_answer(answered)?;
    let groups = answer.lines.chunk_by(|one, next| one.figure == next.figure);
    let mut sections = Vec::new();
    for (number, lines) in groups.enumerate() {
        let mut section = Section::new(format!("figure-{number}"), &lines[0].figure);
        if let Some(svg) = picture(number, lines) {
            let caption = "Difference to the scenario as it is. Small dots: pairs of runs with one \
                           seed; large dot and line: mean and 95 % interval.";
            section = section.show(svg, caption);
        }
        sections.push(section.tabulate(table(lines)));
    }
    Ok(answered_page(
        answered,
        "Which variant is better?",
        Vec::new(),
        sections,
    ))
}

fn picture(number: usize, lines: &[Line]) -> Option<String> {
    let shown: Vec<&Line> = lines
        .iter()
        .filter(|line| !line.differences.is_empty())
        .collect();
    let first = shown.first()?;
    let all = shown.iter().flat_map(|line| {
        let ends = line.difference.into_iter();
        let ends = ends.flat_map(|one| [one.low, one.high].into_iter().flatten());
        line.differences.iter().copied().chain(ends)
    });
    let name = format!("difference of {}", first.figure);
    let axis = Axis::around(&name, all.chain([0.0]));
    let names: Vec<&str> = shown.iter().map(|line| line.variant.as_str()).collect();
    let told: Vec<String> = shown
        .iter()
        .map(|line| format!("{}: {}", line.variant, interval(line.difference.as_ref())))
        .collect();
    let description = told.join("; ");
    let title = Name {
        title: &name,
        description: &description,
    };
    let id = format!("difference-{number}");
    let mut chart = Chart::rows(&id, title, &axis, &names, 300.0);
    for (row, line) in shown.iter().enumerate() {
        let row = row as f64;
        for difference in &line.differences {
            let at = chart.at(*difference, row);
            chart.sheet.small_dot(at, "pair");
        }
        let Some(mean) = line.difference else {
            continue;
        };
        if let (Some(low), Some(high)) = (mean.low, mean.high) {
            let (low, high) = (chart.at(low, row), chart.at(high, row));
            chart.sheet.line(low, high, "interval");
        }
        let saying = format!("{}: {}", line.variant, interval(Some(&mean)));
        let at = chart.at(mean.value, row);
        chart.sheet.dot(at, "point", &saying);
    }
    Some(chart.sheet.finish())
}

/// An interval in words.
fn interval(of: Option<&Interval>) -> String {
    let Some(of) = of else { return String::new() };
    let end = |end: Option<f64>| end.map_or_else(|| "?".into(), |end| figure(Some(end)));
    format!(
        "{} ({} to {})",
        figure(Some(of.value)),
        end(of.low),
        end(of.high)
    )
}

fn table(lines: &[Line]) -> Table {
    let rows = lines.iter().map(|line| {
        let mean = match &line.mean {
            None => "never".into(),
            mean => interval(mean.as_ref()),
        };
        let never = match line.never {
            0 => String::new(),
            never => format!("{never} of {}", line.replicates),
        };
        vec![
            Cell::text(line.variant.clone()),
            Cell::number(mean),
            Cell::number(interval(line.difference.as_ref())),
            Cell::number(never),
        ]
    });
    Table {
        caption: format!(
            "{}: means and differences with their 95 % intervals.",
            lines[0].figure
        ),
        head: head(&["Variant", "Mean#", "Difference#", "Never#"]),
        rows: rows.collect(),
        long: false,
    }
}
