//! The report of a sweep: its figures against the keys that vary, and a table of all points.

use std::{collections::BTreeMap, fs::File, path::Path};

use patchday_agents::metrics::columns::ColumnId;

use crate::{
    experiment::{
        error::ExperimentError,
        page::{figure_name, provenance},
        storage::{
            ledger_lines::{Batch, batch_of_directory},
            table::RunTable,
        },
        sweep::{
            heat_map::HeatMap,
            page_data::{assignment, mean_of, point_values, points},
            scatter::Scatter,
        },
    },
    host::error::Failure,
    report::html::{
        page::{Card, HtmlCell, HtmlTable, Page, Section, head},
        scale_note,
    },
    results::{
        figures::{self, has_no_outage, is_of_outage},
        summary::FigureId,
        units::with_unit,
    },
    store::layout::TABLE,
};

/// The figures that are shown if they vary, in this order.
const FIGURES: [FigureId; 6] = [
    FigureId::LongestHoursBelow50Percent,
    FigureId::HoursTo90Percent,
    FigureId::UserHoursLost,
    FigureId::OnlineShareMin,
    FigureId::OnlineShareEnd,
    FigureId::Sum(ColumnId::CallsFailed),
];
/// The most figures that are drawn.
const MOST: usize = 3;

/// The figures that vary between runs.
fn varying(sweep: &RunTable) -> Vec<FigureId> {
    let varies = |id: &FigureId| {
        let mut values = sweep
            .rows
            .iter()
            .map(|run| figures::get(&run.figures, *id).flatten());
        let first = values.next().flatten();
        values.any(|value| value != first)
    };
    FIGURES.into_iter().filter(varies).collect()
}

/// The page.
///
/// # Errors
/// Returns an error with the path if the table cannot be read.
pub(crate) fn page(directory: &Path) -> Result<Page, Failure> {
    let path = directory.join(TABLE);
    let file = File::open(&path).map_err(Failure::file("read", &path))?;
    let mut sweep =
        RunTable::from_csv(file).map_err(|fault| ExperimentError::Corrupt { path, fault })?;
    let batch = batch_of_directory(directory);
    // The ledger has the values of the factors as they were given, with their units.
    if let Some(batch) = &batch {
        sweep.factors.clone_from(&batch.factors);
        for row in &mut sweep.rows {
            if let Some(point) = batch.points.get(row.point) {
                row.factors.clone_from(point);
            }
        }
    }
    Ok(page_of(&sweep, batch))
}

/// The page of a table without its ledger.
///
/// # Errors
/// Returns an error with the line if it is not the table of a sweep.
#[cfg(any(test, fuzzing))]
pub(crate) fn page_of_table(table: &[u8]) -> Result<Page, String> {
    Ok(page_of(&RunTable::from_csv(table)?, None))
}

fn page_of(sweep: &RunTable, batch: Option<Batch>) -> Page {
    let failed = sweep.rows.iter().filter(|run| run.failed).count();
    let points = points(sweep);
    let shown = varying(sweep).into_iter();
    let shown: Vec<String> = shown.map(|id| id.name().into_owned()).collect();
    let mut sections = Vec::new();
    let mut section = Section::new("response", "How it responds");
    if shown.is_empty() {
        section =
            section.paragraph("None of the figures that this page draws varies between the runs.");
    }
    for (number, name) in shown.iter().take(MOST).enumerate() {
        if let Some(heat) = HeatMap::new(sweep, name, number) {
            section = section.picture(|viewport| heat.draw(viewport), heat.caption());
            continue;
        }
        for factor in 0..sweep.factors.len() {
            let scatter = Scatter::new(sweep, name, factor, number);
            section = section.picture(|viewport| scatter.draw(viewport), scatter.caption());
        }
    }
    sections.push(section);
    sections.push(table(sweep, &points, &shown));
    if let Some(batch) = &batch {
        sections.push(provenance(
            &[
                ("command", batch.command.clone()),
                ("seed of replicate 0", batch.seed.to_string()),
                ("batch", batch.batch.clone()),
            ],
            "From the ledger; runs.csv has the seed and digest of each run.",
        ));
    }
    let mut lead = format!("{} points, {} runs.", points.len(), sweep.rows.len());
    let scale = batch.and_then(|batch| batch.scale);
    if let Some(remark) = scale.and_then(|scale| scale_note::remark(scale, false)) {
        lead.push_str(&format!(" {remark}"));
    }
    let failures = match failed {
        0 => "none failed".to_owned(),
        failed => format!("{failed} failed"),
    };
    Page {
        title: if sweep.factors.is_empty() {
            "Sweep over seeds".into()
        } else {
            format!("Sweep over {}", sweep.factors.join(" and "))
        },
        answer: answer(sweep, &points, &shown),
        lead,
        cards: vec![
            Card::new("Points", points.len().to_string(), ""),
            Card::new("Runs", sweep.rows.len().to_string(), failures),
        ],
        sections,
    }
}

