//! The progress of a batch, as lines on standard error at growing intervals: after 10 s, then each
//! time the elapsed time has doubled, but at least every 10 minutes.

use std::time::Instant;

use crate::host::{console::say, format::wait};

/// Counts the runs that ended.
pub(crate) struct BatchProgress {
    begun: Instant,
    all: usize,
    done: usize,
    /// When the next line is due, in seconds after the beginning.
    next: f64,
}

impl BatchProgress {
    /// Progress of a batch that begins now.
    pub(crate) fn new(all: usize) -> Self {
        Self {
            begun: Instant::now(),
            all,
            done: 0,
            next: 10.0,
        }
    }

    /// Counts a run, and prints a line if one is due.
    pub(crate) fn count(&mut self) {
        self.done += 1;
        let seconds = self.begun.elapsed().as_secs_f64();
        if seconds >= self.next && self.done < self.all {
            let left = seconds / self.done as f64 * (self.all - self.done) as f64;
            say(&format!(
                "{} of {} runs done, {} left",
                self.done,
                self.all,
                wait(left)
            ));
            self.next = (seconds * 2.0).min(seconds + 600.0);
        }
    }
}
