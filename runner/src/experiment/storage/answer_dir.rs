//! The directory of an answer.
//!
//! Its default name has a hash of the question: scenario, options and program. The same question
//! therefore uses the same directory, and finds the same answer there.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Instant,
};

use serde::Serialize;

use crate::{
    experiment::{
        error::ExperimentError,
        storage::answer::{ANSWER, AnswerFile, Question},
    },
    host::{error::Failure, format::rounded},
    scenario::prepare::{Prepared, stem},
    store::{
        atomic_file::{hidden, write_whole},
        error::StoreError,
        manifest::Manifest,
    },
};

/// The directory that an answer is to be written into, checked before the first run.
#[derive(Debug)]
pub(crate) struct AnswerDir {
    directory: PathBuf,
    file: AnswerFile,
    begun: Instant,
}

/// An answer that was written into its directory.
#[derive(Debug)]
pub(crate) struct StoredAnswer<T> {
    pub(crate) answer: T,
    pub(crate) directory: PathBuf,
    /// How many of its runs failed.
    pub(crate) failed: usize,
    /// Real time it took, in seconds.
    pub(crate) wall_s: f64,
}

impl AnswerDir {
    /// The directory of a question about a scenario. `options` are all option values that the
    /// answer depends on; `out` replaces the default name.
    ///
    /// # Errors
    /// Returns an error if the directory holds anything but an answer to this question; with
    /// `force` an answer to any question is allowed.
    pub(crate) fn for_question(
        question: Question,
        prepared: &Prepared,
        options: &[String],
        out: Option<&Path>,
        force: bool,
    ) -> Result<Self, Failure> {
        let mut hasher = blake3::Hasher::new();
        let program = [env!("CARGO_PKG_VERSION"), env!("PATCHDAY_GIT")];
        let parts = program
            .into_iter()
            .chain([question.name(), prepared.config_hash.as_str()]);
        for part in parts.chain(options.iter().map(String::as_str)) {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
        let hash = hasher.finalize().to_hex()[..16].to_owned();
        let directory = out.map_or_else(
            || {
                let stem = stem(&prepared.file);
                let name = format!("{stem}-{}-{}", question.name(), &hash[..8]);
                PathBuf::from("runs").join(name)
            },
            Path::to_owned,
        );
        let title = prepared.scenario.run.title.clone();
        let dir = Self {
            directory,
            begun: Instant::now(),
            file: AnswerFile {
                scale: prepared.scale,
                users: prepared.scenario.population.users,
                seed: prepared.scenario.run.seed,
                ..AnswerFile::unanswered(question, title, prepared.file.clone(), hash)
            },
        };
        dir.check(force)?;
        Ok(dir)
    }

    /// The directory of the alternatives of a run.
    pub(crate) fn for_alternatives(directory: &Path, run: &Manifest) -> Self {
        let (title, file) = (run.title.clone(), run.scenario.clone());
        let hash = run.config_hash.clone();
        Self {
            directory: directory.to_owned(),
            begun: Instant::now(),
            file: AnswerFile {
                scale: run.scale,
                users: run.users,
                seed: run.seed,
                ..AnswerFile::unanswered(Question::Fork, title, file, hash)
            },
        }
    }

    /// Returns an error if the directory holds anything but an answer to this question; with
    /// `force` an answer to any question is allowed.
    fn check(&self, force: bool) -> Result<(), Failure> {
        let directory = &self.directory;
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            read => read.map_err(Failure::file("read the directory", directory))?,
        };
        // What is left of an answer whose writing was killed does not count.
        let rest = hidden(ANSWER);
        let mut names = entries.map(|entry| entry.map(|entry| entry.file_name()));
        if names.all(|name| name.is_ok_and(|name| name == *rest)) {
            return Ok(());
        }
        match AnswerFile::read(directory)? {
            None => Err(StoreError::Foreign(directory.clone()).into()),
            Some(known) if known.hash == self.file.hash || force => Ok(()),
            Some(_) => Err(StoreError::Occupied(directory.clone()).into()),
        }
    }

    /// Writes the answer. `runs` is the number of runs it took, `failed` how many of them failed.
    ///
    /// # Errors
    /// Returns an error if the directory or the file cannot be written.
    pub(crate) fn write<T: Serialize>(
        self,
        answer: T,
        runs: usize,
        failed: usize,
    ) -> Result<StoredAnswer<T>, Failure> {
        let value = serde_json::to_value(&answer);
        let file = AnswerFile {
            runs,
            failed,
            wall_s: rounded(self.begun.elapsed().as_secs_f64(), 3),
            answer: value.map_err(ExperimentError::Json)?,
            ..self.file
        };
        let directory = self.directory;
        fs::create_dir_all(&directory)
            .map_err(Failure::file("create the directory", &directory))?;
        write_whole(&directory.join(ANSWER), file.to_text()?.as_bytes())?;
        Ok(StoredAnswer {
            answer,
            directory,
            failed,
            wall_s: file.wall_s,
        })
    }
}
