//! The kept series of a batch (`--keep-series`): a file for each run, so that a batch that resumes finds
//! what it has.
//!
//! The files are in the directory `.kept` of the batch and are named after the index of the run. A file
//! is written and synced before the run counts as done. It is one line with a checksum that includes
//! the hash of the batch; a file that is damaged or of another batch counts as missing, and its run is
//! made again.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    host::{durable::create_directories, error::Failure},
    results::samples::KeptSeries,
    store::{
        atomic_file::write_whole,
        checksummed_json::{self, Form},
    },
};

/// The name of the directory.
const DIRECTORY: &str = ".kept";

/// The kept series of the runs of a batch.
#[derive(Clone, Debug)]
pub(crate) struct KeptStore {
    directory: PathBuf,
    /// The hash of the batch.
    batch: String,
    /// The names of the columns.
    columns: Vec<String>,
}

impl KeptStore {
    /// The store in the directory of a batch; `columns` are those that are kept.
    pub(crate) fn new(batch_directory: &Path, batch: &str, columns: &[String]) -> Self {
        Self {
            directory: batch_directory.join(DIRECTORY),
            batch: batch.to_owned(),
            columns: columns.to_vec(),
        }
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The series of a run; `None` if the store does not have it.
    pub(crate) fn get(&self, run: usize) -> Option<KeptSeries> {
        let text = fs::read(self.path(run)).ok()?;
        self.read(run, &text)
            .filter(|kept| kept.is_of(&self.columns))
    }

    /// Whether it has the series of a run.
    pub(crate) fn has(&self, run: usize) -> bool {
        self.get(run).is_some()
    }

    /// Writes the series of a run.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be written.
    pub(crate) fn add(&self, run: usize, kept: &KeptSeries) -> Result<(), Failure> {
        let path = self.path(run);
        let written = || -> Result<(), Failure> {
            let text = checksummed_json::to_text(kept, Form::Line, &self.part_of(run));
            let text = text.map_err(Failure::file("write", &path))?;
            create_directories(&self.directory)?;
            write_whole(&path, text.as_bytes())?;
            Ok(())
        };
        written().map_err(Failure::during_run)
    }

    /// Removes the series of an earlier batch.
    ///
    /// # Errors
    /// Returns an error with the path if they cannot be removed.
    pub(crate) fn clear(&self) -> Result<(), Failure> {
        match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::file("remove", &self.directory)(error))
            }
            _ => Ok(()),
        }
    }

    /// Reads a file; `None` if it is not the series of this run.
    pub(crate) fn read(&self, run: usize, text: &[u8]) -> Option<KeptSeries> {
        let body = checksummed_json::verify(text, Form::Line, &self.part_of(run)).ok()?;
        serde_json::from_slice(&body).ok()
    }

    /// The text in the checksum of a file.
    pub(crate) fn part_of(&self, run: usize) -> String {
        format!("series of run {run} of {}", self.batch)
    }

    fn path(&self, run: usize) -> PathBuf {
        self.directory.join(format!("{run}.json"))
    }
}

#[cfg(test)]
mod tests {
    use patchday_agents::metrics::cell::Cell;

    use super::*;

    #[test]
    fn only_whole_series_of_the_same_run_and_batch_are_found() {
        let root = tempfile::tempdir().unwrap();
        let columns = ["online".to_owned()];
        let store = KeptStore::new(root.path(), "one", &columns);
        let mut kept = KeptSeries::new(&columns);
        kept.add(60, std::iter::once(Cell::Count(7)));
        assert!(!store.has(3));
        store.add(3, &kept).unwrap();
        assert_eq!(store.get(3).as_ref(), Some(&kept));
        let path = root.path().join(".kept/3.json");
        fs::copy(&path, root.path().join(".kept/4.json")).unwrap();
        assert!(!store.has(4));
        assert!(!KeptStore::new(root.path(), "two", &columns).has(3));
        assert!(!KeptStore::new(root.path(), "one", &[]).has(3));
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            assert!(!store.has(3), "{end}");
        }
        store.add(3, &kept).unwrap();
        assert!(store.has(3));
        store.clear().unwrap();
        assert!(!store.has(3));
        store.clear().unwrap();
    }
}
