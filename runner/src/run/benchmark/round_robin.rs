//! Turns: processes that are measured beside one another, one at a time.
//!
//! A process waits for a line on its standard input, does its part, and answers with
//! a line on its standard output; the last answer is its result. What is measured in
//! turns sees the same minutes of a machine whose speed drifts. A process whose input
//! has ended ends: whoever gave the turns is gone.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::host::{console::print, error::Failure};

/// A process that takes turns; killed if it is dropped before its end.
struct Player {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Player {
    fn begin(arguments: &[String]) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| error.to_string())?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self {
                child,
                input,
                output: BufReader::new(output),
            }),
            _ => Err("no pipes".into()),
        }
    }

    /// One turn; what it answered.
    fn turn(&mut self) -> Result<String, String> {
        let mut answer = String::new();
        // A process that is gone is told by its missing answer.
        let _ = writeln!(self.input);
        let read = self.output.read_line(&mut answer);
        match read {
            Ok(1..) => Ok(answer.trim_end().to_owned()),
            Ok(0) => Err(self
                .child
                .wait()
                .map_or_else(|error| error.to_string(), |status| status.to_string())),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        // It may be gone already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lets one process for each list of arguments take so many turns; their last answers.
///
/// # Errors
/// What went wrong with one of them.
pub(crate) fn play(arguments: Vec<Vec<String>>, turns: usize) -> Result<Vec<String>, String> {
    let begun = arguments.iter().map(|arguments| Player::begin(arguments));
    let mut players = begun.collect::<Result<Vec<_>, _>>()?;
    let mut answers = Vec::new();
    for _ in 0..turns {
        answers = players
            .iter_mut()
            .map(Player::turn)
            .collect::<Result<_, _>>()?;
    }
    Ok(answers)
}

/// Waits for the next turn.
///
/// # Errors
/// That nobody gives turns any more.
pub(crate) fn wait() -> Result<(), Failure> {
    match std::io::stdin().lock().read_line(&mut String::new()) {
        Ok(1..) => Ok(()),
        Ok(0) | Err(_) => Err(Failure::failed("nobody waits for this measurement".into())),
    }
}

/// The turn is over.
///
/// # Errors
/// That nobody hears it.
pub(crate) fn done() -> Result<(), Failure> {
    print("\n")
}
