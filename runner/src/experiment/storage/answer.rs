//! The answer of a question that makes many runs, kept in a directory: `answer.json`, and
//! the report made from it.
//!
//! The name of the directory has a hash of the question: scenario, options and program. The
//! same question goes to the same place, where its answer can only be the same.

use std::{io, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    host::{error::Failure, limited_read},
    store::command_line::CommandLine,
};

/// The file of an answer.
pub(crate) const ANSWER: &str = "answer.json";

/// Which question it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Question {
    Tip,
    Compare,
    Map,
    Fork,
}

impl Question {
    /// The name of its command.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tip => "tip",
            Self::Compare => "compare",
            Self::Map => "map",
            Self::Fork => "fork",
        }
    }
}

/// An answer, and where it comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answered {
    pub(crate) question: Question,
    /// The title of the scenario.
    pub(crate) title: String,
    /// The scenario file, as it was given.
    pub(crate) scenario: String,
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
    /// Real time it took, in seconds.
    pub(crate) wall_s: f64,
    pub(crate) answer: Value,
}

impl Answered {
    /// No answer yet to a question about a scenario, given its title and file.
    pub(crate) fn blank(question: Question, title: String, scenario: String, hash: String) -> Self {
        Self {
            question,
            title,
            scenario,
            command: CommandLine::from_process().to_string(),
            version: env!("CARGO_PKG_VERSION").into(),
            git: env!("PATCHDAY_GIT").into(),
            seed: 0,
            scale: 1.0,
            users: 0,
            hash,
            runs: 0,
            failed: 0,
            wall_s: 0.0,
            answer: Value::Null,
        }
    }

    /// Reads the answer of a directory; none if it has none.
    ///
    /// # Errors
    /// That it cannot be read, with its name.
    pub(crate) fn read(directory: &Path) -> Result<Option<Self>, Failure> {
        let path = directory.join(ANSWER);
        let bytes = match limited_read::whole(&path, limited_read::ANSWER) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(Failure::file("read", &path))?,
        };
        Self::of_text(&bytes)
            .map(Some)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
    }

    /// Reads what was a file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(crate) fn of_text(text: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(text)
    }
}
