//! How fast a run goes, of late, and how long it will take.
//!
//! Rates are of the last second or more; the time left is reckoned as if the run went on as it
//! did since this process began with it, which may be in its middle. Real time is in seconds.

use std::time::Duration;

use patchday_core::Tick;

/// Rates are taken over no less.
const STEP: Duration = Duration::from_secs(1);

/// Where a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Every tick before this one is done.
    pub(crate) now: Tick,
    /// Envelopes handled so far.
    pub(crate) handled: u64,
}

/// How fast it goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Where this process began with it.
    pub(crate) from: Place,
    end: Tick,
    before: (Duration, Place),
    pub(crate) events_per_s: f64,
    pub(crate) simulated_s_per_wall_s: f64,
}

impl Pace {
    /// Of a run that begins, or goes on, there, and ends at a tick.
    pub(crate) fn new(from: Place, end: Tick) -> Self {
        Self {
            from,
            end,
            before: (Duration::ZERO, from),
            events_per_s: 0.0,
            simulated_s_per_wall_s: 0.0,
        }
    }

    /// Takes in where the run is, after a time.
    pub(crate) fn take_in(&mut self, place: Place, elapsed: Duration) {
        let (at, before) = self.before;
        let step = elapsed.saturating_sub(at);
        // Long enough to be steady; who redraws more often sees the same rate.
        if step >= STEP || self.events_per_s == 0.0 && place != before {
            let seconds = step.as_secs_f64().max(1e-3);
            let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
            self.events_per_s = rate(place.handled, before.handled);
            self.simulated_s_per_wall_s = rate(place.now.into(), before.now.into());
            self.before = (elapsed, place);
        }
    }

    /// Time left, in seconds; none while that cannot be said.
    pub(crate) fn left(&self, now: Tick, elapsed: Duration) -> Option<f64> {
        let done = now.saturating_sub(self.from.now);
        let to_go = self.end.saturating_sub(now);
        (done > 0).then(|| elapsed.as_secs_f64() * f64::from(to_go) / f64::from(done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(now: Tick, handled: u64) -> Place {
        Place { now, handled }
    }

    #[test]
    fn rates_are_of_late_and_the_rest_follows_the_whole() {
        let mut pace = Pace::new(Place::default(), 7_200);
        assert_eq!(pace.left(0, Duration::ZERO), None);
        pace.take_in(place(3_600, 20_000_000), Duration::from_secs(10));
        assert_eq!(pace.events_per_s, 2e6);
        assert_eq!(pace.left(3_600, Duration::from_secs(10)), Some(10.0));
        pace.take_in(place(3_700, 20_100_000), Duration::from_millis(10_400));
        assert_eq!(pace.events_per_s, 2e6);
        pace.take_in(place(5_400, 21_000_000), Duration::from_secs(12));
        assert_eq!(
            (pace.events_per_s, pace.simulated_s_per_wall_s),
            (5e5, 900.0)
        );
        assert_eq!(pace.left(5_400, Duration::from_secs(12)), Some(4.0));
    }

    #[test]
    fn what_was_done_before_is_not_counted_as_done_now() {
        let mut pace = Pace::new(place(9_000, 5_000_000_000), 10_000);
        pace.take_in(place(9_100, 5_001_000_000), Duration::from_secs(10));
        assert_eq!(pace.events_per_s, 1e5);
        assert_eq!(pace.left(9_100, Duration::from_secs(10)), Some(90.0));
    }
}
