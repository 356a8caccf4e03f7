//! How long this process waited for each of the others.
//!
//! The processes meet at the end of every tick, so the one that is last keeps all others waiting. A wait is counted
//! for the process whose message was missing. Units: nanoseconds.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The waits of this process since its start, by the process that it waited for.
#[derive(Debug)]
pub struct Waits(Box<[AtomicU64]>);

impl Waits {
    /// No waits for any of `processes` processes.
    pub fn new(processes: usize) -> Self {
        Self((0..processes).map(|_| AtomicU64::new(0)).collect())
    }

    /// Adds a wait for a process.
    pub fn add(&self, process: usize, time: Duration) {
        // The counts order nothing.
        self.0[process].fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    /// Returns the nanoseconds for each process.
    pub(crate) fn all(&self) -> Vec<u64> {
        let each = self.0.iter();
        each.map(|wait| wait.load(Ordering::Relaxed)).collect()
    }
}
