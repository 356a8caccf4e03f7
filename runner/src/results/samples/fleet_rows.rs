//! The samples of services, operations and sources, for their tables and charts.
//!
//! A scenario without services has none. Times are ticks.

use patchday_agents::{
    metrics::{
        cell::Cell,
        columns::{COLUMNS, region_columns},
    },
    scenario::{FleetColumn, Scenario},
};
use patchday_core::Tick;

/// The cells of all samples.
#[derive(Clone, Debug, Default)]
pub(crate) struct FleetRows {
    /// The columns.
    pub(crate) columns: Vec<FleetColumn>,
    /// The place of the first column in a row of the series.
    first: usize,
    /// Each sample: its tick, and a cell for each column.
    pub(crate) rows: Vec<(Tick, Vec<Cell>)>,
}

impl FleetRows {
    /// No samples yet, of a run of this scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self {
            columns: FleetColumn::all(scenario),
            first: COLUMNS.len() + region_columns(scenario).len(),
            rows: Vec::new(),
        }
    }

    /// Adds a sample: a row of the series taken at `tick`.
    pub(crate) fn add(&mut self, tick: Tick, row: &[Cell]) {
        if let Some(cells) = row.get(self.first..self.first + self.columns.len())
            && !cells.is_empty()
        {
            self.rows.push((tick, cells.to_vec()));
        }
    }
}
