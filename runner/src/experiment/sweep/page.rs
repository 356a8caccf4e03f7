//! The report of a sweep: its figures against the keys that vary, and a table of all points.

use std::{collections::BTreeMap, fs::File, path::Path};

use patchday_agents::{metrics::columns::ColumnId, scenario::Scenario};

use crate::{
    experiment::{
        error::ExperimentError,
        stats::censored::{Mean, MeanBound},
        storage::answer_page::{figure_name, provenance},
        storage::{
            ledger_lines::{Batch, batch_of_directory},
            table::RunTable,
        },
        sweep::{
            bands::PointBand,
            heat_map::HeatMap,
            page_bands,
            page_data::{RunGroups, assignment, points, run_hours, runs_by_point, scenario},
            page_points,
            scatter::Scatter,
        },
    },
    host::error::Failure,
    report::html::{
        page::{Card, Page, Section},
        scale_note,
    },
    results::{figures, summary::FigureId},
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

/// The figures that vary between runs, those of the scenario's own first.
fn varying(sweep: &RunTable, scenario: Option<&Scenario>) -> Vec<FigureId> {
    let varies = |id: &FigureId| {
        let mut values = sweep
            .rows
            .iter()
            .map(|run| figures::get(&run.figures, *id).flatten());
        let first = values.next().flatten();
        values.any(|value| value != first)
    };
    let own = scenario.map(figures::own).unwrap_or_default();
    own.into_iter().chain(FIGURES).filter(varies).collect()
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
    let bands = page_bands::read(directory)?;
    Ok(page_of(&sweep, batch, scenario(directory).as_ref(), &bands))
}

/// The page of a table without its ledger.
///
/// # Errors
/// Returns an error with the line if it is not the table of a sweep.
#[cfg(any(test, fuzzing))]
pub(crate) fn page_of_table(table: &[u8]) -> Result<Page, String> {
    Ok(page_of(&RunTable::from_csv(table)?, None, None, &[]))
}

/// The page of a table; `scenario` is the one before its factors are set.
fn page_of(
    sweep: &RunTable,
    batch: Option<Batch>,
    scenario: Option<&Scenario>,
    bands: &[PointBand],
) -> Page {
    let hours = run_hours(sweep, scenario);
    let failed = sweep.rows.iter().filter(|run| run.failed).count();
    let points = points(sweep);
    let groups = RunGroups::new(&runs_by_point(sweep), hours);
    let shown = varying(sweep, scenario);
    let mut sections = Vec::new();
    let mut section = Section::new("response", "How it responds");
    if shown.is_empty() {
        section =
            section.paragraph("None of the figures that this page draws varies between the runs.");
    }
    for (number, id) in shown.iter().take(MOST).enumerate() {
        if let Some(heat) = HeatMap::new(sweep, &groups, *id, number) {
            section = section.picture(|viewport| heat.draw(viewport), heat.caption());
            continue;
        }
        for factor in 0..sweep.factors.len() {
            let scatter = Scatter::new(sweep, hours, *id, factor, number);
            section = section.picture(|viewport| scatter.draw(viewport), scatter.caption());
        }
    }
    sections.push(section);
    sections.extend(page_bands::section(
        bands,
        &sweep.factors,
        &points,
        scenario,
    ));
    sections.push(page_points::table(sweep, &groups, &points, &shown));
    if let Some(batch) = &batch {
        sections.push(provenance(
            &[
                ("command", batch.shown_command()),
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
        answer: answer(sweep, &groups, &points, &shown),
        lead,
        cards: vec![
            Card::new("Points", points.len().to_string(), ""),
            Card::new("Runs", sweep.rows.len().to_string(), failures),
        ],
        sections,
    }
}

/// What the sweep found, in a sentence: the range of the first figure that varies, with its points.
fn answer(
    sweep: &RunTable,
    groups: &RunGroups,
    points: &BTreeMap<usize, &[String]>,
    shown: &[FigureId],
) -> String {
    let Some(id) = shown.first().copied() else {
        return "The figures do not vary between the runs.".into();
    };
    let means = (0..points.len()).filter_map(|group| Some((group, groups.mean(group, id)?)));
    let means: Vec<(usize, Mean)> = means.collect();
    // The least mean is one that is known, if there is any; the greatest one can be a bound.
    let order =
        |one: &&(usize, Mean), other: &&(usize, Mean)| one.1.value.total_cmp(&other.1.value);
    let exact = |(_, mean): &&(usize, Mean)| mean.bound == MeanBound::Exact;
    let least = means.iter().filter(exact).min_by(order);
    let least = least.or_else(|| means.iter().min_by(order));
    let most = means.iter().rev().max_by(order);
    let at = |group: usize| {
        let (point, values) = points.iter().nth(group).unzip();
        let values = values.copied().unwrap_or_default();
        let pairs = sweep.factors.iter().zip(values);
        let pairs: Vec<String> = pairs.map(|(key, value)| assignment(key, value)).collect();
        match pairs.is_empty() {
            true => format!("at point {}", point.copied().unwrap_or(0)),
            false => format!("at {}", pairs.join(", ")),
        }
    };
    let name = figure_name(&id.name());
    let mut text = match (least, most) {
        (Some((low, least)), Some((high, most))) if low != high => format!(
            "{name} goes from {} ({}) to {} ({}).",
            least.in_words(id.unit()),
            at(*low),
            most.in_words(id.unit()),
            at(*high)
        ),
        (Some((_, mean)), _) => format!("{name}: {} on average.", mean.in_words(id.unit())),
        _ => String::new(),
    };
    let open = means
        .iter()
        .filter(|(_, mean)| mean.bound != MeanBound::Exact);
    let open = open.count();
    if open > 0 {
        let space = if text.is_empty() { "" } else { " " };
        text.push_str(&format!(
            "{space}At {open} of {} points, runs end before the network is back (never).",
            points.len()
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{experiment::storage::table::RunRow, results::figures::Figures};

    fn three_days() -> Scenario {
        let mut scenario = Scenario::default();
        scenario.run.end = scenario.run.start.after("3d".parse().unwrap());
        scenario
    }

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
            figures: Figures::from([
                ("hours_to_90_percent".to_owned(), value),
                (
                    "longest_hours_below_90_percent".to_owned(),
                    Some(value.unwrap_or(20.0)),
                ),
                (
                    "recovered".to_owned(),
                    Some(f64::from(u8::from(value.is_some()))),
                ),
            ]),
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
        let said = |values: &[[Option<f64>; 2]]| {
            page_of(&sweep(values), None, Some(&three_days()), &[]).answer
        };
        let [low, high] = [[Some(0.25), Some(0.75)], [Some(30.0), Some(32.0)]];
        assert_eq!(
            said(&[high, low]),
            "Time until 90 % were back goes from 30 min (at servers.login.rate = 2/s) to 31 h (at \
             servers.login.rate = 1/s)."
        );
        // A point with a run that never came back has no mean.
        assert_eq!(
            said(&[high, low, [None, Some(1.0)]]),
            "Time until 90 % were back goes from 30 min (at servers.login.rate = 2/s) to 31 h (at \
             servers.login.rate = 1/s). At 1 of 3 points, runs end before the network is back (never)."
        );
        // Without other points, the means are bounds.
        assert_eq!(
            said(&[[None, Some(1.0)]]),
            "Time until 90 % were back: at least 10 h 30 min on average. At 1 of 1 points, runs end \
             before the network is back (never)."
        );
        assert_eq!(
            said(&[[Some(2.0); 2]; 2]),
            "The figures do not vary between the runs."
        );
    }
    #[test]
    fn a_mean_over_runs_that_never_came_back_is_at_least() {
        let page = page_of(
            &sweep(&[[None, Some(1.0)], [Some(3.0), Some(5.0)]]),
            None,
            Some(&three_days()),
            &[],
        );
        let table = &page.sections[1].tables[0];
        let texts: Vec<Vec<&str>> = table
            .rows
            .iter()
            .map(|row| row.iter().map(|cell| cell.text.as_str()).collect())
            .collect();
        let heads: Vec<&str> = table.head.iter().map(|cell| cell.text.as_str()).collect();
        let column = |name: &str| heads.iter().position(|head| *head == name).unwrap();
        let back = column("Time until 90 % were back");
        assert!(
            texts[0][back].starts_with("at least 10 h 30 min ("),
            "{texts:?}"
        );
        assert!(
            texts[0][back].ends_with(" to open), median never, never in 1"),
            "{texts:?}"
        );
        assert!(texts[1][back].starts_with("4 h ("), "{texts:?}");
        assert_eq!(
            (
                texts[0][column("Never over")],
                texts[1][column("Never over")]
            ),
            ("1", "0")
        );
    }
}
