//! Remarks about a scenario whose keys have all been read: contradictions and warnings.

use crate::scenario::{parameter::section::Section, quantity::span::Span};

/// What a loaded scenario has to say about itself beyond form and range.
///
/// Implemented for the root section of a scenario. Called only once every key
/// has been read without an error.
pub trait Check: Section {
    /// Remarks about keys that contradict one another or bode ill.
    fn check(&self) -> Vec<Remark> {
        Vec::new()
    }
}

/// Something to say about a value that is allowed by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The key or section: names and list indices joined by points, `region.0.share`.
    pub path: String,
    /// Whether the scenario may run.
    pub severity: Severity,
    /// The rest of the sentence that begins with the key and its value: "is 167/s,
    /// below the calm sign-in rate 210/s: the run starts overloaded".
    pub message: String,
}

impl Remark {
    /// A remark that lets the scenario run.
    pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            severity: Severity::Warning,
            message: message.into(),
        }
    }

    /// A remark that forbids the scenario to run.
    pub fn error(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            severity: Severity::Error,
            message: message.into(),
        }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot run.
    Error,
    /// The scenario can run, but perhaps not as meant.
    Warning,
}

/// Returns an error at the key of the maximum if it is below the minimum. Each bound
/// is given with its key.
pub(crate) fn max_below_min(min: (&str, Span), max: (&str, Span)) -> Option<Remark> {
    let ((min_key, min), (max_key, max)) = (min, max);
    (min > max).then(|| Remark::error(max_key, format!("is below {min_key} = \"{min}\"")))
}
