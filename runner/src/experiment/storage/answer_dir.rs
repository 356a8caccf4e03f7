//! The directory of an answer.
//!
//! Its default name has a hash of the question: scenario, options and program. The same question
//! therefore uses the same directory, and finds the same answer there. The directory is claimed
//! before the first run, so that an answer is never lost to another process, and a killed process
//! blocks only other questions.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::{
    experiment::{
        error::ExperimentError,
        jobs::run_source::LedgerSettings,
        storage::answer::{ANSWER, AnswerFile, Question},
    },
    host::error::Failure,
    results::figures,
    scenario::prepare::{Prepared, stem},
    store::{
        atomic_file::write_whole,
        command_line::CommandLine,
        error::StoreError,
        manifest::Manifest,
        place::claim::{Claim, unfinished_work},
    },
};

/// Where an answer goes, and which runs it is made from.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnswerSettings {
    /// The directory of the answer, unless it is the default one.
    pub(crate) out: Option<PathBuf>,
    /// Whether an answer to another question is replaced.
    pub(crate) force: bool,
    /// Whether the question is only planned.
    pub(crate) dry_run: bool,
    pub(crate) ledger: LedgerSettings,
}

/// The directory that an answer is to be written into, claimed before the first run.
#[derive(Debug)]
pub(crate) struct AnswerDir {
    claim: Claim,
    /// Whether it has the answer to this question.
    is_answered: bool,
    file: AnswerFile,
}

/// An answer that was written into its directory.
#[derive(Debug)]
pub(crate) struct StoredAnswer<T> {
    pub(crate) answer: T,
    pub(crate) directory: PathBuf,
    /// How many of its runs failed.
    pub(crate) failed: usize,
}

impl AnswerDir {
    /// The directory of a question about a scenario. `options` are all option values that the
    /// answer depends on; `out` replaces the default name.
    ///
    /// # Errors
    /// Returns an error if a figure of the scenario's own has the name of another figure, or if the
    /// directory holds anything but an answer to this question; with `force` an answer to any question
    /// is allowed.
    pub(crate) fn for_question(
        question: Question,
        prepared: &Prepared,
        options: &[String],
        out: Option<&Path>,
        force: bool,
    ) -> Result<Self, Failure> {
        figures::check_own(&prepared.scenario)?;
        let hash = question_hash(question, prepared, options);
        let directory = Self::path_for(question, prepared, options, out);
        let title = prepared.scenario.run.title.clone();
        let work = format!("{} {hash}", question.name());
        Ok(Self {
            claim: Claim::take(&directory, &work, |directory| {
                may_replace(directory, &hash, force)
            })?,
            is_answered: false,
            file: AnswerFile {
                scale: prepared.scale,
                users: prepared.scenario.population.users,
                seed: prepared.scenario.run.seed,
                ..AnswerFile::unanswered(question, title, prepared.file.clone(), hash)
            },
        })
    }

    /// The path of the directory that [`AnswerDir::for_question`] claims.
    pub(crate) fn path_for(
        question: Question,
        prepared: &Prepared,
        options: &[String],
        out: Option<&Path>,
    ) -> PathBuf {
        out.map_or_else(
            || {
                let hash = question_hash(question, prepared, options);
                let stem = stem(&prepared.file);
                let name = format!("{stem}-{}-{}", question.name(), &hash[..8]);
                PathBuf::from("runs").join(name)
            },
            Path::to_owned,
        )
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
        let file = AnswerFile {
            scale: run.scale,
            users: run.users,
            seed: run.seed,
            ..AnswerFile::unanswered(Question::Fork, title, file, hash)
        };
        let mut is_answered = false;
        let claim = Claim::take(directory, &work, |directory| {
            // A process that was killed at its very end may lack its report.
            let known = AnswerFile::read(directory).ok().flatten();
            let is_same = |known: AnswerFile| {
                (known.question, &known.hash, &known.command)
                    == (file.question, &file.hash, &file.command)
            };
            is_answered = known.is_some_and(is_same);
            Ok(force || is_answered)
        })?;
        Ok(Self {
            claim,
            is_answered,
            file,
        })
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        self.claim.path()
    }

    /// Whether its files were left by the same question, answered or not, and may be replaced.
    pub(crate) fn has_own_files(&self) -> bool {
        self.claim.is_taken_over() || self.is_answered
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
        })
    }
}

/// The hash of a question: everything that its answer depends on.
fn question_hash(question: Question, prepared: &Prepared, options: &[String]) -> String {
    let mut hasher = blake3::Hasher::new();
    let program = [env!("CARGO_PKG_VERSION"), env!("PATCHDAY_GIT")];
    let parts = program
        .into_iter()
        .chain([question.name(), prepared.config_hash.as_str()]);
    for part in parts.chain(options.iter().map(String::as_str)) {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    hasher.finalize().to_hex()[..16].to_owned()
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
