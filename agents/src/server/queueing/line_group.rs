//! A line group (trunk group): lines that carry one call each, and places in which calls wait for a
//! line.
//!
//! With Poisson arrivals and exponential lengths this is the queue M/M/c/K, and without places M/M/c/c
//! (Erlang's loss formula). Exponential lengths have no memory, so the waiting calls need no list: when
//! a call ends, any of them gets its line. Units: calls, ticks.

use serde::{Deserialize, Serialize};

use crate::server::queueing::service_clock::USUAL_SPEED;

/// The size of a line group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Lines.
    pub(crate) lines: u32,
    /// Maximum number of calls that wait for a line.
    pub(crate) waiting: u32,
}

impl Size {
    /// Creates a size. Numbers above 2^32 - 1 become 2^32 - 1.
    pub(crate) fn new(lines: u64, waiting: u64) -> Self {
        let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            lines: narrow(lines),
            waiting: narrow(waiting),
        }
    }

    /// Returns the same size with the share of its lines that is in service at a speed, in millionths.
    pub(crate) fn at_speed(self, speed: u64) -> Self {
        let lines = u128::from(self.lines) * u128::from(speed) / u128::from(USUAL_SPEED);
        Self {
            lines: lines.min(u32::MAX.into()) as u32,
            ..self
        }
    }
}

/// The state of a line group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineGroup {
    /// Lines in use.
    pub busy: u32,
    /// Calls that wait for a line.
    pub waiting: u32,
    /// The number of calls started so far.
    pub begun: u32,
}

/// The outcome of a call that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It takes a free line.
    Free,
    /// It waits for a line.
    Wait,
    /// It finds neither a line nor a place.
    Lost,
}

impl LineGroup {
    /// The state without calls.
    pub(crate) const IDLE: Self = Self {
        busy: 0,
        waiting: 0,
        begun: 0,
    };

    /// Handles a call that arrives.
    pub(crate) fn arrive(&mut self, size: Size) -> Arrival {
        if self.busy < size.lines {
            self.busy += 1;
            Arrival::Free
        } else if self.waiting < size.waiting {
            self.waiting += 1;
            Arrival::Wait
        } else {
            Arrival::Lost
        }
    }

    /// Handles that lines are in service again. Returns the number of waiting calls that start on them.
    pub(crate) fn refill(&mut self, size: Size) -> u32 {
        let begin = self.waiting.min(size.lines.saturating_sub(self.busy));
        self.waiting -= begin;
        self.busy += begin;
        begin
    }

    /// Handles the end of a call. Returns whether a waiting call starts on its line.
    pub(crate) fn end(&mut self, size: Size) -> bool {
        let next = self.waiting > 0 && self.busy <= size.lines;
        if next {
            self.waiting -= 1;
        } else {
            self.busy = self.busy.saturating_sub(1);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use patchday_core::Random;

    use super::*;
    use crate::network::distributions::{ExponentialSpans, PoissonCounts};

    /// Returns the share of lost calls and the mean wait of the others in ticks, measured over `ticks`,
    /// with `rate` arrivals per tick and a mean length of `length` ticks.
    fn measured(size: Size, rate: f64, length: f64, ticks: u32) -> (f64, f64) {
        let random = Random::new(77);
        let (arrivals, lengths) = (PoissonCounts::new(rate), ExponentialSpans::new(length));
        let mut group = LineGroup::default();
        let mut ends = std::collections::BTreeMap::<u32, u32>::new();
        let (mut came, mut lost, mut waited, mut drawn) = (0_u64, 0_u64, 0_u64, 0_u32);
        for now in 0..ticks {
            let mut begin = |ends: &mut std::collections::BTreeMap<u32, u32>| {
                drawn += 1;
                let span = lengths.span(random.draw(1, now, 1, drawn).word(0));
                *ends.entry(now + span).or_default() += 1;
            };
            for _ in 0..ends.remove(&now).unwrap_or(0) {
                if group.end(size) {
                    begin(&mut ends);
                }
            }
            for _ in 0..arrivals.count(random.draw(0, now, 2, 0).word(0)) {
                came += 1;
                match group.arrive(size) {
                    Arrival::Free => begin(&mut ends),
                    Arrival::Wait => {}
                    Arrival::Lost => lost += 1,
                }
            }
            waited += u64::from(group.waiting);
        }
        // Little's law: the sum over time of the waiting calls equals the sum of all waits.
        (
            lost as f64 / came as f64,
            waited as f64 / (came - lost) as f64,
        )
    }

    /// Returns the same for M/M/c/K, computed with the closed form.
    fn theory(size: Size, rate: f64, length: f64) -> (f64, f64) {
        let (offered, lines) = (rate * length, f64::from(size.lines));
        let places = size.lines + size.waiting;
        let mut weights = vec![1.0];
        for n in 1..=places {
            let servers = f64::from(n).min(lines);
            weights.push(weights[n as usize - 1] * offered / servers);
        }
        let total: f64 = weights.iter().sum();
        let lost = weights[places as usize] / total;
        let waiting: f64 = (size.lines..=places)
            .map(|n| f64::from(n - size.lines) * weights[n as usize] / total)
            .sum();
        (lost, waiting / (rate * (1.0 - lost)))
    }

    #[test]
    fn no_line_is_idle_while_a_call_waits() {
        let size = |lines| Size { lines, waiting: 5 };
        let mut group = LineGroup::default();
        for _ in 0..9 {
            group.arrive(size(4));
        }
        assert_eq!((group.busy, group.waiting), (4, 5));
        // No line is in service when calls end, so no waiting call starts.
        for _ in 0..4 {
            assert!(!group.end(size(0)));
        }
        assert_eq!(group.refill(size(0)), 0);
        // Three lines are in service again, then all: waiting calls start at once.
        assert_eq!((group.refill(size(3)), group.refill(size(3))), (3, 0));
        assert_eq!(group.refill(size(4)), 1);
        assert_eq!((group.busy, group.waiting), (4, 1));
    }

    #[test]
    fn loss_and_wait_agree_with_theory() {
        for (lines, waiting, rate) in [
            (20, 0, 0.09),
            (20, 0, 0.12),
            (10, 15, 0.045),
            (10, 15, 0.06),
        ] {
            let size = Size { lines, waiting };
            let (lost, wait) = measured(size, rate, 200.0, 4_000_000);
            let (lost_theory, wait_theory) = theory(size, rate, 200.0);
            // There are at least about 200,000 calls, correlated over a few lengths, so the loss and
            // the wait have relative standard errors of about 3 %; a tick is 1/200 of a length. The
            // bound is four standard errors.
            assert!(
                (lost / lost_theory - 1.0).abs() < 0.12,
                "{size:?}: {lost} of {lost_theory}"
            );
            if waiting > 0 {
                assert!(
                    (wait / wait_theory - 1.0).abs() < 0.12,
                    "{size:?}: {wait} of {wait_theory}"
                );
            }
        }
    }
}
