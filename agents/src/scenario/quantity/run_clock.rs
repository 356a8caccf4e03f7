//! The length of a tick, and the ticks of a run: the only place where times of a scenario become
//! ticks and back.
//!
//! Invariants: a tick is 1 ms to 1 s and divides a second, so that seconds, minutes and days are whole
//! numbers of ticks. A time that is not a whole number of ticks is rounded up, so that no delay
//! vanishes and an order of two times never reverses; a mean is not rounded. A run is at most
//! [`MAX_DELAY`] ticks long, so a delay that is cut at [`MAX_DELAY`] ends after the run, as the uncut
//! one does. Units: ticks, milliseconds.

use patchday_core::{LOOKAHEAD, MAX_DELAY, Span as Ticks, Tick};

use crate::scenario::quantity::{instant::Instant, rate::Rate, span::Span};

/// The milliseconds of a second.
const SECOND: u32 = 1_000;

/// The length of a tick: a divisor of a second, in whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TickLength(u32);

impl TickLength {
    /// A tick of one second.
    pub const SECOND: Self = Self(SECOND);

    /// Every length, shortest first.
    pub const ALL: [Self; 16] = [
        Self(1),
        Self(2),
        Self(4),
        Self(5),
        Self(8),
        Self(10),
        Self(20),
        Self(25),
        Self(40),
        Self(50),
        Self(100),
        Self(125),
        Self(200),
        Self(250),
        Self(500),
        Self::SECOND,
    ];

    /// Creates a length, if it divides a second.
    pub fn new(span: Span) -> Option<Self> {
        Self::ALL.into_iter().find(|length| length.span() == span)
    }

    /// Returns the length as a span.
    pub const fn span(self) -> Span {
        Span::from_millis(self.0 as u64)
    }

    /// Returns the length in milliseconds.
    pub const fn millis(self) -> u32 {
        self.0
    }

    /// Returns the ticks of a second.
    pub const fn per_second(self) -> Ticks {
        SECOND / self.0
    }

    /// Returns the ticks of a number of seconds, at most [`Ticks::MAX`].
    pub const fn seconds(self, seconds: u32) -> Ticks {
        seconds.saturating_mul(self.per_second())
    }

    /// Returns the ticks of an hour.
    pub const fn hour(self) -> Ticks {
        self.seconds(3_600)
    }

    /// Returns the ticks of a day.
    pub const fn day(self) -> Ticks {
        self.seconds(86_400)
    }

    /// Returns a span in ticks, rounded up, at most [`Ticks::MAX`].
    pub const fn ticks(self, span: Span) -> Ticks {
        let ticks = span.millis().div_ceil(self.0 as u64);
        if ticks < Ticks::MAX as u64 {
            ticks as Ticks
        } else {
            Ticks::MAX
        }
    }

    /// Returns a span as the delay of a message: in ticks, rounded up, at least one, and at most
    /// [`MAX_DELAY`], which is after the end of the run.
    pub fn delay(self, span: Span) -> Ticks {
        delay(self.ticks(span))
    }

    /// Returns a span as a time to wait that can be 0: in ticks, rounded up, at most [`MAX_DELAY`], which
    /// is after the end of the run.
    pub fn wait(self, span: Span) -> Ticks {
        self.ticks(span).min(MAX_DELAY)
    }

    /// Returns a mean or a sum in ticks, not rounded.
    pub fn mean(self, span: Span) -> f64 {
        span.millis() as f64 / f64::from(self.0)
    }

    /// Returns the events in a tick at a rate.
    pub fn per_tick(self, rate: Rate) -> f64 {
        self.of_second(rate.per_second())
    }

    /// Returns the part in a tick of a number of events in a second.
    pub fn of_second(self, events: f64) -> f64 {
        events / f64::from(self.per_second())
    }

    /// Returns the seconds of a number of ticks.
    pub fn as_seconds(self, ticks: f64) -> f64 {
        ticks / f64::from(self.per_second())
    }

    /// Returns the length of a number of ticks.
    pub const fn span_of(self, ticks: Ticks) -> Span {
        Span::from_millis(ticks as u64 * self.0 as u64)
    }

    /// Returns whether a span is a whole number of ticks.
    pub const fn divides(self, span: Span) -> bool {
        span.millis().is_multiple_of(self.0 as u64)
    }

    /// Returns the whole ticks from 1970 to an instant.
    pub const fn since_1970(self, instant: Instant) -> i64 {
        instant.millis().div_euclid(self.0 as i64)
    }

    /// Returns the ticks from one instant to another, rounded up.
    pub const fn between(self, from: Instant, to: Instant) -> i64 {
        let (millis, tick) = (to.millis() - from.millis(), self.0 as i64);
        millis.div_euclid(tick) + (millis.rem_euclid(tick) > 0) as i64
    }
}

impl Default for TickLength {
    fn default() -> Self {
        Self::SECOND
    }
}

