//! A group: lines that calls take one each, and places in which some may wait.
//!
//! With Poisson arrivals and exponential lengths this is the queue M/M/c/K, and M/M/c/c
//! (Erlang's loss formula) without places to wait. As lengths have no memory, who waits
//! needs no list: when a call ends, the line goes to one that waits. Units: calls, ticks.

use patchday_core::Chance;
use serde::{Deserialize, Serialize};

/// How large a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Lines.
    pub(crate) lines: u32,
    /// Calls that may wait for a line.
    pub(crate) waiting: u32,
}

impl Size {
    /// Counts above 2^32 are cut.
    pub(crate) fn new(lines: u64, waiting: u64) -> Self {
        let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            lines: narrow(lines),
            waiting: narrow(waiting),
        }
    }

    /// The same group with so many thousandths of its lines.
    pub(crate) fn left(self, thousandths: u32) -> Self {
        let lines = u64::from(self.lines) * u64::from(thousandths) / 1000;
        Self {
            lines: lines.min(u32::MAX.into()) as u32,
            ..self
        }
    }
}

/// The state of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineGroup {
    /// Lines that are taken.
    pub busy: u32,
    /// Calls that wait for a line.
    pub waiting: u32,
    /// Calls begun so far.
    pub begun: u32,
}

/// What an arriving call finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// A free line: it begins now.
    Free,
    /// A place to wait.
    Wait,
    /// Neither.
    Lost,
}

impl LineGroup {
    /// A call arrives.
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

    /// Lines that were out of service are back: how many calls that waited begin on them.
    pub(crate) fn refill(&mut self, size: Size) -> u32 {
        let begin = self.waiting.min(size.lines.saturating_sub(self.busy));
        self.waiting -= begin;
        self.busy += begin;
        begin
    }

    /// A call ends; whether one that waited begins in its place.
    pub(crate) fn end(&mut self, size: Size) -> bool {
        let next = self.waiting > 0 && self.busy <= size.lines;
        match next {
            true => self.waiting -= 1,
            false => self.busy = self.busy.saturating_sub(1),
        }
        next
    }
}

/// Poisson counts of one mean, as cumulated thresholds.
#[derive(Clone, Debug)]
pub(crate) struct Poisson(Vec<Chance>);

impl Poisson {
    /// Counts with mean `mean`, at most 500; thresholds are rounded to 2^-32.
    pub(crate) fn new(mean: f64) -> Self {
        let mean = mean.clamp(0.0, 500.0);
        let (mut share, mut sum) = ((-mean).exp(), 0.0);
        let mut thresholds = Vec::new();
        for count in 1..2_000 {
            sum += share;
            thresholds.push(Chance::new(sum));
            share *= mean / f64::from(count);
            if sum > 1.0 - 1e-12 {
                break;
            }
        }
        Self(thresholds)
    }

    /// The count of a uniform word.
    pub(crate) fn count(&self, word: u32) -> u32 {
        self.0.partition_point(|chance| !chance.holds(word)) as u32
    }
}

#[cfg(test)]
mod tests {
    use patchday_core::Random;

    use super::*;
    use crate::network::distributions::Exponential;

    /// The share of calls lost, and the mean wait of the others in ticks, measured over
    /// `ticks`, of calls that come at `rate` a tick and last `length` ticks on average.
    fn measured(size: Size, rate: f64, length: f64, ticks: u32) -> (f64, f64) {
        let random = Random::new(77);
        let (arrivals, lengths) = (Poisson::new(rate), Exponential::new(length, u32::MAX));
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
        // Little's law: the sum of those waiting is the sum of all waits.
        (
            lost as f64 / came as f64,
            waited as f64 / (came - lost) as f64,
        )
    }

    /// The same of M/M/c/K.
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
        // All lines go while their calls end: nobody begins.
        for _ in 0..4 {
            assert!(!group.end(size(0)));
        }
        assert_eq!(group.refill(size(0)), 0);
        // Three come back, then all: who waited begins at once.
        assert_eq!((group.refill(size(3)), group.refill(size(3))), (3, 0));
        assert_eq!(group.refill(size(4)), 1);
        assert_eq!((group.busy, group.waiting), (4, 1));
    }

    #[test]
    fn loss_and_wait_are_those_of_theory() {
        for (lines, waiting, rate) in [
            (20, 0, 0.09),
            (20, 0, 0.12),
            (10, 15, 0.045),
            (10, 15, 0.06),
        ] {
            let size = Size { lines, waiting };
            let (lost, wait) = measured(size, rate, 200.0, 4_000_000);
            let (lost_theory, wait_theory) = theory(size, rate, 200.0);
            // Some 200,000 calls or more, correlated over a few lengths: the loss has a
            // standard error of about 3 % of itself, the wait of about 3 %; a tick is
            // 1/200 of a length. Four of these.
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

    #[test]
    fn poisson_counts_have_their_mean_and_variance() {
        for mean in [0.0, 0.3, 7.0, 90.0] {
            let table = Poisson::new(mean);
            let counts: Vec<f64> = (0..10_000_u32)
                .map(|step| f64::from(table.count(step * 429_496 + 214_748)))
                .collect();
            let average = counts.iter().sum::<f64>() / 1e4;
            let variance = counts
                .iter()
                .map(|one| (one - average).powi(2))
                .sum::<f64>()
                / 1e4;
            assert!(
                (average - mean).abs() < 0.01 + mean * 1e-3,
                "{mean}: {average}"
            );
            assert!(
                (variance - mean).abs() < 0.01 + mean * 1e-2,
                "{mean}: {variance}"
            );
        }
    }
}
