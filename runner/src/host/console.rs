//! Output of the program: results on standard output, messages on standard error.
//!
//! All text passes through `escape`, so that nothing in it controls the terminal. Messages and texts
//! for people are broken at the width of the terminal, in columns; what programs read is not. Messages
//! can be held while a full-screen display is shown.

use std::{
    io::{self, ErrorKind, Write},
    path::Path,
    process::ExitCode,
};

use parking_lot::Mutex;

use crate::host::{
    error::{Exit, Failure},
    escape,
    text::wrapping::{fitted, width_of},
};

/// Prints the error of a command, if any, and returns the exit code.
pub fn finish(outcome: Result<Exit, Failure>) -> ExitCode {
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            say(&failure.to_string());
            failure.exit().into()
        }
    }
}

/// Prints a result on standard output. A closed pipe is no error: the reader has seen enough.
///
/// # Errors
/// Returns an error if standard output cannot be written.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let text = escape::lines(text);
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::file("write", Path::new("standard output"))(error))
        }
        _ => Ok(()),
    }
}

/// Prints a result for people on standard output, with wide lines broken.
///
/// # Errors
/// Returns an error if standard output cannot be written.
pub(crate) fn print_text(text: &str) -> Result<(), Failure> {
    print(&fitted(&escape::lines(text), width_of(io::stdout())))
}

/// Messages that wait for the end of a full-screen display; `None` while there is no display.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Prints a message on standard error. Errors are ignored: a message must not stop a run.
pub(crate) fn say(text: &str) {
    let mut held = HELD.lock();
    if let Some(held) = held.as_mut() {
        held.push(text.to_owned());
    } else {
        let mut err = io::stderr().lock();
        let text = fitted(&escape::message(text), width_of(&err));
        let _ = writeln!(err, "{text}");
    }
}

/// Holds messages from now on.
pub(crate) fn hold_messages() {
    HELD.lock().get_or_insert_default();
}

/// Prints the held messages and stops holding.
pub(crate) fn release_messages() {
    let held = HELD.lock().take();
    for text in held.into_iter().flatten() {
        say(&text);
    }
}

/// The last held message.
pub(crate) fn last_held_message() -> Option<String> {
    HELD.lock().as_ref().and_then(|held| held.last().cloned())
}
