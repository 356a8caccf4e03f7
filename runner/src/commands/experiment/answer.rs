//! The end of a command that answers a question: report, answer on standard output, exit code.

use serde::Serialize;

use crate::{
    commands::{error::InvocationError, run::report},
    experiment::{jobs::dry_run::PricedDesign, storage::answer_dir::StoredAnswer},
    host::{
        console::{print, print_text, say},
        error::{Exit, Failure},
    },
    store::manifest::json,
};

/// Prints the design and the price of a question, as JSON or as text.
///
/// # Errors
/// Returns an error if standard output cannot be written.
pub(super) fn planned(design: &PricedDesign, as_json: bool) -> Result<Exit, Failure> {
    if as_json {
        print(&json(design)?)?;
    } else {
        print_text(&design.text())?;
    }
    Ok(Exit::Fine)
}

/// Makes the report of an answer and prints the answer, as JSON or as text. With `force` the report
/// replaces a page of another.
///
/// # Errors
/// Returns an error if standard output cannot be written.
pub(super) fn finish<T: Serialize>(
    stored: &StoredAnswer<T>,
    as_json: bool,
    force: bool,
    text: impl FnOnce() -> String,
) -> Result<Exit, Failure> {
    report::add(&stored.directory, force);
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