/// Returns the delay of a message of a number of ticks: at least one, and at most [`MAX_DELAY`],
/// which is after the end of the run.
pub(crate) fn delay(ticks: Ticks) -> Ticks {
    ticks.clamp(LOOKAHEAD, MAX_DELAY)
}

/// The start of a run and the length of its ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunClock {
    /// The instant of tick 0.
    pub start: Instant,
    /// The length of a tick.
    pub tick: TickLength,
}

impl RunClock {
    /// Returns the tick of an instant, rounded up; negative before the start.
    pub const fn ticks_until(self, instant: Instant) -> i64 {
        self.tick.between(self.start, instant)
    }

    /// Returns the time of a number of ticks after the start, in milliseconds since 1970.
    pub const fn millis_at_ticks(self, ticks: i64) -> i64 {
        self.start.millis() + ticks * self.tick.0 as i64
    }

    /// Returns the time of a tick, in milliseconds since 1970.
    pub const fn millis_at(self, tick: Tick) -> i64 {
        self.millis_at_ticks(tick as i64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(text: &str) -> Span {
        text.parse().unwrap()
    }

    #[test]
    fn the_lengths_are_the_divisors_of_a_second_in_milliseconds() {
        let divisors: Vec<u32> = (1..=1_000).filter(|ms| 1_000 % ms == 0).collect();
        let all: Vec<u32> = TickLength::ALL.iter().map(|tick| tick.millis()).collect();
        assert_eq!(all, divisors);
        assert_eq!(TickLength::new(span("0.25s")), Some(TickLength(250)));
        for text in ["0s", "3ms", "2s", "1s 1ms"] {
            assert_eq!(TickLength::new(span(text)), None, "{text}");
        }
    }

    #[test]
    fn times_are_rounded_up_and_means_are_not() {
        let tick = TickLength::new(span("100ms")).unwrap();
        for (text, ticks) in [
            ("0s", 0),
            ("1ms", 1),
            ("100ms", 1),
            ("101ms", 2),
            ("2s", 20),
        ] {
            assert_eq!(tick.ticks(span(text)), ticks, "{text}");
        }
        assert_eq!((tick.delay(Span::ZERO), tick.hour()), (1, 36_000));
        assert_eq!(tick.mean(span("5ms")), 0.05);
        assert_eq!(tick.per_tick("5/s".parse().unwrap()), 0.5);
        let instant = |text: &str| text.parse::<Instant>().unwrap();
        let clock = RunClock {
            start: instant("2025-06-12T17:45:00.050Z"),
            tick,
        };
        for (text, ticks) in [
            ("2025-06-12T17:45:00.050Z", 0),
            ("2025-06-12T17:45:00.051Z", 1),
            ("2025-06-12T17:45:01.050Z", 10),
            ("2025-06-12T17:45:00.049Z", 0),
            ("2025-06-12T17:44:59.950Z", -1),
        ] {
            assert_eq!(clock.ticks_until(instant(text)), ticks, "{text}");
        }
        assert_eq!(clock.millis_at(3), clock.start.millis() + 300);
    }

    #[test]
    fn a_span_that_does_not_fit_is_the_longest_one() {
        let millis = TickLength(1);
        assert_eq!(millis.ticks(span("60d")), Ticks::MAX);
        assert_eq!(millis.delay(span("60d")), MAX_DELAY);
        assert_eq!(TickLength::SECOND.ticks(span("4294967295s")), Ticks::MAX);
    }

    proptest! {
        #[test]
        fn at_a_second_a_tick_is_a_second(seconds: u32, rate in 0.0..1e9_f64) {
            let (tick, span) = (TickLength::SECOND, Span::from_seconds(seconds));
            prop_assert_eq!(tick.ticks(span), seconds);
            prop_assert_eq!(tick.mean(span), f64::from(seconds));
            prop_assert_eq!(tick.of_second(rate).to_bits(), rate.to_bits());
            prop_assert_eq!(tick.as_seconds(rate).to_bits(), rate.to_bits());
            prop_assert_eq!(tick.seconds(seconds), seconds);
        }

        #[test]
        fn rounding_keeps_the_order(one in 0..10_000_000_u64, other in 0..10_000_000_u64, place in 0..16_usize) {
            let tick = TickLength::ALL[place];
            let [a, b] = [one, other].map(|millis| tick.ticks(Span::from_millis(millis)));
            prop_assert!(one > other || a <= b);
            prop_assert_eq!(tick.divides(Span::from_millis(one)), tick.span_of(a).millis() == one);
        }
    }

    #[test]
    fn a_wait_is_kept_up_to_the_length_of_the_longest_run() {
        let tick = TickLength::new(Span::from_millis(1)).unwrap();
        assert_eq!(tick.wait(Span::from_minutes(105)), 6_300_000);
        assert_eq!(tick.wait(Span::from_hours(24)), MAX_DELAY);
        assert_eq!(tick.wait(Span::ZERO), 0);
    }
}
