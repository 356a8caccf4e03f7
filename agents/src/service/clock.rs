//! Spans and rates of a scenario in ticks.
//!
//! The only place where the parameters of services are converted. Units: ticks.

use patchday_core::{MAX_DELAY, Span as Ticks};

use crate::scenario::{
    quantity::{rate::Rate, span::Span},
    root::Scenario,
};

/// The length of a tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TickClock {
    per_second: f64,
}

impl TickClock {
    /// Creates the clock of a scenario.
    pub(crate) fn new(_scenario: &Scenario) -> Self {
        Self { per_second: 1.0 }
    }

    /// Returns the ticks in a second.
    pub(crate) fn per_second(self) -> f64 {
        self.per_second
    }

    /// Returns a span in ticks and parts of a tick.
    pub(crate) fn exact(self, span: Span) -> f64 {
        f64::from(span.seconds()) * self.per_second
    }

    /// Returns a span in whole ticks, rounded to the nearest.
    pub(crate) fn ticks(self, span: Span) -> Ticks {
        (self.exact(span).round() as Ticks).min(MAX_DELAY / 2)
    }

    /// Returns a rate in events per tick.
    pub(crate) fn per_tick(self, rate: Rate) -> f64 {
        rate.per_second() / self.per_second
    }
}
