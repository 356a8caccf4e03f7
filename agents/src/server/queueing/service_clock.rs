//! The service clock of a kind of server: the work that a server of this kind could have done since
//! the start of the run.
//!
//! The speed of servers changes only between two ticks, so within a tick the clock advances at a
//! constant rate. A queue stores the reading at which all its work is done; this is exact for any
//! history of speeds, and costs nothing while nothing changes. Invariant: readings never decrease.
//! Units: work in 2^-30 of a tick at the usual speed; speeds in millionths of the usual speed.

use patchday_core::{Span, Tick};
use serde::{Deserialize, Serialize};

/// The usual speed of servers.
pub(crate) const USUAL_SPEED: u64 = 1_000_000;

/// The maximum speed: the product of three of the largest factors of a scenario. It bounds readings to
/// 2^83.
pub(crate) const MAX_SPEED: u64 = 1_000_000_000 * USUAL_SPEED;

/// The work of a tick at the usual speed.
pub(crate) const TICK_OF_WORK: u128 = 1 << 30;

/// A reading of a service clock, as a number of 96 bits.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub(crate) struct ClockReading {
    high: u32,
    middle: u32,
    low: u32,
}

impl ClockReading {
    /// The reading at the start of the run.
    pub(crate) const ZERO: Self = Self {
        high: 0,
        middle: 0,
        low: 0,
    };

    /// Creates a reading. Work above 2^96 - 1 becomes 2^96 - 1.
    pub(crate) fn new(work: u128) -> Self {
        let work = work.min((1 << 96) - 1);
        Self {
            high: (work >> 64) as u32,
            middle: (work >> 32) as u32,
            low: work as u32,
        }
    }

    /// Returns the work.
    pub(crate) fn work(self) -> u128 {
        (u128::from(self.high) << 64) | (u128::from(self.middle) << 32) | u128::from(self.low)
    }
}

/// The service clock of a kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ServiceClock {
    /// The reading at the last change of the speed.
    at_change: ClockReading,
    /// The tick of that change.
    changed: Tick,
    /// The speed since then.
    speed: u64,
}

impl ServiceClock {
    /// The clock at the start of the run, at the usual speed.
    pub(crate) const START: Self = Self {
        at_change: ClockReading::ZERO,
        changed: 0,
        speed: USUAL_SPEED,
    };

    /// Returns the speed.
    pub(crate) fn speed(&self) -> u64 {
        self.speed
    }

    /// Returns the work that a server does in a tick.
    fn work_per_tick(&self) -> u128 {
        u128::from(self.speed) * TICK_OF_WORK / u128::from(USUAL_SPEED)
    }

    /// Returns the clock during tick `now`, which must not be before the last change.
    pub(crate) fn pace(&self, now: Tick) -> Pace {
        Pace {
            now,
            start: self.at(now),
            per_tick: self.work_per_tick(),
        }
    }

    /// Sets the speed from the start of tick `now` on. A speed above [`MAX_SPEED`] becomes that.
    pub(crate) fn set_speed(&mut self, speed: u64, now: Tick) {
        *self = Self {
            at_change: ClockReading::new(self.at(now)),
            changed: now,
            speed: speed.min(MAX_SPEED),
        };
    }

    /// Returns the reading at the start of tick `now`.
    fn at(&self, now: Tick) -> u128 {
        let ticks = now.saturating_sub(self.changed);
        self.at_change.work() + u128::from(ticks) * self.work_per_tick()
    }
}

/// A service clock during one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// The tick.
    pub(crate) now: Tick,
    /// The reading at the start of the tick.
    pub(crate) start: u128,
    /// The work of a tick; 0 if the servers are stopped.
    pub(crate) per_tick: u128,
}

impl Pace {
    /// Returns whether the servers are stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.per_tick == 0
    }

    /// Returns the reading at the end of the tick.
    pub(crate) fn end(&self) -> u128 {
        self.start + self.per_tick
    }

    /// Returns the work of `ticks` ticks at the speed of now.
    pub(crate) fn work_in(&self, ticks: Span) -> u128 {
        u128::from(ticks) * self.per_tick
    }

    /// Returns the time that `work` takes at the speed of now, in thousandths of a tick. The servers
    /// may be stopped; then it is the time at the usual speed.
    pub(crate) fn thousandths_for(&self, work: u128) -> u64 {
        let per_tick = if self.is_stopped() {
            TICK_OF_WORK
        } else {
            self.per_tick
        };
        u64::try_from(work.saturating_mul(1000) / per_tick).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_adds_up_the_speeds_of_all_ticks() {
        let mut clock = ServiceClock::START;
        let mut sum = 0;
        for now in 0..1_000 {
            if now % 7 == 0 {
                clock.set_speed(u64::from(now % 5) * 250_000, now);
            }
            assert_eq!(clock.at(now), sum, "{now}");
            sum += clock.work_per_tick();
        }
    }

    #[test]
    fn the_largest_reading_of_a_run_fits() {
        let mut clock = ServiceClock::START;
        clock.set_speed(u64::MAX, 0);
        let days = 60 * 86_400;
        clock.set_speed(0, days);
        assert_eq!(
            clock.at(days),
            u128::from(days) * 1_000_000_000 * TICK_OF_WORK
        );
        assert!(clock.at(days) < 1 << 84);
    }

    #[test]
    fn readings_are_ordered_like_their_work() {
        let works = [0, 1, (1 << 32) - 1, 1 << 32, 1 << 64, (1 << 96) - 1];
        for (one, other) in works.iter().zip(&works[1..]) {
            assert!(ClockReading::new(*one) < ClockReading::new(*other));
            assert_eq!(ClockReading::new(*one).work(), *one);
        }
        assert_eq!(ClockReading::new(u128::MAX).work(), (1 << 96) - 1);
    }
}
