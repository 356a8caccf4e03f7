//! The end of a sweep or merge: report, exported table, counts on standard output, exit code.

use crate::{
    commands::run::report,
    experiment::sweep::merge::BatchEnd,
    export::{format::Format, write},
    host::{
        console::{print, print_text, say},
        error::{Exit, Failure},
    },
    store::manifest::json,
};

/// Makes report and export of a batch, if it has its table, and prints its counts. With `force` a
/// page of another is replaced.
///
/// # Errors
/// Returns an error if the table cannot be exported or standard output cannot be written.
pub(super) fn finish(
    end: &BatchEnd,
    export: Option<Format>,
    (force, as_json): (bool, bool),
) -> Result<Exit, Failure> {
    let directory = end.directory.as_path();
    if end.table.is_some() {
        report::add(directory, force);
        if let Some(format) = export {
            let exported = write::beside(directory, format, force);
            if let Some(hint) = &end.hint {
                // The runs are in the ledger, so the failure is not one of usage.
                exported
                    .map_err(Failure::during_run)
                    .inspect_err(|_| say(hint))?;
            } else {
                exported?;
            }
        }
    }
    let table = end.table.as_ref().map(|table| table.display().to_string());
    if as_json {
        print(&json(&serde_json::json!({
            "directory": directory.display().to_string(),
            "runs": end.runs,
            "failed": end.failed,
            "table": table,
        }))?)?;
    } else {
        let place = match table {
            Some(table) => format!("table: {table}"),
            None => format!("`patchday merge {}` makes the table", directory.display()),
        };
        print_text(&format!(
            "{} runs, {} failed; {place}\n",
            end.runs, end.failed
        ))?;
    }
    Ok(if end.failed == 0 {
        Exit::Fine
    } else {
        Exit::Failed
    })
}
