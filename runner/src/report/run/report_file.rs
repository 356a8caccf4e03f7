//! `report.html` of a run: built only from the files of its directory, when the run ends and
//! whenever `patchday report` asks for it.

use std::path::Path;

use crate::{
    host::{console::say, error::Failure},
    report::run::{page::page, run_data::RunData},
    store::{atomic_file::write_whole, layout::REPORT},
};

/// The page of the run in a directory, as HTML.
///
/// # Errors
/// Returns an error if a file of the run is missing, cannot be read or was changed.
pub(crate) fn html(run: &Path) -> Result<String, Failure> {
    Ok(page(&RunData::read(run)?).html()?)
}

/// Writes the report into a run directory whose other files are complete. A failure is only a
/// warning, because the report can be made again from the directory.
pub(crate) fn write(run: &Path) {
    let written = html(run).and_then(|html| Ok(write_whole(&run.join(REPORT), html.as_bytes())?));
    if let Err(failure) = written {
        say(&format!("warning: no report: {failure}"));
    }
}
