//! The terminal in raw mode with its alternate screen, set and restored with crossterm.
//!
//! At most one screen is open at a time. While it is open, messages of the program are held back.
//! The terminal is restored on every path: when [`Screen`] is dropped, and by the first panic of
//! any thread before its message is printed. After that, drawing writes nothing.

use std::{
    io::{self, BufWriter, IsTerminal, Write},
    panic,
    sync::Once,
    time::Duration,
};

use parking_lot::Mutex;
use ratatui::{
    Terminal, TerminalOptions, Viewport,
    backend::CrosstermBackend,
    buffer::Buffer,
    crossterm::{
        cursor::{Hide, MoveTo, Show},
        execute,
        style::ResetColor,
        terminal::{
            self, Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
            enable_raw_mode,
        },
    },
    layout::{Rect, Size},
};
use rustix::{
    process::getpgrp,
    termios::{QueueSelector, tcflush, tcgetpgrp},
};

use crate::{
    host::console::{hold_messages, release_messages},
    watch::tui::keys::{Key, read_key},
};

/// The size assumed if the terminal does not report one.
const DEFAULT_SIZE: Size = Size {
    width: 80,
    height: 24,
};
/// Bytes of a frame that are gathered for one write.
const FRAME_BYTES: usize = 1 << 16;

/// Whether the screen is open.
static OPEN: Mutex<bool> = Mutex::new(false);

/// An open screen.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<OpenScreen>>>,
    size: Size,
}

impl Screen {
    /// Switches the terminal to raw mode and its alternate screen.
    ///
    /// # Errors
    /// Returns the reason, as text, if there is no terminal, it cannot show a screen, or the
    /// program runs in the background.
    pub(crate) fn open() -> Result<Self, String> {
        for (name, is_terminal) in [
            ("standard error", io::stderr().is_terminal()),
            ("standard input", io::stdin().is_terminal()),
        ] {
            if !is_terminal {
                return Err(format!("{name} is not a terminal"));
            }
        }
        match std::env::var("TERM") {
            Ok(kind) if !kind.is_empty() && kind != "dumb" => {}
            _ => return Err("TERM is not set or names a terminal without a screen".into()),
        }
        // The system stops a background process that changes the mode of its terminal.
        if tcgetpgrp(io::stdin()).is_ok_and(|group| group != getpgrp()) {
            return Err("the program is in the background".into());
        }
        restore_on_panic();
        let cannot = |error: io::Error| {
            restore();
            format!("the terminal cannot be set: {error}")
        };
        enter().map_err(cannot)?;
        hold_messages();
        let size = terminal_size();
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, OpenScreen));
        // A fixed viewport: its size is checked in `fit`, which replaces a reported size of zero.
        let options = TerminalOptions {
            viewport: Viewport::Fixed(Rect::new(0, 0, size.width, size.height)),
        };
        let terminal = Terminal::with_options(backend, options).map_err(cannot)?;
        Ok(Self { terminal, size })
    }

    /// Adapts to the current size of the terminal and returns it.
    ///
    /// # Errors
    /// Returns an error if the terminal is closed.
    pub(crate) fn fit(&mut self) -> io::Result<Size> {
        let size = terminal_size();
        if size != self.size {
            self.terminal
                .resize(Rect::new(0, 0, size.width, size.height))?;
            self.size = size;
        }
        Ok(size)
    }

    /// Draws a frame; only cells that changed since the last one are written.
    ///
    /// # Errors
    /// Returns an error if the terminal is closed.
    pub(crate) fn draw(&mut self, draw: impl FnOnce(Rect, &mut Buffer)) -> io::Result<()> {
        self.terminal
            .draw(|frame| draw(frame.area(), frame.buffer_mut()))?;
        Ok(())
    }

    /// The first meaningful key pressed within `timeout`, which is less than a second.
    ///
    /// # Errors
    /// Returns an error if the terminal is closed, or was restored after a panic.
    pub(crate) fn key(&self, timeout: Duration) -> io::Result<Option<Key>> {
        let key = read_key(timeout)?;
        if *OPEN.lock() {
            Ok(key)
        } else {
            Err(io::Error::other("the screen was closed"))
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Raw mode: keys arrive at once, are not echoed and send no signal.
fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    *OPEN.lock() = true;
    let clear = Clear(ClearType::All);
    execute!(io::stderr().lock(), EnterAlternateScreen, Hide, clear)
}

/// Restores the terminal if a screen is open.
fn restore() {
    let mut open = OPEN.lock();
    if !std::mem::take(&mut *open) {
        return;
    }
    // Errors are ignored: a terminal that is closed needs no restoring. The screen is left empty
    // with the cursor at its top: a terminal that became larger meanwhile shrinks it to its old
    // size first, and may keep the lines above the cursor among those of the main screen.
    let _ = execute!(
        io::stderr().lock(),
        ResetColor,
        Clear(ClearType::All),
        MoveTo(0, 0),
        Show,
        LeaveAlternateScreen
    );
    // Keys pressed for the screen do not reach the shell.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    let _ = disable_raw_mode();
    drop(open);
    release_messages();
}

fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            restore();
            hook(info);
        }));
    });
}

fn terminal_size() -> Size {
    match terminal::size() {
        Ok((width, height)) if width > 0 && height > 0 => Size { width, height },
        _ => DEFAULT_SIZE,
    }
}

/// Standard error while the screen is open; otherwise discards what is written.
pub(crate) struct OpenScreen;

impl Write for OpenScreen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The lock is held during the write, so that another thread does not restore the terminal
        // in the middle of a frame.
        let open = OPEN.lock();
        if *open {
            io::stderr().lock().write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
