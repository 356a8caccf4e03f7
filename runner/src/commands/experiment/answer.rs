//! The end of a command that answers a question: report, answer on standard output, exit code.

use serde::Serialize;

use crate::{
    commands::{error::InvocationError, run::report},
    experiment::storage::answer_dir::StoredAnswer,
    host::{
        console::{print, print_text, say},
        error::{Exit, Failure},
    },
    store::manifest::json,
};

/// Makes the report of an answer and prints the answer, as JSON or as text.
///
/// # Errors
/// Returns an error if standard output cannot be written.
pub(super) fn finish<T: Serialize>(
    stored: &StoredAnswer<T>,
    as_json: bool,
    text: impl FnOnce() -> String,
) -> Result<Exit, Failure> {
    report::add(&stored.directory, false);
    say(&format!("results: {}", stored.directory.display()));
    if as_json {
        // Converting to a value first gives the order of members of `answer.json`.
        let value = serde_json::to_value(&stored.answer);
        print(&json(&value.map_err(InvocationError::Json)?)?)?;
    } else {
        print_text(&text())?;
    }
    Ok(if stored.failed == 0 {
        Exit::Fine
    } else {
        Exit::Failed
    })
}
