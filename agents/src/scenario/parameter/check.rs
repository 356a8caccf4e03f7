//! Remarks about a scenario whose keys have all been read: contradictions and warnings.

use crate::scenario::{parameter::section::Section, quantity::span::Span};

/// Checks of a scenario beyond the form and range of each key.
///
/// Implemented for the root section of a scenario. The reader calls it only if all keys were
/// read without an error.
pub trait Check: Section {
    /// Returns remarks about keys that contradict each other or are probably mistakes.
    fn check(&self) -> Vec<Remark> {
        Vec::new()
    }

    /// Returns the keys and sections that do not change a result, with the reason of each.
    fn without_effect(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Sets the keys whose defaults depend on other keys. Called once, after a scenario has been read
    /// and before it is checked; `given` says where a key, or any key of a section, is set.
    fn resolve(&mut self, _given: &dyn Fn(&str) -> Given) -> Resolution {
        Resolution::default()
    }
}

/// Where a scenario sets a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Given {
    /// Nowhere: the key has its default.
    Not,
    /// In the scenario file.
    InFile,
    /// By an override.
    ByOverride,
}

/// The keys that [`Check::resolve`] has set, and its remarks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution {
    /// The path of each key, and the reason for its value: "default without overlay".
    pub set: Vec<(&'static str, &'static str)>,
    /// Keys that contradict each other.
    pub remarks: Vec<Remark>,
}

/// A remark about a key whose value is in range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The key or section: names and list indices joined by dots, such as `region.0.share`.
    pub path: String,
    /// Whether the scenario can run.
    pub severity: Severity,
    /// The rest of a sentence that begins with the key and its value: "is below
    /// client.keep_alive_min = \"3m\"".
    pub message: String,
}

impl Remark {
    /// Creates a remark with which the scenario can run.
    pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            severity: Severity::Warning,
            message: message.into(),
        }
    }

    /// Creates a remark with which the scenario cannot run.
    pub fn error(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            severity: Severity::Error,
            message: message.into(),
        }
    }
}

/// The severity of a remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot run.
    Error,
    /// The scenario can run, but perhaps not as intended.
    Warning,
}

/// Returns an error at the key of the maximum if it is below the minimum. Each bound
/// is given with its key.
pub(crate) fn max_below_min(min: (&str, Span), max: (&str, Span)) -> Option<Remark> {
    let ((min_key, min), (max_key, max)) = (min, max);
    (min > max).then(|| Remark::error(max_key, format!("is below {min_key} = \"{min}\"")))
}
