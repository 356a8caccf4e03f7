//! The directory of an answer.
//!
//! Its default name has a hash of the question: scenario, options and program. The same question
//! therefore uses the same directory, and finds the same answer there. The directory is claimed
//! before the first run, so that an answer is never lost to another process, and a killed process
//! blocks only other questions.

use std::{
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
        atomic_file::write_whole,
        command_line::CommandLine,
        error::StoreError,
        manifest::Manifest,
        place::claim::{Claim, unfinished_work},
    },
};

/// The directory that an answer is to be written into, claimed before the first run.
#[derive(Debug)]
pub(crate) struct AnswerDir {
    claim: Claim,
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
        let work = format!("{} {hash}", question.name());
        Ok(Self {
            claim: Claim::take(&directory, &work, |directory| {
                may_replace(directory, &hash, force)
            })?,
            begun: Instant::now(),
            file: AnswerFile {
                scale: prepared.scale,
                users: prepared.scenario.population.users,
                seed: prepared.scenario.run.seed,
                ..AnswerFile::unanswered(question, title, prepared.file.clone(), hash)
            },
        })
    }

    /// The directory of the alternatives of a run; `command` has the same results.
    ///
    /// # Errors
    /// Returns an error if the directory is not empty; with `force` it may contain alternatives.
    pub(crate) fn for_alternatives(
        directory: &Path,
        run: &Manifest,
        command: &CommandLine,
        force: bool,
    ) -> Result<Self, Failure> {
        let (title, file) = (run.title.clone(), run.scenario.clone());
        let hash = run.config_hash.clone();
        let work = blake3::hash(format!("{hash} {command}").as_bytes()).to_hex();
        let work = format!("{} {}", Question::Fork.name(), &work[..16]);
        Ok(Self {
            claim: Claim::take(directory, &work, |_| Ok(force))?,
            begun: Instant::now(),
            file: AnswerFile {
                scale: run.scale,
                users: run.users,
                seed: run.seed,
                ..AnswerFile::unanswered(Question::Fork, title, file, hash)
            },
        })
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        self.claim.path()
    }

    /// Whether a killed process left files of the same question, which may be replaced.
    pub(crate) fn is_taken_over(&self) -> bool {
        self.claim.is_taken_over()
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
        let directory = self.claim.path().to_owned();
        write_whole(&directory.join(ANSWER), file.to_text()?.as_bytes())?;
        self.claim.finish()?;
        Ok(StoredAnswer {
            answer,
            directory,
            failed,
            wall_s: file.wall_s,
        })
    }
}

/// Whether a directory that is not empty may get the answer to the question with this hash: if it
/// holds an answer to the same question, or with `force` to any.
///
/// # Errors
/// Returns an error if it holds something else, or an answer that cannot be read.
fn may_replace(directory: &Path, hash: &str, force: bool) -> Result<bool, Failure> {
    match AnswerFile::read(directory)? {
        Some(known) => Ok(known.hash == hash || force),
        None if unfinished_work(directory).is_some() => Ok(force),
        None => Err(StoreError::Foreign(directory.to_owned()).into()),
    }
}
