//! Spans and rates of a scenario in ticks.
//!
//! The only place where the parameters of services are converted. Units: ticks.

use patchday_core::{MAX_DELAY, Span as Ticks};

use crate::scenario::{
    quantity::{rate::Rate, run_clock::TickLength, span::Span},
    root::Scenario,
};

/// The length of a tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TickClock(TickLength);

impl TickClock {
    /// Creates the clock of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self(scenario.tick())
    }

    /// Returns the ticks in a second.
    pub(crate) fn per_second(self) -> f64 {
        f64::from(self.0.per_second())
    }

    /// Returns a span in ticks and parts of a tick.
    pub(crate) fn exact(self, span: Span) -> f64 {
        self.0.mean(span)
    }

    /// Returns a span in whole ticks, rounded up, at most [`MAX_DELAY`], which is after the end of the run.
    pub(crate) fn ticks(self, span: Span) -> Ticks {
        self.0.ticks(span).min(MAX_DELAY)
    }

    /// Returns a rate in events per tick.
    pub(crate) fn per_tick(self, rate: Rate) -> f64 {
        self.0.per_tick(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_kept_up_to_the_length_of_the_longest_run() {
        let clock = TickClock(TickLength::new(Span::from_millis(1)).unwrap());
        assert_eq!(clock.ticks(Span::from_minutes(105)), 6_300_000);
        assert_eq!(clock.ticks(Span::from_hours(24)), MAX_DELAY);
    }
}
