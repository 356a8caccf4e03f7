//! A run on a screen: looks once a second, paints, and listens for keys in between.

use std::{
    io,
    time::{Duration, Instant},
};

use ratatui_core::layout::Size;

use crate::host::console::last_held_message;
use crate::watch::{
    status::{run_status::RunWatcher, run_view::RunView},
    tui::{
        draw_run::{ScreenSettings, draw},
        terminal::{Key, Screen},
    },
};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// How long a turn waits for a key.
const LISTEN: Duration = Duration::from_millis(100);

/// A run on a screen.
pub(crate) struct RunScreen {
    screen: Screen,
    watcher: RunWatcher,
    settings: ScreenSettings,
    view: Option<RunView>,
    looked: Option<Instant>,
    /// How large the terminal was when it was painted last.
    painted: Option<Size>,
}

impl RunScreen {
    /// Of the run of this process, or of any other.
    pub(crate) fn new(screen: Screen, watcher: RunWatcher, own: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            screen,
            watcher,
            settings: ScreenSettings {
                colours: !plain,
                own,
                said: None,
            },
            view: None,
            looked: None,
            painted: None,
        }
    }

    /// Looks if it is time to, paints, and waits a moment for a key.
    ///
    /// # Errors
    /// That the terminal is gone, or the screen was taken down.
    pub(crate) fn turn(&mut self) -> io::Result<Option<Key>> {
        let now = Instant::now();
        if self.looked.is_none_or(|at| now.duration_since(at) >= LOOK) {
            self.view = Some(self.watcher.look(now));
            self.looked = Some(now);
            self.painted = None;
        }
        let said = last_held_message();
        let size = self.screen.terminal.size()?;
        // Painted only if something is new: the run needs the processor more.
        if let Some(view) = &self.view
            && (self.painted != Some(size) || self.settings.said != said)
        {
            self.settings.said = said;
            let settings = &self.settings;
            self.screen.terminal.draw(|frame| {
                draw(view, settings, frame.area(), frame.buffer_mut());
            })?;
            self.painted = Some(size);
        }
        self.screen.key(LISTEN)
    }
}
