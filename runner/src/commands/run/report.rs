//! `patchday report`: makes the report of a run or an experiment again from its directory.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::{
    commands::error::InvocationError,
    experiment::{
        compare, fit, fork, map, sensitivity,
        storage::{
            answer::{AnswerFile, Question},
            unfinished,
        },
        sweep, tip,
    },
    host::{
        console::{print, say},
        error::{Exit, Failure},
    },
    report::run::report_file,
    store::{
        atomic_file::Existing,
        layout::{MANIFEST, TABLE},
        place::output,
    },
};

/// Options of `patchday report`.
#[derive(Clone, Debug, Args)]
pub struct ReportOptions {
    /// The directory of a run or an experiment
    pub directory: PathBuf,
    /// The file to write [default: report.html in the directory]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace that file
    #[arg(long)]
    pub force: bool,
}

/// Executes `patchday report`.
///
/// # Errors
/// Returns an error if the directory holds neither a run nor an experiment, or if a file cannot be
/// read or written.
pub fn report(options: &ReportOptions) -> Result<Exit, Failure> {
    let directory = &options.directory;
    let path = match &options.out {
        None => {
            let html = page(directory)?;
            report_file::put(directory, &html, options.force)?
        }
        Some(path) => {
            let existing = Existing::with_force(options.force);
            output::check(path, existing)?;
            output::write(path, page(directory)?.as_bytes(), existing)?;
            path.clone()
        }
    };
    print(&format!("{}\n", path.display()))?;
    Ok(Exit::Fine)
}

/// The page of the run or experiment in a directory.
fn page(directory: &Path) -> Result<String, Failure> {
    unfinished::check_finished(directory)?;
    if directory.join(MANIFEST).exists() {
        return report_file::html(directory);
    }
    if let Some(answered) = AnswerFile::read(directory)? {
        return page_of_answer(&answered, directory);
    }
    if directory.join(TABLE).exists() {
        return Ok(sweep::page::page(directory)?.html()?);
    }
    Err(InvocationError::NoResults(directory.to_owned()).into())
}

/// The page of an answer in a directory.
///
/// # Errors
/// Returns an error if the answer is of another version, or if one of its runs cannot be read.
pub(crate) fn page_of_answer(answered: &AnswerFile, directory: &Path) -> Result<String, Failure> {
    let page = match answered.question {
        Question::Tip => tip::page::page(answered),
        Question::Compare => compare::page::page(answered),
        Question::Map => map::page::page(answered),
        Question::Fit => fit::page::fit_page::page(answered),
        Question::Sensitivity => sensitivity::page::page(answered),
        Question::Fork => fork::page::page(answered, directory),
    }?;
    Ok(page.html()?)
}

/// Writes the report into a directory whose other files are complete. A failure is only a warning,
/// because the report can be made again from the directory. With `force` a page of another is
/// replaced.
pub(crate) fn add(directory: &Path, force: bool) {
    let written = page(directory).and_then(|html| report_file::put(directory, &html, force));
    if let Err(failure) = written {
        say(&format!("warning: no report: {failure}"));
    }
}
