//! The progress of a run: simulated time, events per second, remaining time, memory.
//!
//! A separate thread shows it on standard error: on a terminal as a bar, or as a screen with
//! `--live`; otherwise as plain lines at growing intervals, without control characters. About once
//! a second it also writes the heartbeat for `patchday watch`. The run loop only stores its position
//! under a lock that is held for short times.

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
        format::{duration, memory, moment_at, short},
        ranks::cluster::cluster,
        resources,
        signals::Interrupt,
    },
    results::narrative::events::Notes,
    run::progress::{
        rate::{Pace, RunPosition},
        waiting::Waiting,
    },
    watch::{
        status::{heartbeat::Heartbeat, run_status::RunWatcher},
        tui::{keys::Key, run_screen::RunScreen, terminal::Screen},
    },
};

/// How often the bar is redrawn.
const REDRAW: Duration = Duration::from_millis(200);
/// How often the heartbeat is written.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// The first plain line is printed after this; each further one after twice the time.
const FIRST_LINE: Duration = Duration::from_secs(10);
/// No two plain lines are further apart.
const LAST_LINE: Duration = Duration::from_secs(600);
/// The most notes in a heartbeat; older ones are dropped.
const MOST_NOTES: usize = 100;

/// The state that the loop stores.
#[derive(Debug, Default)]
struct LoopState {
    position: RunPosition,
    /// Notes of the model that are not in the heartbeat yet.
    notes: Vec<(Tick, Note)>,
    over: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<LoopState>,
    /// Notified when the run has ended.
    ended: Condvar,
}

/// The progress of a run; dropping it ends the thread.
#[derive(Debug)]
pub(crate) struct Progress {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    run: PathBuf,
}

impl Progress {
    /// Starts to show a run that is at the position `from`. With `live` it is shown on a screen, and
    /// a key of the screen sets the interrupt.
    pub(crate) fn begin(
        run: &Path,
        scenario: &Scenario,
        from: RunPosition,
        live: Option<&Interrupt>,
    ) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(LoopState {
                position: from,
                ..LoopState::default()
            }),
            ended: Condvar::new(),
        });
        let thread = ProgressThread::new(Arc::clone(&shared), run, scenario, from);
        let live = live.cloned();
        let thread = std::thread::Builder::new()
            .name("progress".into())
            .spawn(move || thread.run(live.as_ref()));
        // Failing to start the thread must not stop the run.
        Self {
            shared,
            thread: thread.ok(),
            run: run.to_owned(),
        }
    }

    /// Stores the position of the loop.
    pub(crate) fn note(&self, now: Tick, handled: u64) {
        self.shared.state.lock().position = RunPosition { now, handled };
    }

    /// Adds notes of the model.
    pub(crate) fn add_notes(&self, notes: &[(Tick, Note)]) {
        self.shared.state.lock().notes.extend_from_slice(notes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.shared.state.lock().over = true;
        self.shared.ended.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed by the panic hook.
            let _ = thread.join();
        }
        Heartbeat::remove(&self.run);
    }
}

/// The thread that shows the progress.
struct ProgressThread {
    shared: Arc<Shared>,
    run: PathBuf,
    scenario: Scenario,
    begun: Instant,
    pace: Pace,
    waiting: Waiting,
    heartbeat: Heartbeat,
    /// When the heartbeat was last written, after the start.
    written: Option<Duration>,
    /// The notes of the model up to now.
    notes: Notes,
}

