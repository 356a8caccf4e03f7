//! `patchday watch`: shows an active or ended run on a screen or as lines.
//!
//! A run writes its heartbeat about once a second into a hidden file beside its growing series.
//! Watching reads these two files, in the same process (`patchday run --live`) or in another one.
//! The run does not know of watchers and does not wait for them, so no result depends on them.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;

use crate::{
    commands::error::InvocationError,
    host::{
        console::say,
        error::{Exit, Failure},
        escape,
        signals::Interrupt,
        text::wrapping::{fitted, width_of},
    },
    watch::{
        lines::StatusLines,
        status::{run_status::RunWatcher, run_view::RunState},
        tui::{run_screen::RunScreen, terminal::Screen},
    },
};

/// Options of `patchday watch`.
#[derive(Clone, Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct WatchOptions {
    /// The directory of a run that is active, has ended, or was killed
    pub run: PathBuf,
    /// Print lines until the run has ended, even on a terminal
    #[arg(long)]
    pub lines: bool,
}

const AFTER_HELP: &str = "\
The screen shows users online against the norm, supernodes, users waiting to log in, events a \
second, memory, the time left, and the latest events. q, Esc or Ctrl-C leave it and do not affect \
the run. Lines end with the run: exit code 0 if it finished, 130 if it was interrupted, 3 if it \
stopped for another reason.";

/// Time between two readings of the status without a screen.
const STATUS_INTERVAL: Duration = Duration::from_millis(500);

/// Executes `patchday watch`.
///
/// # Errors
/// Returns an error if the directory holds no run, or if a signal ends the watching.
pub fn watch(options: &WatchOptions) -> Result<Exit, Failure> {
    let watcher = RunWatcher::new(&options.run, Instant::now())?;
    let interrupt = Interrupt::from_signals();
    // If standard output is a pipe, lines are printed even on a terminal.
    if !options.lines && io::stdout().is_terminal() {
        match Screen::open() {
            Ok(screen) => return on_screen(RunScreen::new(screen, watcher, false), &interrupt),
            Err(why) => say(&format!("{why}; printing plain lines instead of a screen")),
        }
    }
    in_lines(watcher, &interrupt)
}

/// Shows the screen until a key leaves it or a signal arrives.
fn on_screen(mut screen: RunScreen, interrupt: &Interrupt) -> Result<Exit, Failure> {
    while !interrupt.is_set() {
        match screen.turn() {
            Ok(None) => {}
            // A closed terminal is left, too.
            Ok(Some(_)) | Err(_) => return Ok(Exit::Fine),
        }
    }
    Err(interrupted())
}

/// Prints lines until the run has ended or a signal arrives.
fn in_lines(mut watcher: RunWatcher, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let mut lines = StatusLines::default();
    let width = width_of(io::stdout());
    while !interrupt.is_set() {
        let now = Instant::now();
        let view = watcher.poll(now);
        let text: String = lines
            .update(&view, now)
            .into_iter()
            .map(|line| fitted(&escape::line(&line), width) + "\n")
            .collect();
        let mut out = io::stdout().lock();
        if out
            .write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .is_err()
        {
            // The reader of the pipe has closed it.
            return Ok(Exit::Fine);
        }
        drop(out);
        match view.state {
            RunState::Finished => return Ok(Exit::Fine),
            RunState::Stopped(why) if why == "interrupted" => return Ok(Exit::Interrupted),
            RunState::Stopped(_) | RunState::Killed | RunState::Gone => {
                return Ok(Exit::Failed);
            }
            _ => std::thread::sleep(STATUS_INTERVAL),
        }
    }
    Err(interrupted())
}

fn interrupted() -> Failure {
    InvocationError::WatchInterrupted.into()
}
