//! The interface between the run loop and the model: advance in time, take rows of the series.
//!
//! The loop, the repeats and their tests use nothing else of a model, so a test can replace it
//! by a small one. Units: ticks (seconds).

use patchday_agents::{Simulation, metrics::cell::Cell};
use patchday_core::{Halt, Tick};

/// A model that can be advanced and sampled.
pub(crate) trait Simulated {
    /// Simulates every tick before `tick`.
    fn run_until(&mut self, tick: Tick) -> Result<(), Halt>;
    /// The next tick; every tick before it has been simulated.
    fn now(&self) -> Tick;
    /// Messages handled so far.
    fn handled(&self) -> u64;
    /// A row of the series at [`now`](Self::now): a cell for each of
    /// [`COLUMNS`](patchday_agents::metrics::columns::COLUMNS), then one for each region.
    fn sample(&mut self) -> Vec<Cell>;
    /// The digest of the state.
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
