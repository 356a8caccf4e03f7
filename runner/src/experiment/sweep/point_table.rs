//! The table of the points of a sweep with replicates, `points.csv`: a row for each point and figure.
//!
//! A row has the mean with its 95 % interval and the quantiles over the replicates that did not fail.
//! *Never* is greater than every number: a mean over runs with it is a bound, and a quantile that
//! falls on it is empty. `never` is the number of such runs. Of a figure of the scenario's own, runs
//! without a value do not count.

use std::{collections::BTreeMap, fmt::Display};

use patchday_agents::scenario::Scenario;

use crate::{
    experiment::{
        error::ExperimentError,
        stats::censored::MeanBound,
        storage::table::RunTable,
        sweep::page_data::{RunGroups, points, run_hours, runs_by_point},
    },
    host::{error::Failure, format::rounded},
    results::{figures, summary::FigureId},
    store::csv_table::{ColumnType, TableColumn},
};

/// The columns: the first one, and those after the factors.
pub(crate) static COLUMNS: [TableColumn<'_>; 14] = [
    TableColumn::required("point", ColumnType::Integer),
    TableColumn::required("figure", ColumnType::Text),
    TableColumn::optional("unit", ColumnType::Text),
    TableColumn::required("runs", ColumnType::Integer),
    TableColumn::required("never", ColumnType::Integer),
    TableColumn::optional("mean", ColumnType::Number),
    TableColumn::optional("mean_is", ColumnType::Text),
    TableColumn::optional("mean_low", ColumnType::Number),
    TableColumn::optional("mean_high", ColumnType::Number),
    TableColumn::optional("p5", ColumnType::Number),
    TableColumn::optional("p25", ColumnType::Number),
    TableColumn::optional("median", ColumnType::Number),
    TableColumn::optional("p75", ColumnType::Number),
    TableColumn::optional("p95", ColumnType::Number),
];

/// The table as CSV; `scenario` is the one before its factors are set.
///
/// # Errors
/// Returns an error if the rows of `sweep` differ in their number of factors.
pub(crate) fn to_csv(sweep: &RunTable, scenario: Option<&Scenario>) -> Result<Vec<u8>, Failure> {
    let broken = |error: &dyn Display| ExperimentError::Table(error.to_string());
    let groups = RunGroups::new(&runs_by_point(sweep), run_hours(sweep, scenario));
    let own = scenario.map(figures::own).unwrap_or_default();
    let ids: Vec<FigureId> = FigureId::all().chain(own).collect();
    let points: BTreeMap<usize, &[String]> = points(sweep);
    let mut out = csv::Writer::from_writer(Vec::new());
    let (first, others) = COLUMNS.split_at(1);
    let names = |columns: &'static [TableColumn<'static>]| columns.iter().map(|column| column.name);
    let heads = names(first)
        .chain(sweep.factors.iter().map(String::as_str))
        .chain(names(others));
    out.write_record(heads).map_err(|error| broken(&error))?;
    for (group, (point, values)) in points.into_iter().enumerate() {
        for id in &ids {
            let first = std::iter::once(point.to_string()).chain(values.iter().cloned());
            let record = first.chain(row(&groups, group, *id));
            out.write_record(record).map_err(|error| broken(&error))?;
        }
    }
    Ok(out.into_inner().map_err(|error| broken(&error))?)
}

/// The cells of a figure at a point.
fn row(groups: &RunGroups, group: usize, id: FigureId) -> Vec<String> {
    let number =
        |value: Option<f64>| value.map_or_else(String::new, |value| rounded(value, 6).to_string());
    let mean = groups.mean(group, id);
    let (never, runs) = groups.counts(group, id);
    let is = mean.map_or("", |mean| match mean.bound {
        MeanBound::Exact => "exact",
        MeanBound::AtLeast => "at least",
        MeanBound::AtMost => "at most",
        MeanBound::Unknown => "about",
    });
    let mut cells = vec![
        id.name().into_owned(),
        id.unit().to_owned(),
        runs.to_string(),
        never.to_string(),
        number(mean.map(|mean| mean.value)),
        is.to_owned(),
        number(mean.and_then(|mean| mean.low)),
        number(mean.and_then(|mean| mean.high)),
    ];
    let quantiles = groups.quantiles(group, id);
    for place in 0..5 {
        let quantile = quantiles.map(|quantiles| quantiles[place]);
        cells.push(number(quantile.filter(|value| value.is_finite())));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{experiment::storage::table::RunRow, results::figures::Figures};

    #[test]
    fn a_point_has_mean_and_median_of_each_figure() {
        let values = [Some(1.0), Some(2.0), Some(9.0), None, None];
        let row = |(replicate, value): (usize, &Option<f64>)| RunRow {
            run: replicate,
            point: 0,
            replicate: replicate as u32,
            seed: 1,
            factors: vec!["x,y".into()],
            failed: false,
            digest: "d".into(),
            figures: Figures::from([
                ("hours_to_90_percent".to_owned(), *value),
                ("user_hours_lost".to_owned(), Some(replicate as f64)),
                (
                    "recovered".to_owned(),
                    Some(f64::from(u8::from(value.is_some()))),
                ),
            ]),
        };
        let sweep = RunTable {
            factors: vec!["a.b".into()],
            rows: values.iter().enumerate().map(row).collect(),
        };
        let text = String::from_utf8(to_csv(&sweep, None).unwrap()).unwrap();
        let mut lines = text.lines();
        assert_eq!(
            lines.next().unwrap(),
            "point,a.b,figure,unit,runs,never,mean,mean_is,mean_low,mean_high,p5,p25,median,p75,p95"
        );
        let line = |name: &str| {
            let found = text.lines().find(|line| line.contains(name)).unwrap();
            found.split(',').map(str::to_owned).collect::<Vec<_>>()
        };
        // The factor has a comma of its own.
        let back = line(",hours_to_90_percent,");
        assert_eq!(back[3..7], ["hours_to_90_percent", "h", "5", "2"]);
        assert_eq!(back[8], "at least");
        // Two of five are never: the median is the third value, the upper quantiles are never.
        assert_eq!(back[11..], ["1.2", "2", "9", "", ""]);
        let lost = line(",user_hours_lost,");
        assert_eq!(lost[11..], ["0.2", "1", "2", "3", "3.8"]);
        assert_eq!(text.lines().count(), 1 + FigureId::all().count());
    }
}
