//! Who waits wants to know: simulated time, events per second, time left, memory.
//!
//! A thread of its own tells, on standard error: on a terminal by a bar, or by a screen if that is
//! wanted; elsewhere by plain lines, at intervals that grow, without control characters.
//! About once a second it also puts up what a run says of itself for whoever watches from
//! outside (`live`). The loop only notes where it is, under a lock that nobody holds for long.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::{Condvar, Mutex};
use patchday_agents::{Note, scenario::Scenario};
use patchday_core::Tick;

use crate::{
    host::{
        console::say,
        format::{memory, moment, short, wait},
        resources,
        signals::Interrupt,
    },
    results::narrative::events::Notes,
    run::progress::rate::{Pace, Place},
    watch::{
        status::{heartbeat::Heartbeat, run_status::RunWatcher},
        tui::{keys::Key, run_screen::RunScreen, terminal::Screen},
    },
};

/// How often the bar is redrawn.
const REDRAW: Duration = Duration::from_millis(200);
/// How often a run says what it is doing.
const SAY: Duration = Duration::from_secs(1);
/// The first plain line comes after this; each further one after twice the time.
const FIRST_LINE: Duration = Duration::from_secs(10);
/// No two plain lines are further apart.
const LAST_LINE: Duration = Duration::from_secs(600);
/// A run says no more of what happened than so many notes, the last ones.
const MOST_NOTES: usize = 100;

/// What the loop noted.
#[derive(Debug, Default)]
struct Noted {
    place: Place,
    /// What happened from outside and was not told yet.
    notes: Vec<(Tick, Note)>,
    over: bool,
}

#[derive(Debug, Default)]
struct Shared {
    noted: Mutex<Noted>,
    /// Rung when the run is over.
    bell: Condvar,
}

/// The progress of a run; ends with it.
#[derive(Debug)]
pub(crate) struct Progress {
    shared: Arc<Shared>,
    teller: Option<JoinHandle<()>>,
    run: PathBuf,
}

impl Progress {
    /// Begins to tell of a run that stands at a place; by a screen, if somebody is to be told
    /// when that is asked to stop the run.
    pub(crate) fn begin(
        run: &Path,
        scenario: &Scenario,
        from: Place,
        live: Option<&Interrupt>,
    ) -> Self {
        let shared = Arc::new(Shared {
            noted: Mutex::new(Noted {
                place: from,
                ..Noted::default()
            }),
            bell: Condvar::new(),
        });
        let teller = Teller::new(Arc::clone(&shared), run, scenario, from);
        let live = live.cloned();
        let teller = std::thread::Builder::new()
            .name("progress".into())
            .spawn(move || teller.tell(live.as_ref()));
        // Without the thread nobody is told; the run is worth more than that.
        Self {
            shared,
            teller: teller.ok(),
            run: run.to_owned(),
        }
    }

    /// Notes where the loop is.
    pub(crate) fn note(&self, now: Tick, handled: u64) {
        self.shared.noted.lock().place = Place { now, handled };
    }

