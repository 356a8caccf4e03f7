//! For which process of a run the first one waits, and how much of its time.
//!
//! Shares are those of the last second or more.

use std::time::Duration;

/// Shares are measured over at least this time.
const STEP: Duration = Duration::from_secs(1);
/// A smaller share of the time names no process: all of them are about equally fast, or the first is the last.
const NOTABLE: f64 = 0.05;

/// The recent waits of the first of several processes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting {
    before: (Duration, Vec<u64>),
    /// The share of the time, and the process that was waited for longest.
    recent: Option<(f64, usize)>,
}

impl Waiting {
    /// Updates the shares with the nanoseconds that were waited for each process, after `elapsed`.
    pub(crate) fn update(&mut self, waits: Vec<u64>, elapsed: Duration) {
        let (at, before) = &self.before;
        let step = elapsed.saturating_sub(*at);
        if step < STEP {
            return;
        }
        let since = |process: usize| {
            let earlier = before.get(process).copied().unwrap_or(0);
            waits[process].saturating_sub(earlier)
        };
        let all: u64 = (0..waits.len()).map(since).sum();
        let longest = (0..waits.len()).max_by_key(|process| since(*process));
        let share = all as f64 / step.as_nanos() as f64;
        self.recent = longest.map(|process| (share.min(1.0), process));
        self.before = (elapsed, waits);
    }

    /// The share in words, such as `31 % waiting for rank 2`; `None` in the first second.
    pub(crate) fn text(&self) -> Option<String> {
        let (share, process) = self.recent?;
        let percent = 100.0 * share;
        Some(if share < NOTABLE {
            format!("{percent:.0} % waiting")
        } else {
            format!("{percent:.0} % waiting for rank {process}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_waited_for_longest_is_named() {
        let mut waiting = Waiting::default();
        assert_eq!(waiting.text(), None);
        waiting.update(vec![0, 100_000_000, 300_000_000], Duration::from_secs(1));
        assert_eq!(waiting.text().unwrap(), "40 % waiting for rank 2");
        // Too early for another share.
        waiting.update(
            vec![0, 900_000_000, 300_000_000],
            Duration::from_millis(1_500),
        );
        assert_eq!(waiting.text().unwrap(), "40 % waiting for rank 2");
        waiting.update(vec![0, 1_100_000_000, 300_000_000], Duration::from_secs(3));
        assert_eq!(waiting.text().unwrap(), "50 % waiting for rank 1");
        waiting.update(vec![0, 1_110_000_000, 310_000_000], Duration::from_secs(4));
        assert_eq!(waiting.text().unwrap(), "2 % waiting");
    }
}
