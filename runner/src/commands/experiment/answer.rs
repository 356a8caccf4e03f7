//! How a command ends that has asked a question: with the report, the answer on standard output
//! and the exit code.

use serde::Serialize;

use crate::{
    commands::run::report,
    experiment::storage::answer_dir::StoredAnswer,
    host::{
        console::{print, say},
        error::{Exit, Failure},
    },
    store::manifest::json,
};

/// Makes the report of an answer and prints the answer, as JSON or as the text for people.
///
/// # Errors
/// Returns an error if standard output cannot be written.
pub(super) fn finish<T: Serialize>(
    stored: &StoredAnswer<T>,
    as_json: bool,
    text: impl FnOnce() -> String,
) -> Result<Exit, Failure> {
    report::add(&stored.directory);
    say(&format!("results: {}", stored.directory.display()));
    if as_json {
        // By way of a value, so that members have the order that they have in `answer.json`.
        let value = serde_json::to_value(&stored.answer);
        print(&json(
            &value.map_err(|error| Failure::failed(error.to_string()))?,
        )?)?;
    } else {
        print(&text())?;
    }
    Ok(if stored.failed == 0 {
        Exit::Fine
    } else {
        Exit::Failed
    })
}
