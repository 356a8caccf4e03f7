//! The grid of a map: a coarse grid, and finer ones where neighbouring regimes differ.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    experiment::{design::range::Range, map::regime::Regime},
    results::figures::Figures,
};

/// A point of the finest grid. In JSON it is an array of column and row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(u32, u32)", into = "(u32, u32)")]
pub(crate) struct GridPoint {
    pub(crate) column: u32,
    pub(crate) row: u32,
}

impl From<(u32, u32)> for GridPoint {
    fn from((column, row): (u32, u32)) -> Self {
        Self { column, row }
    }
}

impl From<GridPoint> for (u32, u32) {
    fn from(point: GridPoint) -> Self {
        (point.column, point.row)
    }
}

/// A point that was run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MapPoint {
    /// The value of the first key.
    pub(crate) x: String,
    /// The value of the second key.
    pub(crate) y: String,
    #[serde(rename = "class")]
    pub(crate) regime: Regime,
    /// Its column and row on the finest grid.
    pub(crate) place: GridPoint,
    /// The figures of the map, of the run with triggers; null is *never*, and one without a value is
    /// absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) figures: Figures,
}

/// A key with the range that it varies over.
#[derive(Clone, Debug)]
pub(crate) struct KeyRange {
    pub(crate) key: String,
    pub(crate) range: Range,
}

/// The axes, and the resolution of the finest grid.
#[derive(Clone, Debug)]
pub(crate) struct Axes {
    pub(crate) x: KeyRange,
    pub(crate) y: KeyRange,
    /// Steps of the finest grid along each axis.
    pub(crate) steps: u32,
    /// Steps of the finest grid between two points of the coarse grid.
    pub(crate) coarse: u32,
}

impl Axes {
    /// The value of the first key in a column.
    pub(crate) fn x_value(&self, column: u32) -> String {
        self.value(&self.x.range, column)
    }

    /// The value of the second key in a row.
    pub(crate) fn y_value(&self, row: u32) -> String {
        self.value(&self.y.range, row)
    }

    fn value(&self, range: &Range, step: u32) -> String {
        range.text(range.at(f64::from(step) / f64::from(self.steps)))
    }

    /// The points of the coarse grid.
    pub(crate) fn coarse_points(&self) -> Vec<GridPoint> {
        let line = || (0..=self.steps).step_by(self.coarse as usize);
        line()
            .flat_map(|row| line().map(move |column| GridPoint { column, row }))
            .collect()
    }

    /// The most points that a map can have: those of the finest grid.
    pub(crate) fn most_points(&self) -> usize {
        (self.steps as usize + 1).pow(2)
    }

    /// The points to add at half the spacing `step`: the middles of edges and cells whose corners
    /// have different regimes.
    pub(crate) fn refined(&self, known: &BTreeMap<GridPoint, Regime>, step: u32) -> Vec<GridPoint> {
        let half = step / 2;
        let mut wanted = Vec::new();
        for row in (0..self.steps).step_by(step as usize) {
            for column in (0..self.steps).step_by(step as usize) {
                let corners = [(0, 0), (step, 0), (0, step), (step, step)];
                let at = |(dx, dy): (u32, u32)| GridPoint {
                    column: column + dx,
                    row: row + dy,
                };
                let regimes: Vec<_> = corners
                    .into_iter()
                    .filter_map(|corner| known.get(&at(corner)))
                    .collect();
                if regimes.len() == 4 && regimes.windows(2).any(|pair| pair[0] != pair[1]) {
                    let middles = [
                        (half, 0),
                        (0, half),
                        (half, half),
                        (step, half),
                        (half, step),
                    ];
                    wanted.extend(middles.map(at));
                }
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|point| !known.contains_key(point));
        wanted
    }
}
