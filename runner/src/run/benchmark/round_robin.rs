//! Worker processes that are measured in turns, one at a time.
//!
//! A worker waits for a line on its stdin, does its part and answers with a line on its stdout; the
//! last answer is its result. Measurements in turns are comparable even if the speed of the machine
//! drifts. A worker exits when its stdin closes, because the parent process has exited.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::{
    host::{console::print, error::Failure},
    run::error::RunError,
};

/// A worker process; it is killed when dropped.
struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
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

    /// Starts one turn and returns the answer.
    fn turn(&mut self) -> Result<String, String> {
        let mut answer = String::new();
        // If the worker has exited, reading its answer fails below.
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

impl Drop for Worker {
    fn drop(&mut self) {
        // Ignore errors: the worker may have exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a worker for each list of arguments, gives each `turns` turns, and returns their last
/// answers.
///
/// # Errors
/// Returns an error if a worker cannot be started or exits early.
pub(crate) fn run_workers(
    arguments: Vec<Vec<String>>,
    turns: usize,
) -> Result<Vec<String>, String> {
    let begun = arguments.iter().map(|arguments| Worker::begin(arguments));
    let mut workers = begun.collect::<Result<Vec<_>, _>>()?;
    let mut answers = Vec::new();
    for _ in 0..turns {
        answers = workers
            .iter_mut()
            .map(Worker::turn)
            .collect::<Result<_, _>>()?;
    }
    Ok(answers)
}

/// Waits for the next turn, in a worker.
///
/// # Errors
/// Returns an error if the parent process has exited.
pub(crate) fn wait() -> Result<(), Failure> {
    match std::io::stdin().lock().read_line(&mut String::new()) {
        Ok(1..) => Ok(()),
        Ok(0) | Err(_) => Err(RunError::NoParent.into()),
    }
}

/// Ends a turn, in a worker.
///
/// # Errors
/// Returns an error if standard output cannot be written.
pub(crate) fn done() -> Result<(), Failure> {
    print("\n")
}