/// The unit of a figure.
fn unit(name: &str) -> &'static str {
    FigureId::from_name(name).map_or("", FigureId::unit)
}

/// What the sweep found, in a sentence: the range of the first figure that varies, with its points.
fn answer(sweep: &RunTable, points: &BTreeMap<usize, &[String]>, shown: &[String]) -> String {
    let Some(name) = shown.first() else {
        return "The figures do not vary between the runs.".into();
    };
    let unit = unit(name);
    // A point with a run that never came back has no mean that could be compared.
    let never = |point: usize| {
        let mut runs = sweep.rows.iter().filter(|run| run.point == point);
        runs.any(|run| run.figures.get(name) == Some(&None))
    };
    let mean = |point: usize| {
        let values = point_values(sweep, point, name);
        (!values.is_empty() && !never(point))
            .then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let means = || {
        points
            .keys()
            .filter_map(|point| Some((*point, mean(*point)?)))
    };
    let least = means().min_by(|one, other| one.1.total_cmp(&other.1));
    let most = means().max_by(|one, other| one.1.total_cmp(&other.1));
    let at = |point: usize| {
        let values = points.get(&point).copied().unwrap_or_default();
        let pairs = sweep.factors.iter().zip(values);
        let pairs: Vec<String> = pairs.map(|(key, value)| assignment(key, value)).collect();
        match pairs.is_empty() {
            true => format!("at point {point}"),
            false => format!("at {}", pairs.join(", ")),
        }
    };
    let mut text = match (least, most) {
        (Some((low, least)), Some((high, most))) if low != high => format!(
            "{} goes from {} ({}) to {} ({}).",
            figure_name(name),
            with_unit(least, unit),
            at(low),
            with_unit(most, unit),
            at(high)
        ),
        (Some((_, mean)), _) => format!(
            "{}: {} on average.",
            figure_name(name),
            with_unit(mean, unit)
        ),
        _ => String::new(),
    };
    let never = points.keys().filter(|point| never(**point)).count();
    if never > 0 {
        let space = if text.is_empty() { "" } else { " " };
        text.push_str(&format!(
            "{space}At {never} of {} points, runs end before the network is back (never).",
            points.len()
        ));
    }
    text
}

fn table(sweep: &RunTable, points: &BTreeMap<usize, &[String]>, shown: &[String]) -> Section {
    let mut heads = head(&["Point#"]);
    heads.extend(
        sweep
            .factors
            .iter()
            .map(|name| HtmlCell::number(name.as_str())),
    );
    heads.extend(head(&["Runs#", "Failed#"]));
    heads.extend(shown.iter().map(|name| HtmlCell::number(figure_name(name))));
    let rows = points.iter().map(|(point, values)| {
        let of = || sweep.rows.iter().filter(|run| run.point == *point);
        let mut row = vec![HtmlCell::number(point.to_string())];
        row.extend(values.iter().map(|value| HtmlCell::number(value.as_str())));
        row.push(HtmlCell::number(of().count().to_string()));
        row.push(HtmlCell::number(
            of().filter(|run| run.failed).count().to_string(),
        ));
        row.extend(shown.iter().map(|name| {
            let known = point_values(sweep, *point, name);
            let words = |value: f64| with_unit(value, unit(name));
            let never = of()
                .filter(|run| run.figures.get(name) == Some(&None))
                .count();
            let mut text = match (mean_of(name, &known), known.as_slice()) {
                (Some(mean), _) => format!(
                    "{} ({} to {})",
                    words(mean.value),
                    words(mean.low),
                    words(mean.high)
                ),
                (None, [one]) => words(*one),
                (None, _) => String::new(),
            };
            match (never, text.as_str()) {
                (0, _) => {}
                (_, "") => text = "never".into(),
                (never, _) => text.push_str(&format!(", never in {never}")),
            }
            let calm = of().filter(|run| has_no_outage(&run.figures)).count();
            if calm > 0 && is_of_outage(name) {
                text.push_str(&format!(", no outage in {calm}"));
            }
            HtmlCell::number(text)
        }));
        row
    });
    Section::new("points", "All points").table(HtmlTable {
        caption:
            "Means over the runs of a point, with their 95 % intervals (Student's t), cut at 0. \
             Hours of a run without an outage are 0; the number of such runs is given."
                .into(),
        head: heads,
        rows: rows.collect(),
        long: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{experiment::storage::table::RunRow, results::figures::Figures};

    /// Two runs of each point with the values of one figure.
    fn sweep(values: &[[Option<f64>; 2]]) -> RunTable {
        let row = |point: usize, replicate: usize, value: Option<f64>| RunRow {
            run: 2 * point + replicate,
            point,
            replicate: replicate as u32,
            seed: 1,
            factors: vec![(point + 1).to_string()],
            failed: false,
            digest: "d".into(),
            figures: Figures::from([("hours_to_90_percent".to_owned(), value)]),
        };
        let rows = values.iter().enumerate().flat_map(|(point, pair)| {
            let pair = pair.iter().enumerate();
            pair.map(move |(replicate, value)| row(point, replicate, *value))
        });
        RunTable {
            factors: vec!["servers.login.rate [1/s]".into()],
            rows: rows.collect(),
        }
    }

    #[test]
    fn columns_with_units_are_written_as_keys_with_values() {
        assert_eq!(assignment("a.rate [1/s]", "2.5"), "a.rate = 2.5/s");
        assert_eq!(assignment("a.queue [s]", "5400"), "a.queue = 1 h 30 min");
        assert_eq!(assignment("a.share", "0.5"), "a.share = 0.5");
        assert_eq!(assignment("a.queue [s]", ""), "a.queue not set");
    }

    #[test]
    fn the_sentence_names_the_range_and_its_points() {
        let said = |values: &[[Option<f64>; 2]]| page_of(&sweep(values), None).answer;
        let [low, high] = [[Some(0.25), Some(0.75)], [Some(30.0), Some(32.0)]];
        assert_eq!(
            said(&[high, low]),
            "Time until 90 % were back goes from 30 min (at servers.login.rate = 2/s) to 1 d 7 h (at \
             servers.login.rate = 1/s)."
        );
        // A point with a run that never came back has no mean.
        assert_eq!(
            said(&[high, low, [None, Some(1.0)]]),
            "Time until 90 % were back goes from 30 min (at servers.login.rate = 2/s) to 1 d 7 h (at \
             servers.login.rate = 1/s). At 1 of 3 points, runs end before the network is back (never)."
        );
        assert_eq!(
            said(&[[None, Some(1.0)]]),
            "At 1 of 1 points, runs end before the network is back (never)."
        );
        assert_eq!(
            said(&[[Some(2.0); 2]; 2]),
            "The figures do not vary between the runs."
        );
    }
}
