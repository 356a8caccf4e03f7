//! The model as the loop of a run sees it: time that passes, and rows of a series.
//!
//! The loop, the repeats and their tests need no more than this, so tests can put
//! something small in its place.

use patchday_agents::{
    Simulation,
    metrics::columns::{COLUMNS, Cell},
};
use patchday_core::{Halt, Tick};

/// Something that can be followed sample by sample.
pub(crate) trait Simulated {
    /// Do every tick before `tick`.
    fn run_until(&mut self, tick: Tick) -> Result<(), Halt>;
    /// Every tick before this one is done.
    fn now(&self) -> Tick;
    /// Envelopes handled so far.
    fn handled(&self) -> u64;
    /// A row of the series, as of now: a cell for each of [`COLUMNS`], then one a region.
    fn sample(&mut self) -> Vec<Cell>;
    /// The fingerprint of the whole state.
    fn digest(&self) -> u64;
}

impl Simulated for Simulation {
    fn run_until(&mut self, tick: Tick) -> Result<(), Halt> {
        Self::run_until(self, tick)
    }

    fn now(&self) -> Tick {
        Self::now(self)
    }

    fn handled(&self) -> u64 {
        Self::handled(self)
    }

    fn sample(&mut self) -> Vec<Cell> {
        Self::sample(self)
    }

    fn digest(&self) -> u64 {
        Self::digest(self)
    }
}

/// A cell in thousandths.
pub(crate) fn thousandths(cell: Cell) -> u64 {
    match cell {
        Cell::Count(count) => count.saturating_mul(1_000),
        Cell::Thousandths(thousandths) => thousandths,
    }
}

/// The place of a column of the series, by its name.
pub(crate) fn column(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| column.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_that_the_program_reads_exist() {
        for name in [
            "online",
            "norm",
            "supernodes",
            "calls_failed",
            "calls_dropped",
            "events",
        ] {
            assert!(column(name).is_some(), "{name}");
        }
    }
}