    /// Notes what happened from outside.
    pub(crate) fn note_of(&self, notes: &[(Tick, Note)]) {
        self.shared.noted.lock().notes.extend_from_slice(notes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.shared.noted.lock().over = true;
        self.shared.bell.notify_all();
        if let Some(teller) = self.teller.take() {
            // A teller that panicked has said so itself.
            let _ = teller.join();
        }
        Heartbeat::remove(&self.run);
    }
}

/// The thread that tells.
struct Teller {
    shared: Arc<Shared>,
    run: PathBuf,
    scenario: Scenario,
    begun: Instant,
    pace: Pace,
    /// What the run says of itself, and after which time it said so last.
    heartbeat: Heartbeat,
    said: Option<Duration>,
    /// What the model noted, as far as it has happened.
    notes: Notes,
}

impl Teller {
    fn new(shared: Arc<Shared>, run: &Path, scenario: &Scenario, from: Place) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            shared,
            run: run.to_owned(),
            scenario: scenario.clone(),
            begun: Instant::now(),
            pace: Pace::new(from, scenario.ticks()),
            heartbeat: Heartbeat {
                process: std::process::id(),
                begun: since.map_or(0, |since| since.as_secs() as i64),
                start: scenario.run.start.seconds(),
                end: scenario.ticks(),
                now: from.now,
                events: from.handled,
                events_per_s: 0.0,
                simulated_s_per_wall_s: 0.0,
                resident_bytes: None,
                elapsed_s: 0.0,
                left_s: None,
                notes: Vec::new(),
            },
            said: None,
            notes: Notes::default(),
        }
    }

    fn tell(mut self, live: Option<&Interrupt>) {
        self.take_in(self.pace.from, &[]);
        if let Some(interrupt) = live {
            match Screen::open() {
                Ok(screen) => self.on_screen(screen, interrupt),
                Err(why) => say(&format!("--live: {why}; progress is told in lines")),
            }
        }
        if io::stderr().is_terminal() && live.is_none_or(|interrupt| !interrupt.is_set()) {
            self.by_bar();
        } else {
            self.by_lines();
        }
    }

    /// Waits for a while and takes in where the loop is; whether the run goes on. In between
    /// the run says what it is doing.
    fn after(&mut self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        loop {
            let next = until.min(Instant::now() + SAY);
            let mut noted = self.shared.noted.lock();
            while !noted.over && !self.shared.bell.wait_until(&mut noted, next).timed_out() {}
            if noted.over {
                return false;
            }
            let (place, notes) = (noted.place, std::mem::take(&mut noted.notes));
            drop(noted);
            self.take_in(place, &notes);
            if Instant::now() >= until {
                return true;
            }
        }
    }

    fn take_in(&mut self, place: Place, notes: &[(Tick, Note)]) {
        let elapsed = self.begun.elapsed();
        self.pace.take_in(place, elapsed);
        for (tick, note) in notes {
            self.notes.take(&self.scenario, *tick, *note);
        }
        let heartbeat = &mut self.heartbeat;
        let told = self.notes.until(i64::from(place.now)).into_iter();
        heartbeat
            .notes
            .extend(told.map(|noted| (noted.tick, noted.what)));
        let too_many = heartbeat.notes.len().saturating_sub(MOST_NOTES);
        heartbeat.notes.drain(..too_many);
        heartbeat.now = place.now;
        heartbeat.events = place.handled;
        heartbeat.events_per_s = self.pace.events_per_s;
        heartbeat.simulated_s_per_wall_s = self.pace.simulated_s_per_wall_s;
        heartbeat.elapsed_s = elapsed.as_secs_f64();
        heartbeat.left_s = self.pace.left(place.now, elapsed);
        if self.said.is_none_or(|said| elapsed >= said + SAY) {
            heartbeat.resident_bytes = resources::resident();
            heartbeat.write(&self.run);
            self.said = Some(elapsed);
        }
    }

    /// By a screen, until somebody leaves it or the run is over.
    fn on_screen(&mut self, screen: Screen, interrupt: &Interrupt) {
        // The run has its directory, and holds it.
        let Ok(watcher) = RunWatcher::new(&self.run, Instant::now()) else {
            return;
        };
        let run = self.run.display().to_string();
        let mut show = RunScreen::new(screen, watcher, true);
        while self.after(Duration::ZERO) {
            if interrupt.is_set() {
                break;
            }
            match show.turn() {
                Ok(None) => {}
                Ok(Some(Key::Leave)) => {
                    drop(show);
                    say(&format!(
                        "the run continues; to see it again: patchday watch {run}"
                    ));
                    return;
                }
                Ok(Some(Key::Stop)) => {
                    // In this order: a second Ctrl-C finds the terminal as it was.
                    drop(show);
                    interrupt.set();
                    say("interrupted; saving the results so far");
                    return;
                }
                // The terminal is gone, or a panic has the word.
                Err(_) => return,
            }
        }
    }

    fn by_bar(&mut self) {
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(self.heartbeat.end.into()), target);
        if let Ok(style) = ProgressStyle::with_template("{percent:>3} % [{bar:14}] {wide_msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        while self.after(REDRAW) {
            bar.set_position(self.heartbeat.now.into());
            bar.set_message(line(&self.heartbeat));
        }
        bar.finish_and_clear();
    }

    fn by_lines(&mut self) {
        let mut pause = FIRST_LINE;
        while self.after(pause) {
            let Heartbeat { now, end, .. } = self.heartbeat;
            let percent = 100.0 * f64::from(now) / f64::from(end.max(1));
            say(&format!("{percent:3.0} %  {}", line(&self.heartbeat)));
            pause = (pause * 2).min(LAST_LINE);
        }
    }
}

/// The line: simulated time, events per second of late, time left, memory.
fn line(heartbeat: &Heartbeat) -> String {
    let mut text = match heartbeat.now {
        0 => "creating the actors".to_owned(),
        now => format!(
            "{}, {} events/s",
            moment(heartbeat.start + i64::from(now)),
            short(heartbeat.events_per_s.round()),
        ),
    };
    if let Some(left) = heartbeat.left_s {
        text.push_str(&format!(", {} left", wait(left)));
    }
    if let Some(bytes) = heartbeat.resident_bytes {
        text.push_str(&format!(", {}", memory(bytes)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::status::heartbeat::tests::sample;

    #[test]
    fn a_line_has_time_rate_and_rest() {
        let text = line(&sample());
        assert_eq!(
            text,
            "Thu 16 Aug 14:05, 4.20 M events/s, 12 min left, 4.49 GiB"
        );
        assert!(!text.contains(char::is_control));
    }

    #[test]
    fn telling_ends_with_the_run_and_leaves_nothing() {
        let text = "[run]\ntitle = \"x\"\nstart = \"2007-08-14T00:00:00Z\"\n\
                    end = \"2007-08-15T00:00:00Z\"\n";
        let loaded = crate::scenario::load::load::<Scenario>("x", text, &[]).unwrap();
        let root = tempfile::tempdir().unwrap();
        let from = Place::default();
        let progress = Progress::begin(root.path(), &loaded.scenario, from, None);
        progress.note(50, 1);
        progress.note_of(&[(50, Note::Released)]);
        drop(progress);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
    }
}
