//! Who waits wants to know: simulated time, events per second, time left, memory.
//!
//! On a terminal a bar, redrawn by a thread of its own; elsewhere plain lines, at
//! intervals that grow, without control characters. All of it on standard error.
//! The loop only notes where it is, under a lock that nobody holds for long.

use std::{
    io::{self, IsTerminal},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::{Condvar, Mutex};
use patchday_core::Tick;

use crate::{
    exit::say,
    figures::{memory, moment, short, wait},
    machine,
};

/// How often the bar is redrawn.
const REDRAW: Duration = Duration::from_millis(200);
/// The first plain line comes after this; each further one after twice the time.
const FIRST_LINE: Duration = Duration::from_secs(10);
/// No two plain lines are further apart.
const LAST_LINE: Duration = Duration::from_secs(600);

/// Where the loop is.
#[derive(Debug, Default)]
struct Place {
    now: Tick,
    handled: u64,
    over: bool,
}

#[derive(Debug, Default)]
struct Shared {
    place: Mutex<Place>,
    /// Rung when the run is over.
    bell: Condvar,
}

/// What does not change during a run.
#[derive(Clone, Copy, Debug)]
struct Frame {
    start: i64,
    end: Tick,
    begun: Instant,
}

/// The progress of a run; ends with it.
#[derive(Debug)]
pub(crate) struct Progress {
    shared: Arc<Shared>,
    teller: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to tell of a run of `end` ticks from an instant.
    pub(crate) fn begin(start: i64, end: Tick) -> Self {
        let shared = Arc::new(Shared::default());
        let frame = Frame {
            start,
            end,
            begun: Instant::now(),
        };
        let teller = std::thread::Builder::new().name("progress".into()).spawn({
            let shared = Arc::clone(&shared);
            move || {
                if io::stderr().is_terminal() {
                    tell_by_bar(&shared, frame);
                } else {
                    tell_by_lines(&shared, frame);
                }
            }
        });
        // Without the thread nobody is told; the run is worth more than that.
        Self {
            shared,
            teller: teller.ok(),
        }
    }

    /// Notes where the loop is.
    pub(crate) fn note(&self, now: Tick, handled: u64) {
        let mut place = self.shared.place.lock();
        place.now = now;
        place.handled = handled;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.shared.place.lock().over = true;
        self.shared.bell.notify_all();
        if let Some(teller) = self.teller.take() {
            // A teller that panicked has said so itself.
            let _ = teller.join();
        }
    }
}

impl Shared {
    /// Waits for a while; then where the loop is, or none when it is over.
    fn after(&self, pause: Duration) -> Option<(Tick, u64)> {
        let until = Instant::now() + pause;
        let mut place = self.place.lock();
        while !place.over {
            if self.bell.wait_until(&mut place, until).timed_out() {
                return Some((place.now, place.handled)).filter(|_| !place.over);
            }
        }
        None
    }
}

fn tell_by_bar(shared: &Shared, frame: Frame) {
    let bar = ProgressBar::with_draw_target(Some(frame.end.into()), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{percent:>3} % [{bar:14}] {wide_msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    let mut pace = Pace::new(frame);
    while let Some((now, handled)) = shared.after(REDRAW) {
        bar.set_position(now.into());
        bar.set_message(pace.text(now, handled, frame.begun.elapsed()));
    }
    bar.finish_and_clear();
}

fn tell_by_lines(shared: &Shared, frame: Frame) {
    let mut pause = FIRST_LINE;
    let mut pace = Pace::new(frame);
    while let Some((now, handled)) = shared.after(pause) {
        let percent = 100.0 * f64::from(now) / f64::from(frame.end.max(1));
        say(&format!(
            "{percent:3.0} %  {}",
            pace.text(now, handled, frame.begun.elapsed())
        ));
        pause = (pause * 2).min(LAST_LINE);
    }
}

/// How fast it goes, of late.
struct Pace {
    frame: Frame,
    before: (Duration, u64),
    events_per_s: f64,
}

impl Pace {
    fn new(frame: Frame) -> Self {
        Self {
            frame,
            before: (Duration::ZERO, 0),
            events_per_s: 0.0,
        }
    }

    /// The line: simulated time, events per second of late, time left, memory.
    fn text(&mut self, now: Tick, handled: u64, elapsed: Duration) -> String {
        let step = (elapsed - self.before.0).as_secs_f64();
        // Long enough to be steady; the bar redraws more often.
        if step >= 1.0 || self.events_per_s == 0.0 {
            self.events_per_s = handled.saturating_sub(self.before.1) as f64 / step.max(1e-3);
            self.before = (elapsed, handled);
        }
        let mut text = match now {
            0 => "creating the actors".to_owned(),
            _ => format!(
                "{}, {} events/s, {} left",
                moment(self.frame.start + i64::from(now)),
                short(self.events_per_s.round()),
                wait(self.left(now, elapsed)),
            ),
        };
        if let Some(bytes) = machine::resident() {
            text.push_str(&format!(", {}", memory(bytes)));
        }
        text
    }

    /// Real time left, as if it went on as so far.
    fn left(&self, now: Tick, elapsed: Duration) -> f64 {
        let to_go = self.frame.end.saturating_sub(now);
        elapsed.as_secs_f64() * f64::from(to_go) / f64::from(now.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_time_rate_and_rest() {
        let frame = Frame {
            start: 1_187_049_600,
            end: 7_200,
            begun: Instant::now(),
        };
        let mut pace = Pace::new(frame);
        let text = pace.text(3_600, 20_000_000, Duration::from_secs(10));
        assert!(
            text.starts_with("Tue 14 Aug 01:00, 2.00 M events/s, 10 s left"),
            "{text}"
        );
        assert!(!text.contains(char::is_control));
    }

    #[test]
    fn telling_ends_with_the_run() {
        let progress = Progress::begin(0, 100);
        progress.note(50, 1);
        drop(progress);
    }
}
