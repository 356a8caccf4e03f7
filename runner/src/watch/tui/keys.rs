//! The keys of the screen: q, Esc and Ctrl-C; all others are ignored.
//!
//! Input is polled and read here instead of by crossterm's event reader. That reader blocks until
//! the next key press after a byte sequence it does not know, and never returns once the terminal
//! is closed; a run must not wait for either.

use std::{io, time::Duration};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long to wait for the remaining bytes of a key that begins with an escape byte.
const ESCAPE_TIMEOUT: Duration = Duration::from_millis(25);
const CTRL_C: u8 = 0x03;
const ESCAPE: u8 = 0x1b;

/// A key press that the screen reacts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// `q` or Esc: leave the screen.
    Leave,
    /// Ctrl-C: stop the run.
    Stop,
}

/// The first meaningful key pressed within `timeout`, which is less than a second.
///
/// # Errors
/// Returns an error if the terminal is closed.
pub(crate) fn read_key(timeout: Duration) -> io::Result<Option<Key>> {
    let mut bytes = read_bytes(timeout)?;
    // Arrow and function keys send several bytes; the first is the byte of Esc.
    if bytes.last() == Some(&ESCAPE) {
        bytes.extend(read_bytes(ESCAPE_TIMEOUT)?);
    }
    Ok(parse(&bytes))
}

/// The bytes that arrive on standard input within `timeout`; empty if there are none.
fn read_bytes(timeout: Duration) -> io::Result<Vec<u8>> {
    let input = io::stdin();
    let mut polled = [PollFd::new(&input, PollFlags::IN)];
    let timeout = Timespec {
        tv_sec: 0,
        tv_nsec: i64::from(timeout.subsec_nanos()),
    };
    match poll(&mut polled, Some(&timeout)) {
        Ok(0) => return Ok(Vec::new()),
        Ok(_) => {}
        // A signal arrived; the caller checks for it after every call.
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

/// The first meaningful key in the bytes that a terminal sent.
fn parse(bytes: &[u8]) -> Option<Key> {
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            CTRL_C => return Some(Key::Stop),
            b'q' | b'Q' => return Some(Key::Leave),
            ESCAPE => match rest.next() {
                None => return Some(Key::Leave),
                // An arrow or function key: parameters, then a final byte.
                Some(b'[' | b'O') => {
                    while rest
                        .next()
                        .is_some_and(|byte| !(0x40..=0x7e).contains(&byte))
                    {}
                }
                // Alt with a key.
                Some(_) => {}
            },
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_keys_are_recognised_and_others_ignored() {
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
            assert_eq!(parse(bytes), key, "{bytes:?}");
        }
    }
}
