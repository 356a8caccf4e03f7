//! `report.html` of a run: built only from the files of its directory, when the run ends and
//! whenever `patchday report` asks for it.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use crate::{
    host::{console::say, error::Failure},
    report::{
        html::page::GENERATOR,
        run::{page::page, run_data::RunData},
    },
    store::{atomic_file::Existing, layout::REPORT, place::output},
};

/// The bytes at the beginning of a page that contain the mark of this program.
const HEAD: u64 = 1 << 10;

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
    let written = html(run).and_then(|html| put(run, &html, false));
    if let Err(failure) = written {
        say(&format!("warning: no report: {failure}"));
    }
}

/// Writes the report of a directory, and returns its path. A page that this program did not write
/// is replaced only with `force`.
///
/// # Errors
/// Returns an error if there is such a page, or if the file cannot be written.
pub(crate) fn put(directory: &Path, html: &str, force: bool) -> Result<PathBuf, Failure> {
    let path = directory.join(REPORT);
    let existing = Existing::with_force(force || is_own(&path));
    output::write(&path, html.as_bytes(), existing)?;
    Ok(path)
}

/// Whether a page was written by this program.
pub(crate) fn is_own(path: &Path) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    let head = || {
        let mut head = Vec::new();
        File::open(path)?.take(HEAD).read_to_end(&mut head)?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&head).contains(GENERATOR))
    };
    is_file && head().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_is_replaced_only_with_force() {
        let root = tempfile::tempdir().unwrap();
        let page = format!("<head>{GENERATOR}</head>");
        for times in [1, 2] {
            put(root.path(), &page, false).unwrap_or_else(|why| panic!("{times}: {why}"));
        }
        fs::write(root.path().join(REPORT), "mine").unwrap();
        assert!(put(root.path(), &page, false).is_err());
        assert_eq!(fs::read(root.path().join(REPORT)).unwrap(), b"mine");
        put(root.path(), &page, true).unwrap();
    }
}
