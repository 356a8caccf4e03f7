//! Figures of a map: chosen ones, and those of the scenario's own, of the run with triggers at each point.

use std::collections::BTreeSet;

use patchday_agents::scenario::Scenario;
use serde::{Deserialize, Serialize};

use crate::{
    experiment::map::grid::{GridPoint, MapPoint},
    host::{
        error::Failure,
        text::text_table::{left, right, text_table},
    },
    results::{
        figures::{self, Figures},
        summary::{Figure, FigureId},
        units::with_unit,
    },
};

/// The most columns of the coarse grid that are printed.
const MOST_COLUMNS: usize = 9;

/// A figure that the points of a map have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MapFigure {
    pub(crate) name: String,
    pub(crate) unit: String,
}

/// The figures of a scenario's own, and then those with these names.
///
/// # Errors
/// Returns an error if a name is not that of a figure.
pub(crate) fn chosen(names: &[String], scenario: &Scenario) -> Result<Vec<FigureId>, Failure> {
    let mut all = figures::own(scenario);
    for name in names {
        all.push(figures::parse(name.trim(), scenario)?);
    }
    let mut seen = BTreeSet::new();
    all.retain(|id| seen.insert(*id));
    Ok(all)
}

/// Their names and units.
pub(crate) fn named(ids: &[FigureId]) -> Vec<MapFigure> {
    let named = ids.iter().map(|id| MapFigure {
        name: id.name().into_owned(),
        unit: id.unit().to_owned(),
    });
    named.collect()
}

/// Those of all figures of a run that are chosen.
pub(crate) fn select(all: &Figures, ids: &[FigureId]) -> Figures {
    let found = |id: &FigureId| Some((id.name().into_owned(), figures::get(all, *id)?));
    ids.iter().filter_map(found).collect()
}

impl MapFigure {
    /// Its value at a point; `None` if the run has none.
    pub(crate) fn at(&self, point: &MapPoint) -> Option<Figure> {
        point.figures.get(&self.name).copied()
    }

    /// A value as text.
    pub(crate) fn text(&self, value: Option<Figure>) -> String {
        match value {
            None => "no value".into(),
            Some(None) => "never".into(),
            Some(Some(value)) => with_unit(value, &self.unit),
        }
    }

    /// The least and the greatest value, without *never*; `None` if no point has a value.
    pub(crate) fn range(&self, points: &[MapPoint]) -> Option<(f64, f64)> {
        let values = || points.iter().filter_map(|point| self.at(point)?);
        Some((values().reduce(f64::min)?, values().reduce(f64::max)?))
    }

    /// The range in words, and how many points are *never*.
    pub(crate) fn range_text(&self, points: &[MapPoint]) -> String {
        let mut text = match self.range(points) {
            None => "no value".to_owned(),
            Some((low, high)) => {
                let [low, high] = [low, high].map(|value| self.text(Some(Some(value))));
                format!("{low} to {high}")
            }
        };
        let is_never = |point: &&MapPoint| self.at(point) == Some(None);
        let never = points.iter().filter(is_never).count();
        if never > 0 {
            text.push_str(&format!(", never at {never} of {} points", points.len()));
        }
        text
    }

    /// The range, and the values at the coarse grid unless it has too many columns. `coarse` are its
    /// columns, and also its rows; `keys` are the first and the second key.
    pub(crate) fn table_text(
        &self,
        points: &[MapPoint],
        coarse: &[u32],
        keys: (&str, &str),
    ) -> String {
        let mut text = format!("\n{}: {}\n", self.name, self.range_text(points));
        if coarse.len() > MOST_COLUMNS {
            return text;
        }
        let find = |column: u32, row: u32| {
            let place = GridPoint { column, row };
            points.iter().find(|point| point.place == place)
        };
        let heads: Vec<String> = coarse
            .iter()
            .map(|column| find(*column, 0).map_or_else(String::new, |one| one.x.clone()))
            .collect();
        let corner = format!("{} \\ {}", keys.1, keys.0);
        let columns: Vec<_> = std::iter::once(left(&corner))
            .chain(heads.iter().map(|head| right(head)))
            .collect();
        let rows = coarse.iter().rev().map(|row| {
            let name = find(0, *row).map_or_else(String::new, |one| one.y.clone());
            let value = |column: &u32| {
                let point = find(*column, *row);
                point.map_or_else(String::new, |point| self.text(self.at(point)))
            };
            std::iter::once(name)
                .chain(coarse.iter().map(value))
                .collect()
        });
        text.push_str(&text_table(&columns, rows));
        text
    }
}
