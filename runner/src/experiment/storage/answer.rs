//! The file `answer.json`: the answer to a question that takes many runs, and its origin.
//!
//! The answer itself has a type of its own for each question (`tip::answer`, `compare::answer`,
//! `map::answer`, `fork::answer`); here it is a JSON value.
//!
//! The bytes of the file depend on the question and on nothing else: not on the number of threads,
//! not on whether it was interrupted, and not on how long it took. Times of runs are in the ledger.

use std::{io, path::Path};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    experiment::error::ExperimentError,
    host::{error::Failure, escape, limited_read},
    store::{
        checksummed_json::{self, Form},
        command_line::CommandLine,
    },
};

/// The name of the file.
pub(crate) const ANSWER: &str = "answer.json";

/// The questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Question {
    Tip,
    Compare,
    Map,
    Fork,
    Fit,
    Sensitivity,
}

impl Question {
    /// The name of its command.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tip => "tip",
            Self::Compare => "compare",
            Self::Map => "map",
            Self::Fork => "fork",
            Self::Fit => "fit",
            Self::Sensitivity => "sensitivity",
        }
    }
}

/// The content of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AnswerFile {
    pub(crate) question: Question,
    /// The title of the scenario.
    pub(crate) title: String,
    /// The scenario file, as it was given.
    pub(crate) scenario: String,
    /// A command with the same answer: without threads and output.
    pub(crate) command: String,
    pub(crate) version: String,
    pub(crate) git: String,
    pub(crate) seed: u64,
    pub(crate) scale: f64,
    pub(crate) users: u64,
    /// Hash of the question: scenario, options and program.
    pub(crate) hash: String,
    pub(crate) runs: usize,
    pub(crate) failed: usize,
    /// The answer, of the type of its question.
    pub(crate) answer: Value,
}

impl AnswerFile {
    /// A file without an answer, for a question about a scenario with this title and file.
    pub(crate) fn unanswered(
        question: Question,
        title: String,
        scenario: String,
        hash: String,
    ) -> Self {
        Self {
            question,
            title,
            scenario,
            command: CommandLine::from_process()
                .without_surroundings()
                .to_string(),
            version: env!("CARGO_PKG_VERSION").into(),
            git: env!("PATCHDAY_GIT").into(),
            seed: 0,
            scale: 1.0,
            users: 0,
            hash,
            runs: 0,
            failed: 0,
            answer: Value::Null,
        }
    }

    /// Reads the file of a directory; `None` if there is none.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be read or is invalid.
    pub(crate) fn read(directory: &Path) -> Result<Option<Self>, Failure> {
        let path = directory.join(ANSWER);
        let bytes = match limited_read::whole(&path, limited_read::ANSWER) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(Failure::file("read", &path))?,
        };
        let read =
            Self::from_json(&bytes).map_err(|fault| ExperimentError::Corrupt { path, fault });
        Ok(Some(read?))
    }

    /// Reads the content of the file.
    ///
    /// # Errors
    /// Returns an error if the checksum is missing or wrong, or if it is not an answer of this version.
    pub(crate) fn from_json(text: &[u8]) -> Result<Self, String> {
        let body = checksummed_json::verify(text, Form::Page, ANSWER)?;
        Self::from_body(&body).map_err(|error| error.to_string())
    }

    /// Reads the content of the file without its checksum.
    ///
    /// # Errors
    /// Returns an error with line and column if it is not an answer of this version.
    pub(crate) fn from_body(text: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(text)
    }

    /// The content of the file, with its checksum.
    ///
    /// # Errors
    /// Returns an error if the answer cannot be converted to JSON.
    pub(crate) fn to_text(&self) -> Result<String, Failure> {
        // Converting to a value first gives the members their order.
        let value = serde_json::to_value(self).map_err(ExperimentError::Json)?;
        let text = serde_json::to_string_pretty(&value).map_err(ExperimentError::Json)?;
        let sealed = checksummed_json::add_checksum(&escape::json(&text), Form::Page, ANSWER);
        let none = || ExperimentError::Rows(io::Error::other("an answer is an object"));
        Ok(sealed.ok_or_else(none)?)
    }

    /// The answer itself.
    ///
    /// # Errors
    /// Returns an error if it is not an answer of type `T` of this version.
    pub(crate) fn answer<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let read = serde_json::from_value(self.answer.clone());
        Ok(read.map_err(|error| ExperimentError::Corrupt {
            path: ANSWER.into(),
            fault: error.to_string(),
        })?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_answer_is_detected() {
        let file = AnswerFile::unanswered(Question::Tip, "t".into(), "s".into(), "h".into());
        let text = file.to_text().unwrap();
        assert!(AnswerFile::from_json(text.as_bytes()).is_ok());
        let changed = text.replace("\"users\": 0", "\"users\": 7");
        assert_ne!(changed, text);
        let fault = AnswerFile::from_json(changed.as_bytes()).unwrap_err();
        assert!(fault.contains("checksum"), "{fault}");
        assert!(AnswerFile::from_json(b"{}").is_err());
    }

    #[test]
    fn an_answer_larger_than_the_limit_is_not_read() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(ANSWER);
        limited_read::assert_limited(&path, limited_read::ANSWER, || {
            AnswerFile::read(root.path()).unwrap_err().to_string()
        });
    }
}
