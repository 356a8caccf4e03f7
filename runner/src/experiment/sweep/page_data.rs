//! Data of the page of a sweep, derived from its table: points, and figures over the runs of a point.

use std::collections::BTreeMap;

use crate::{
    experiment::{
        stats::intervals::{Interval, mean},
        storage::table::RunTable,
    },
    host::format::duration,
    results::figures::bounds,
};

/// The values of a figure over the runs of a point; runs in which it is *never* are left out.
pub(crate) fn point_values(sweep: &RunTable, point: usize, name: &str) -> Vec<f64> {
    let runs = sweep.rows.iter().filter(|run| run.point == point);
    runs.filter_map(|run| run.figures.get(name).copied().flatten())
        .collect()
}

/// The points, each with the values of its factors.
pub(crate) fn points(sweep: &RunTable) -> BTreeMap<usize, &[String]> {
    sweep
        .rows
        .iter()
        .map(|run| (run.point, run.factors.as_slice()))
        .collect()
}

/// A column of a factor with a value, in words: `servers.login.rate = 5000/s` for the column
/// `servers.login.rate [1/s]` and the value 5000.
pub(crate) fn assignment(column: &str, value: &str) -> String {
    let (key, unit) = match column.split_once(" [") {
        Some((key, unit)) => (key, unit.trim_end_matches(']')),
        None => (column, ""),
    };
    match (unit, value) {
        (_, "") => format!("{key} not set"),
        ("1/s", value) => format!("{key} = {value}/s"),
        ("s", value) => match value.parse() {
            Ok(seconds) => format!("{key} = {}", duration(seconds)),
            Err(_) => format!("{key} = {value} s"),
        },
        (_, value) => format!("{key} = {value}"),
    }
}

/// The mean of a figure over some runs, its interval cut at the possible values of the figure.
pub(crate) fn mean_of(name: &str, values: &[f64]) -> Option<Interval> {
    // The table does not say how long the runs were.
    Some(mean(values)?.within(bounds(name, f64::INFINITY)))
}
