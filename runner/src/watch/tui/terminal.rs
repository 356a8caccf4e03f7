//! The terminal: its mode, and what is typed.
//!
//! A screen is put up at most once at a time. While it is up, what the program says is held
//! back. It is taken down in every way out: when its owner is dropped, and by the first panic
//! of any thread before that says its words. After that nothing is painted any more. Where
//! there is nothing to type or paint on, there is no screen.

use std::{
    io::{self, IsTerminal, Write},
    panic,
    sync::Once,
    time::Duration,
};

use parking_lot::Mutex;
use ratatui_core::{layout::Size, terminal::Terminal};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::getpgrp,
    termios::{
        LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
    },
};

use crate::host::console::{hold_messages, release_messages};
use crate::watch::tui::backend::Painter;

/// Another screen in place of the usual one, without a cursor; and back again. It is left empty
/// and with the cursor at its top: a terminal that became larger meanwhile shrinks it to its old
/// size first, and may keep what is above the cursor among the lines of the usual one.
const UP: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[2J";
const DOWN: &[u8] = b"\x1b[0m\x1b[2J\x1b[H\x1b[?25h\x1b[?1049l";
/// Where a terminal does not say how large it is.
const USUAL: Size = Size {
    width: 80,
    height: 24,
};
/// How long the rest of a key's bytes may take.
const REST: Duration = Duration::from_millis(25);

/// How the terminal was before the screen was put up; none while there is none.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// What was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// `q` or Esc.
    Leave,
    /// Ctrl-C.
    Stop,
}

/// A screen that is up.
pub(crate) struct Screen {
    pub(crate) terminal: Terminal<Painter<Stderr>>,
}

impl Screen {
    /// Puts it up.
    ///
    /// # Errors
    /// Why there can be none, in words.
    pub(crate) fn put_up() -> Result<Self, String> {
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
            _ => return Err("TERM names no terminal that can show a screen".into()),
        }
        // Whoever sets the mode of a terminal from the background is stopped.
        if tcgetpgrp(io::stdin()).is_ok_and(|group| group != getpgrp()) {
            return Err("the program is in the background".into());
        }
        take_down_at_panic();
        if let Err(error) = raise() {
            take_down();
            return Err(format!("the terminal cannot be set: {error}"));
        }
        hold_messages();
        let painter = Painter::new(Stderr, size);
        match Terminal::new(painter) {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                take_down();
                Err(error.to_string())
            }
        }
    }

    /// What was typed within a while, if it means something.
    ///
    /// # Errors
    /// That the terminal is gone, or the screen was taken down.
    pub(crate) fn key(&self, within: Duration) -> io::Result<Option<Key>> {
        let mut typed = typed(within)?;
        // Other keys send several bytes, and the first is that of Esc.
        if typed.last() == Some(&0x1b) {
            typed.extend(self::typed(REST)?);
        }
        if BEFORE.lock().is_none() {
            return Err(io::Error::other("the screen was taken down"));
        }
        Ok(key_of(&typed))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        take_down();
    }
}

/// Changes the mode: what is typed comes at once, is not shown and sends no signal.
fn raise() -> io::Result<()> {
    let before = tcgetattr(io::stdin())?;
    let mut mode = before.clone();
    let cooked = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN;
    mode.local_modes.remove(cooked);
    tcsetattr(io::stdin(), OptionalActions::Flush, &mode)?;
    *BEFORE.lock() = Some(before);
    io::stderr().lock().write_all(UP)
}

/// Takes the screen down, if one is up.
fn take_down() {
    let Some(before) = BEFORE.lock().take() else {
        return;
    };
    // A terminal that is gone needs nothing.
    let _ = io::stderr().lock().write_all(DOWN);
    let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &before);
    release_messages();
}

fn take_down_at_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            take_down();
            usual(what);
        }));
    });
}

fn typed(within: Duration) -> io::Result<Vec<u8>> {
    let input = io::stdin();
    let mut asked = [PollFd::new(&input, PollFlags::IN)];
    let timeout = Timespec {
        tv_sec: 0,
        tv_nsec: i64::from(within.subsec_nanos()),
    };
    match poll(&mut asked, Some(&timeout)) {
        Ok(0) => return Ok(Vec::new()),
        Ok(_) => {}
        // A signal: who waits for one looks himself.
        Err(rustix::io::Errno::INTR) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    }
    let mut bytes = [0; 64];
    match rustix::io::read(&input, &mut bytes) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(count) => Ok(bytes[..count].to_vec()),
        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// The first key among some bytes that means something.
fn key_of(bytes: &[u8]) -> Option<Key> {
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            0x03 => return Some(Key::Stop),
            b'q' | b'Q' => return Some(Key::Leave),
            0x1b => match rest.next() {
                None => return Some(Key::Leave),
                // A key with a name: parameters, and a last byte.
                Some(b'[' | b'O') => {
                    while rest
                        .next()
                        .is_some_and(|byte| !(0x40..=0x7e).contains(&byte))
                    {}
                }
                Some(_) => {}
            },
            _ => {}
        }
    }
    None
}

fn size() -> Size {
    match tcgetwinsize(io::stderr()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size {
            width: size.ws_col,
            height: size.ws_row,
        },
        _ => USUAL,
    }
}

/// Standard error as long as the screen is up; afterwards nothing.
pub(crate) struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Held while it writes, so that nobody takes the screen down in the middle.
        let before = BEFORE.lock();
        if before.is_some() {
            io::stderr().lock().write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_and_others_mean_nothing() {
        for (bytes, key) in [
            (&b"q"[..], Some(Key::Leave)),
            (b"Q", Some(Key::Leave)),
            (b"\x1b", Some(Key::Leave)),
            (b"\x03", Some(Key::Stop)),
            (b"", None),
            (b"x\r", None),
            (b"\x1b[A", None),
            (b"\x1b[1;5Cq", Some(Key::Leave)),
            (b"\x1bOQ", None),
            (b"\x1bq", None),
            (b"xy\x03q", Some(Key::Stop)),
            ("ü".as_bytes(), None),
        ] {
            assert_eq!(key_of(bytes), key, "{bytes:?}");
        }
    }
}
