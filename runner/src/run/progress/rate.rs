//! The speed of a run, and the estimate of its remaining time.
//!
//! Rates are measured over the last second or more. The remaining time assumes the mean speed
//! since this process started or resumed the run. Real time is in seconds.

use std::time::Duration;

use patchday_agents::scenario::quantity::TickLength;
use patchday_core::Tick;

/// Rates are measured over at least this time.
const STEP: Duration = Duration::from_secs(1);

/// The position of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunPosition {
    /// The next tick; every tick before it has been simulated.
    pub(crate) now: Tick,
    /// Messages handled so far.
    pub(crate) handled: u64,
}

/// The speed of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The position at which this process started or resumed the run.
    pub(crate) from: RunPosition,
    end: Tick,
    tick: TickLength,
    before: (Duration, RunPosition),
    pub(crate) events_per_s: f64,
    pub(crate) simulated_s_per_wall_s: f64,
}

impl Pace {
    /// A run that starts or continues at `from` and ends at a tick.
    pub(crate) fn new(from: RunPosition, end: Tick, tick: TickLength) -> Self {
        Self {
            tick,
            from,
            end,
            before: (Duration::ZERO, from),
            events_per_s: 0.0,
            simulated_s_per_wall_s: 0.0,
        }
    }

    /// Updates the rates with the position of the run after `elapsed`.
    pub(crate) fn update(&mut self, place: RunPosition, elapsed: Duration) {
        let (at, before) = self.before;
        let step = elapsed.saturating_sub(at);
        // Shorter steps would make the rates unsteady; in between they stay as they are.
        if step >= STEP || self.events_per_s == 0.0 && place != before {
            let seconds = step.as_secs_f64().max(1e-3);
            let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
            self.events_per_s = rate(place.handled, before.handled);
            let ticks = rate(place.now.into(), before.now.into());
            self.simulated_s_per_wall_s = self.tick.as_seconds(ticks);
            self.before = (elapsed, place);
        }
    }

    /// Remaining time, in seconds; `None` before the first tick.
    pub(crate) fn left(&self, now: Tick, elapsed: Duration) -> Option<f64> {
        let done = now.saturating_sub(self.from.now);
        let to_go = self.end.saturating_sub(now);
        (done > 0).then(|| elapsed.as_secs_f64() * f64::from(to_go) / f64::from(done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(now: Tick, handled: u64) -> RunPosition {
        RunPosition { now, handled }
    }

    #[test]
    fn rates_are_recent_and_the_remaining_time_uses_the_mean() {
        let mut pace = Pace::new(RunPosition::default(), 7_200, TickLength::SECOND);
        assert_eq!(pace.left(0, Duration::ZERO), None);
        pace.update(place(3_600, 20_000_000), Duration::from_secs(10));
        assert_eq!(pace.events_per_s, 2e6);
        assert_eq!(pace.left(3_600, Duration::from_secs(10)), Some(10.0));
        pace.update(place(3_700, 20_100_000), Duration::from_millis(10_400));
        assert_eq!(pace.events_per_s, 2e6);
        pace.update(place(5_400, 21_000_000), Duration::from_secs(12));
        assert_eq!(
            (pace.events_per_s, pace.simulated_s_per_wall_s),
            (5e5, 900.0)
        );
        assert_eq!(pace.left(5_400, Duration::from_secs(12)), Some(4.0));
    }

    #[test]
    fn ticks_before_the_resume_do_not_count() {
        let mut pace = Pace::new(place(9_000, 5_000_000_000), 10_000, TickLength::SECOND);
        pace.update(place(9_100, 5_001_000_000), Duration::from_secs(10));
        assert_eq!(pace.events_per_s, 1e5);
        assert_eq!(pace.left(9_100, Duration::from_secs(10)), Some(90.0));
    }
}
