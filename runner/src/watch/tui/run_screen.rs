//! A run on a screen: its status is read once a second, drawn if something changed, and keys are
//! read in between.

use std::{
    io,
    time::{Duration, Instant},
};

use ratatui::layout::Size;

use crate::host::console::last_held_message;
use crate::watch::{
    status::{run_status::RunWatcher, run_view::RunView},
    tui::{
        draw_run::{ScreenSettings, draw},
        keys::Key,
        terminal::Screen,
    },
};

/// Time between two readings of the status.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);
/// How long a turn waits for a key.
const KEY_TIMEOUT: Duration = Duration::from_millis(100);

/// A run on a screen.
pub(crate) struct RunScreen {
    screen: Screen,
    watcher: RunWatcher,
    settings: ScreenSettings,
    view: Option<RunView>,
    read_at: Option<Instant>,
    /// The size of the terminal at the last drawing, if nothing changed since.
    drawn: Option<Size>,
}

impl RunScreen {
    /// `own` is whether the run belongs to this process.
    pub(crate) fn new(screen: Screen, watcher: RunWatcher, own: bool) -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            screen,
            watcher,
            settings: ScreenSettings {
                colours: !no_colour,
                own,
                message: None,
            },
            view: None,
            read_at: None,
            drawn: None,
        }
    }

    /// Reads the status if it is time to, draws what changed, and waits a moment for a key.
    ///
    /// # Errors
    /// Returns an error if the terminal is closed, or was restored after a panic.
    pub(crate) fn turn(&mut self) -> io::Result<Option<Key>> {
        let now = Instant::now();
        if self
            .read_at
            .is_none_or(|at| now.duration_since(at) >= STATUS_INTERVAL)
        {
            self.view = Some(self.watcher.poll(now));
            self.read_at = Some(now);
            self.drawn = None;
        }
        let message = last_held_message();
        let size = self.screen.fit()?;
        // Drawn only if something changed, to leave the processor to the run.
        if let Some(view) = &self.view
            && (self.drawn != Some(size) || self.settings.message != message)
        {
            self.settings.message = message;
            let settings = &self.settings;
            self.screen
                .draw(|area, buffer| draw(view, settings, area, buffer))?;
            self.drawn = Some(size);
        }
        self.screen.key(KEY_TIMEOUT)
    }
}
