//! The progress of an experiment: runs that ended and the time left.
//!
//! On a terminal a bar that a thread redraws; otherwise plain lines at growing intervals: after 10 s,
//! then each time the elapsed time has doubled, but at least every 10 minutes.

use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::Mutex;

use crate::host::{console::say, format::duration};

/// The first plain line, in seconds after the beginning.
const FIRST_LINE: f64 = 10.0;
/// The most seconds between two plain lines.
const LAST_LINE: f64 = 600.0;
/// How often the bar is redrawn while no run ends.
const REDRAW: Duration = Duration::from_millis(500);

#[derive(Debug)]
struct Count {
    all: usize,
    /// Whether `all` is only the most that can be necessary.
    at_most: bool,
    done: usize,
    /// Those of them that were in the ledger, and took no time.
    found: usize,
    /// When the next line is due, in seconds after the beginning.
    next: f64,
}

/// Counts the runs of an experiment that ended. Dropping it removes the bar.
#[derive(Debug)]
pub(crate) struct RunCount {
    begun: Instant,
    count: Mutex<Count>,
    bar: Option<ProgressBar>,
}

impl RunCount {
    /// The progress of `all` runs, which begin now.
    pub(crate) fn begin(all: usize) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(all as u64), target);
            if let Ok(style) = ProgressStyle::with_template("{percent:>3} % [{bar:14}] {wide_msg}")
            {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.enable_steady_tick(REDRAW);
            bar
        });
        let progress = Self {
            begun: Instant::now(),
            count: Mutex::new(Count {
                all,
                at_most: false,
                done: 0,
                found: 0,
                next: FIRST_LINE,
            }),
            bar,
        };
        progress.draw();
        progress
    }

    /// Sets the number of runs, of which some may turn out to be unnecessary.
    pub(crate) fn expect(&self, all: usize) {
        self.count.lock().at_most = true;
        self.all(all);
    }

    /// Sets the number of runs.
    pub(crate) fn all(&self, all: usize) {
        self.count.lock().all = all;
        if let Some(bar) = &self.bar {
            bar.set_length(all as u64);
        }
        self.draw();
    }

    /// Counts a run, and shows it.
    pub(crate) fn count(&self) {
        let seconds = self.begun.elapsed().as_secs_f64();
        let mut count = self.count.lock();
        count.done += 1;
        let is_due = seconds >= count.next && count.done < count.all;
        if is_due {
            count.next = (seconds * 2.0).min(seconds + LAST_LINE);
        }
        drop(count);
        self.draw();
        if self.bar.is_none() && is_due {
            say(&self.line());
        }
    }

    /// Counts a run that was in the ledger.
    pub(crate) fn count_found(&self) {
        let mut count = self.count.lock();
        count.done += 1;
        count.found += 1;
    }

    /// The runs that ended.
    pub(crate) fn ended(&self) -> usize {
        self.count.lock().done
    }

    /// Prints a line, above the bar if there is one.
    pub(crate) fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(text)),
            None => say(text),
        }
    }

    fn draw(&self) {
        if let Some(bar) = &self.bar {
            let done = self.count.lock().done;
            bar.set_message(self.line());
            bar.set_position(done as u64);
        }
    }

    /// The runs that ended, all runs, and the time left.
    fn line(&self) -> String {
        let count = self.count.lock();
        line(&count, self.begun.elapsed().as_secs_f64())
    }
}

impl Drop for RunCount {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The line after so many seconds.
fn line(count: &Count, seconds: f64) -> String {
    let most = if count.at_most { "at most " } else { "" };
    let mut line = format!("{} of {most}{} runs done", count.done, count.all);
    let made = count.done.saturating_sub(count.found);
    if made > 0 && count.done < count.all {
        let left = seconds / made as f64 * (count.all - count.done) as f64;
        line.push_str(&format!(", {most}{} left", duration(left)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_time_left() {
        let mut count = Count {
            all: 40,
            at_most: false,
            done: 0,
            found: 0,
            next: FIRST_LINE,
        };
        assert_eq!(line(&count, 5.0), "0 of 40 runs done");
        count.done = 10;
        assert_eq!(
            line(&count, 20.0),
            format!("10 of 40 runs done, {} left", duration(60.0))
        );
        count.at_most = true;
        assert!(line(&count, 20.0).contains("at most 40 runs done, at most "));
        // Runs that were in the ledger say nothing about the time of the others.
        (count.at_most, count.done, count.found) = (false, 20, 10);
        assert_eq!(
            line(&count, 20.0),
            format!("20 of 40 runs done, {} left", duration(40.0))
        );
        count.done = 40;
        assert!(!line(&count, 20.0).contains("left"));
    }
}
