//! The upper bound of the machine: random updates of words in memory, and nothing else.
//!
//! Each thread owns a part of the words and updates words at pseudorandom indices. No update
//! depends on another, so the processor overlaps as many as it can: a program that handles one
//! event per word in random order is at most as fast as this.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Updates between two readings of the clock.
const BATCH: u64 = 1 << 20;

/// Words to update; each thread has a part of its own.
pub(crate) struct Words {
    words: Vec<u64>,
    threads: usize,
}

impl Words {
    /// Creates `count` words and writes each, so that their memory is allocated.
    pub(crate) fn new(count: usize, threads: usize) -> Self {
        let words = (0..count as u64).map(|word| word | 1).collect();
        Self { words, threads }
    }

    /// The memory of the words, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        size_of_val(self.words.as_slice()) as u64
    }

    /// Updates per second of all threads together, measured for about `stretch`.
    pub(crate) fn updates_per_s(&mut self, stretch: Duration) -> f64 {
        let part = self.words.len().div_ceil(self.threads).max(1);
        let begun = Instant::now();
        let updates: u64 = std::thread::scope(|scope| {
            let parts = self.words.chunks_mut(part);
            let workers: Vec<_> = parts
                .zip(1..)
                .map(|(words, seed)| scope.spawn(move || update(words, seed, stretch)))
                .collect();
            workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or(0))
                .sum()
        });
        updates as f64 / begun.elapsed().as_secs_f64()
    }
}

/// Updates words for the time `stretch`, and returns the number of updates.
fn update(words: &mut [u64], seed: u64, stretch: Duration) -> u64 {
    let begun = Instant::now();
    let count = words.len() as u64;
    let mut state = seed;
    let mut updates = 0;
    while begun.elapsed() < stretch {
        for _ in 0..BATCH {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // The upper half of the state, scaled to an index below the length.
            let index = ((state >> 32) * count) >> 32;
            if let Some(word) = words.get_mut(index as usize) {
                *word ^= state;
            }
        }
        updates += BATCH;
    }
    // Otherwise the compiler could remove the updates.
    black_box(words);
    updates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_are_updated() {
        let mut words = Words::new(10_000, 2);
        assert!(words.updates_per_s(Duration::from_millis(1)) > 0.0);
        let changed = words
            .words
            .iter()
            .zip(0..)
            .filter(|(word, at)| **word != (*at | 1));
        assert_eq!(changed.count(), 10_000);
        assert_eq!(words.bytes(), 80_000);
    }

    #[test]
    fn more_threads_than_words() {
        assert!(Words::new(1, 3).updates_per_s(Duration::from_millis(1)) > 0.0);
    }
}
