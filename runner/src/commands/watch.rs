//! `patchday watch`: a run as it goes on, on a screen or in lines.
//!
//! One road for all: a run says about once a second what it is doing, in a small hidden file
//! beside its growing series, and whoever watches reads the two, in the same process
//! (`patchday run --live`) or another, then or later. The run never waits for who watches, and
//! does not know whether anybody does; no result depends on it.
//!
//! | Room | What is in it |
//! | --- | --- |
//! | `heartbeat` | what a run says of itself |
//! | `tail`, `bands`, `turning` | its series as it grows, in bounded memory, and turning points in it |
//! | `watcher`, `events`, `view` | how it stands with a run; what a look finds |
//! | `draw`, `rows`, `pen`, `readings`, `panel`, `dots` | a look as cells |
//! | `painter`, `terminal`, `screen` | cells on a terminal, its mode and keys |
//! | `lines` | a look as lines |

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use crate::watch::lines::StatusLines;
use crate::watch::status::run_status::RunWatcher;
use crate::watch::status::run_view::RunState;
use crate::watch::tui::run_screen::RunScreen;
use crate::watch::tui::terminal::Screen;
use crate::{
    commands::options::WatchOptions,
    host::{
        console::say,
        error::{Exit, Failure},
        escape,
        signals::Interrupt,
    },
};

/// Between two looks, where there is no screen.
const PAUSE: Duration = Duration::from_millis(500);

/// `patchday watch`.
///
/// # Errors
/// That the directory holds no run, or a signal.
pub fn watch(options: &WatchOptions) -> Result<Exit, Failure> {
    let watcher = RunWatcher::new(&options.run, Instant::now())?;
    let interrupt = Interrupt::of_signals();
    // What is piped on is lines, whatever there is beside the pipe.
    if !options.lines && io::stdout().is_terminal() {
        match Screen::put_up() {
            Ok(screen) => return on_screen(RunScreen::new(screen, watcher, false), &interrupt),
            Err(why) => say(&format!("{why}; plain lines instead of a screen")),
        }
    }
    in_lines(watcher, &interrupt)
}

/// Until somebody leaves, or a signal comes.
fn on_screen(mut show: RunScreen, interrupt: &Interrupt) -> Result<Exit, Failure> {
    while !interrupt.is_set() {
        match show.turn() {
            Ok(None) => {}
            // A terminal that is gone is left, too.
            Ok(Some(_)) | Err(_) => return Ok(Exit::Fine),
        }
    }
    Err(stopped())
}

/// Until the run is over, or a signal comes.
fn in_lines(mut watcher: RunWatcher, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let mut lines = StatusLines::default();
    while !interrupt.is_set() {
        let now = Instant::now();
        let view = watcher.look(now);
        let text: String = lines
            .of(&view, now)
            .into_iter()
            .map(|it| escape::line(&it) + "\n")
            .collect();
        let mut out = io::stdout().lock();
        if out
            .write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .is_err()
        {
            // Nobody reads on.
            return Ok(Exit::Fine);
        }
        drop(out);
        match view.state {
            RunState::Finished => return Ok(Exit::Fine),
            RunState::Stopped(why) if why == "interrupted" => return Ok(Exit::Interrupted),
            RunState::Stopped(_) | RunState::Killed | RunState::Gone => {
                return Ok(Exit::Failed);
            }
            _ => std::thread::sleep(PAUSE),
        }
    }
    Err(stopped())
}

fn stopped() -> Failure {
    Failure::interrupted(": watching only; the run is left as it is".into())
}
