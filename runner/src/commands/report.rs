//! `patchday report`: everything a person wants to see of a run or an experiment, on one
//! page that needs no network and no script.
//!
//! A report is made from its directory alone, at the end of a run and whenever somebody
//! asks for it again; the figures in it are those of the files beside it.

use crate::{
    experiment::{compare, fork, map, sweep, tip},
    report::run::report_file,
};

use std::path::Path;

use crate::{
    commands::question_options::ReportOptions,
    experiment::storage::{
        answer::{Answered, Question},
        unfinished,
    },
    host::{
        console::{print, say},
        error::{Exit, Failure},
    },
    store::{
        atomic_file::write_whole,
        layout::{MANIFEST, REPORT, TABLE},
    },
};

/// `patchday report`.
///
/// # Errors
/// That the directory holds nothing a report could be made of, or what cannot be read or
/// written.
pub fn report(options: &ReportOptions) -> Result<Exit, Failure> {
    let path = options
        .out
        .clone()
        .unwrap_or_else(|| options.directory.join(REPORT));
    write_whole(&path, page(&options.directory)?.as_bytes())?;
    print(&format!("{}\n", path.display()))?;
    Ok(Exit::Fine)
}

/// The page of what a directory holds.
fn page(directory: &Path) -> Result<String, Failure> {
    unfinished::refuse(directory)?;
    if directory.join(MANIFEST).exists() {
        return report_file::html(directory);
    }
    if let Some(answered) = Answered::read(directory)? {
        return page_of_answer(&answered, directory);
    }
    if directory.join(TABLE).exists() {
        return sweep::page::page(directory)?.html();
    }
    Err(Failure::usage(format!(
        "{}: it holds neither a run nor an experiment",
        directory.display()
    )))
}

/// The page of an answer that lies in a directory.
///
/// # Errors
/// That the answer is none of this version, or a future of it cannot be read.
pub(crate) fn page_of_answer(answered: &Answered, directory: &Path) -> Result<String, Failure> {
    match answered.question {
        Question::Tip => tip::page::page(answered),
        Question::Compare => compare::page::page(answered),
        Question::Map => map::page::page(answered),
        Question::Fork => fork::page::page(answered, directory),
    }?
    .html()
}

/// Makes the report of a directory whose other files are written. That it cannot be is said
/// and no more: it can be made again.
pub(crate) fn add(directory: &Path) {
    let made = page(directory);
    let written = made.and_then(|html| Ok(write_whole(&directory.join(REPORT), html.as_bytes())?));
    if let Err(failure) = written {
        say(&format!("warning: no report: {failure}"));
    }
}