impl ProgressThread {
    fn new(shared: Arc<Shared>, run: &Path, scenario: &Scenario, from: RunPosition) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            shared,
            run: run.to_owned(),
            scenario: scenario.clone(),
            begun: Instant::now(),
            pace: Pace::new(from, scenario.ticks(), scenario.tick()),
            waiting: Waiting::default(),
            heartbeat: Heartbeat {
                process: std::process::id(),
                begun: since.map_or(0, |since| since.as_secs() as i64),
                start: scenario.tick().since_1970(scenario.run.start),
                tick_ms: scenario.tick().millis(),
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
            written: None,
            notes: Notes::default(),
        }
    }

    fn run(mut self, live: Option<&Interrupt>) {
        self.update(self.pace.from, &[]);
        if let Some(interrupt) = live {
            match Screen::open() {
                Ok(screen) => self.on_screen(screen, interrupt),
                Err(why) => say(&format!(
                    "--live: {why}; printing plain lines instead of a screen"
                )),
            }
        }
        if io::stderr().is_terminal() && live.is_none_or(|interrupt| !interrupt.is_set()) {
            self.by_bar();
        } else {
            self.by_lines();
        }
    }

    /// Waits for `pause`, updates the state and writes heartbeats meanwhile. Returns whether the run
    /// is still active.
    fn wait(&mut self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        loop {
            let next = until.min(Instant::now() + HEARTBEAT_INTERVAL);
            let mut state = self.shared.state.lock();
            while !state.over && !self.shared.ended.wait_until(&mut state, next).timed_out() {}
            if state.over {
                return false;
            }
            let (position, notes) = (state.position, std::mem::take(&mut state.notes));
            drop(state);
            self.update(position, &notes);
            if Instant::now() >= until {
                return true;
            }
        }
    }

    fn update(&mut self, position: RunPosition, notes: &[(Tick, Note)]) {
        let elapsed = self.begun.elapsed();
        self.pace.update(position, elapsed);
        if let Some(cluster) = cluster() {
            self.waiting.update(cluster.waits.all(), elapsed);
        }
        for (tick, note) in notes {
            self.notes.take(&self.scenario, *tick, *note);
        }
        let heartbeat = &mut self.heartbeat;
        let new = self.notes.until(i64::from(position.now)).into_iter();
        heartbeat
            .notes
            .extend(new.map(|event| (event.tick, event.what)));
        let too_many = heartbeat.notes.len().saturating_sub(MOST_NOTES);
        heartbeat.notes.drain(..too_many);
        heartbeat.now = position.now;
        heartbeat.events = position.handled;
        heartbeat.events_per_s = self.pace.events_per_s;
        heartbeat.simulated_s_per_wall_s = self.pace.simulated_s_per_wall_s;
        heartbeat.elapsed_s = elapsed.as_secs_f64();
        heartbeat.left_s = self.pace.left(position.now, elapsed);
        if self
            .written
            .is_none_or(|written| elapsed >= written + HEARTBEAT_INTERVAL)
        {
            heartbeat.resident_bytes = resources::resident();
            heartbeat.write(&self.run);
            self.written = Some(elapsed);
        }
    }

    /// Shows the screen until a key leaves it or the run has ended.
    fn on_screen(&mut self, screen: Screen, interrupt: &Interrupt) {
        // The run has created and locked its directory.
        let Ok(watcher) = RunWatcher::new(&self.run, Instant::now()) else {
            return;
        };
        let run = self.run.display().to_string();
        let mut show = RunScreen::new(screen, watcher, true);
        while self.wait(Duration::ZERO) {
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
                    // Restore the terminal first: a second Ctrl-C ends the program at once.
                    drop(show);
                    interrupt.set();
                    say("interrupted; saving the results so far");
                    return;
                }
                // The terminal was closed, or a panic is being printed.
                Err(_) => return,
            }
        }
    }

    fn by_bar(&mut self) {
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(self.heartbeat.end.into()), target);
        // With several processes, the line about them takes the place of the bar.
        let template = match cluster() {
            None => "{percent:>3} % [{bar:14}] {wide_msg}",
            Some(_) => "{percent:>3} % {wide_msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        while self.wait(REDRAW) {
            bar.set_position(self.heartbeat.now.into());
            bar.set_message(line(&self.heartbeat, self.waiting.text()));
        }
        bar.finish_and_clear();
    }

    fn by_lines(&mut self) {
        let mut pause = FIRST_LINE;
        while self.wait(pause) {
            let Heartbeat { now, end, .. } = self.heartbeat;
            let percent = 100.0 * f64::from(now) / f64::from(end.max(1));
            say(&format!(
                "{percent:3.0} %  {}",
                line(&self.heartbeat, self.waiting.text())
            ));
            pause = (pause * 2).min(LAST_LINE);
        }
    }
}

/// The line: simulated time, recent events per second, remaining time; memory or, with several processes, how
/// long this one waits.
fn line(heartbeat: &Heartbeat, waiting: Option<String>) -> String {
    let mut text = match heartbeat.now {
        0 => "creating the actors".to_owned(),
        now => format!(
            "{}, {} events/s",
            moment_at(heartbeat.start + i64::from(now), heartbeat.tick()),
            short(heartbeat.events_per_s.round()),
        ),
    };
    if let Some(left) = heartbeat.left_s {
        text.push_str(&format!(", {} left", duration(left)));
    }
    if let Some(last) = waiting.or_else(|| heartbeat.resident_bytes.map(memory)) {
        text.push_str(&format!(", {last}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::status::heartbeat::tests::sample;

    #[test]
    fn a_line_has_time_rate_and_remaining_time() {
        let text = line(&sample(), None);
        assert_eq!(
            text,
            "Thu 16 Aug 14:05, 4.20 M events/s, 12 min left, 4.49 GiB"
        );
        assert!(!text.contains(char::is_control));
        let text = line(&sample(), Some("31 % waiting for rank 2".into()));
        assert!(text.ends_with("12 min left, 31 % waiting for rank 2") && text.len() <= 74);
    }

    #[test]
    fn dropping_the_progress_removes_the_heartbeat() {
        let text = "[run]\ntitle = \"x\"\nstart = \"2007-08-14T00:00:00Z\"\n\
                    end = \"2007-08-15T00:00:00Z\"\n";
        let loaded = crate::scenario::load::load::<Scenario>("x", text, &[]).unwrap();
        let root = tempfile::tempdir().unwrap();
        let from = RunPosition::default();
        let progress = Progress::begin(root.path(), &loaded.scenario, from, None);
        progress.note(50, 1);
        progress.add_notes(&[(50, Note::Released)]);
        drop(progress);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
    }
}
