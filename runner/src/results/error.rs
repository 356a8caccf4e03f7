//! Why results of a run cannot be judged or written. All causes except [`ResultsError::Junit`] and
//! failed operations on files are bad usage.

use std::path::PathBuf;

use crate::host::error::{CommandError, Exit, FileError};

/// Why expectations of a run cannot be read, checked or reported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResultsError {
    /// A failed operation on a file.
    #[error(transparent)]
    File(#[from] FileError),
    /// An expectation of the scenario is not a criterion.
    #[error("expect.{number}.that: {source}")]
    Expectation {
        /// The index of the expectation, from 0.
        number: usize,
        /// The error in its text.
        source: CriterionError,
    },
    /// A figure of one's own has the name of another figure.
    #[error(
        "figure.{number}.name = \"{name}\" is the name of a figure of every run; choose another"
    )]
    FigureName {
        /// The index of the figure, from 0.
        number: usize,
        /// Its name.
        name: String,
    },
    /// A criterion is invalid.
    #[error(transparent)]
    Criterion(#[from] CriterionError),
    /// An expectation compares with a baseline and none is given.
    #[error("the expectation `{0}` compares with a baseline: --baseline SUMMARY.json")]
    NoBaseline(String),
    /// The baseline is not the summary of a run.
    #[error("{}: {source}", path.display())]
    Baseline {
        /// The file of the baseline.
        path: PathBuf,
        /// The error in its contents.
        source: BaselineError,
    },
    /// The verdicts cannot be written as JUnit XML.
    #[error("JUnit XML: {0}")]
    Junit(#[from] quick_junit::SerializeError),
}

/// Why a text is not a criterion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CriterionError {
    /// The text is not `FIGURE OPERATOR NUMBER`.
    #[error(
        "`{text}`: {fault}; a figure, a comparison and a number, such as `hours_to_90_percent < 0.5`"
    )]
    Syntax {
        /// The text.
        text: String,
        /// The error in it.
        fault: &'static str,
    },
    /// The text names no figure.
    #[error(transparent)]
    Figure(#[from] UnknownFigure),
}

/// There is no figure with a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no run has a figure `{name}`; {}", hint(nearest.as_deref()))]
pub(crate) struct UnknownFigure {
    /// The name.
    pub(crate) name: String,
    /// The most similar name of a figure.
    pub(crate) nearest: Option<String>,
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || "`patchday schema --figures` lists them".to_owned(),
        |known| format!("did you mean `{known}`?"),
    )
}

/// Why a text is not a baseline.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BaselineError {
    /// The text is not JSON.
    #[error("{0}")]
    Json(#[source] serde_json::Error),
    /// The JSON is not a summary.
    #[error("it is not the summary of a run: {0}")]
    NotSummary(#[source] serde_json::Error),
}

impl CommandError for ResultsError {
    fn exit(&self) -> Exit {
        match self {
            Self::File(error) => error.exit(),
            Self::Junit(_) => Exit::Failed,
            Self::Expectation { .. }
            | Self::FigureName { .. }
            | Self::Criterion(_)
            | Self::NoBaseline(_)
            | Self::Baseline { .. } => Exit::Usage,
        }
    }

    fn exit_during_run(&self) -> Exit {
        match self {
            Self::File(error) => error.exit_during_run(),
            other => other.exit(),
        }
    }
}

impl CommandError for CriterionError {
    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

impl CommandError for UnknownFigure {
    fn exit(&self) -> Exit {
        Exit::Usage
    }
}
