//! Errors and warnings of a scenario, and how they are printed.
//!
//! A line for each finding, in the order of the file, then of the overrides, and a count at the
//! end. Lines and columns count from 1, columns in characters.

use std::fmt;

use patchday_agents::scenario::parameter::Severity;
use serde_json::{Value, json};

use crate::host::escape;
use crate::scenario::origin::{Origin, Override};

/// The most lines that are printed; the count at the end includes the others.
const MOST_SHOWN: usize = 100;

/// The most findings that are kept; others are only counted. A file that is not a scenario can have
/// an error in each line.
const MOST_KEPT: usize = 1_000;

/// An error or a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The position; `None` for the text as a whole.
    pub origin: Option<Origin>,
    /// Error or warning.
    pub severity: Severity,
    /// The path of the key or section; empty if it concerns none.
    pub path: String,
    /// The message, including the key.
    pub message: String,
}

impl Diagnostic {
    /// An error that concerns no key.
    pub(crate) fn error(origin: Option<Origin>, message: impl Into<String>) -> Self {
        Self {
            origin,
            severity: Severity::Error,
            path: String::new(),
            message: message.into(),
        }
    }

    /// A warning that concerns no key.
    pub(crate) fn warning(origin: Option<Origin>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(origin, message)
        }
    }

    /// An error about a key or section.
    pub(crate) fn about(path: &str, origin: Origin, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            ..Self::error(Some(origin), message)
        }
    }

    /// The key by which findings are sorted.
    fn rank(&self) -> (Option<Origin>, Severity) {
        (self.origin, self.severity)
    }
}

/// All errors and warnings of a scenario. Displays as the text for people.
#[derive(Clone, Debug)]
pub struct Findings {
    name: String,
    overrides: Vec<Override>,
    diagnostics: Vec<Diagnostic>,
    /// The numbers of errors and warnings that are not kept.
    dropped: (usize, usize),
}

impl Findings {
    /// Creates an empty list for a text called `name`.
    pub fn new(name: &str, overrides: &[Override]) -> Self {
        let overrides = overrides.to_vec();
        Self {
            name: name.to_owned(),
            overrides,
            diagnostics: Vec::new(),
            dropped: (0, 0),
        }
    }

    /// Adds a finding and keeps the order.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        if self.is_full() {
            match diagnostic.severity {
                Severity::Error => self.dropped.0 += 1,
                Severity::Warning => self.dropped.1 += 1,
            }
            return;
        }
        let place = self
            .diagnostics
            .partition_point(|other| other.rank() <= diagnostic.rank());
        self.diagnostics.insert(place, diagnostic);
    }

    /// Whether further findings are only counted.
    pub fn is_full(&self) -> bool {
        self.diagnostics.len() >= MOST_KEPT
    }

    /// The kept findings, in order.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The number of errors.
    pub fn errors(&self) -> usize {
        let kept = self
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .count();
        kept + self.dropped.0
    }

    /// The number of warnings.
    pub fn warnings(&self) -> usize {
        let kept = self
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Warning)
            .count();
        kept + self.dropped.1
    }

    /// The count at the end: `2 errors, 1 warning`.
    pub fn summary(&self) -> String {
        let counted = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            _ => format!("{count} {what}s"),
        };
        match (self.errors(), self.warnings()) {
            (errors, 0) => counted(errors, "error"),
            (0, warnings) => counted(warnings, "warning"),
            (errors, warnings) => {
                format!(
                    "{}, {}",
                    counted(errors, "error"),
                    counted(warnings, "warning")
                )
            }
        }
    }

    /// The findings as JSON, for programs.
    pub fn to_json(&self) -> Value {
        let one = |d: &Diagnostic| {
            let (line, column) = match d.origin {
                Some(Origin::File { line, column }) => (Some(line), Some(column)),
                _ => (None, None),
            };
            json!({
                "severity": match d.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                },
                "line": line,
                "column": column,
                "override": self.overridden(d).map(|one| &one.assignment),
                "path": d.path,
                "message": d.message,
            })
        };
        json!({
            "scenario": self.name,
            "errors": self.errors(),
            "warnings": self.warnings(),
            "diagnostics": self.diagnostics.iter().map(one).collect::<Vec<_>>(),
        })
    }

    fn overridden(&self, diagnostic: &Diagnostic) -> Option<&Override> {
        match diagnostic.origin {
            Some(Origin::Override(index)) => self.overrides.get(index),
            Some(Origin::File { .. } | Origin::Dependent(_) | Origin::Default) | None => None,
        }
    }

    /// The text before the message, and whether the message is aligned with others.
    fn place(&self, diagnostic: &Diagnostic) -> (String, bool) {
        match diagnostic.origin {
            None => (format!("{}:", escape::line(&self.name)), false),
            Some(Origin::File { line, column }) => {
                let name = escape::line(&self.name);
                (format!("{name}:{line}:{column}"), true)
            }
            Some(Origin::Dependent(_) | Origin::Default) => ("default".into(), true),
            Some(Origin::Override(_)) => {
                let said = self.overridden(diagnostic).map_or("", |one| &one.said);
                (format!("{}:", escape::line(said)), false)
            }
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.diagnostics[..self.diagnostics.len().min(MOST_SHOWN)];
        let places: Vec<(String, bool)> = shown.iter().map(|d| self.place(d)).collect();
        let aligned = places.iter().filter(|place| place.1);
        let width = aligned
            .map(|place| place.0.chars().count())
            .max()
            .unwrap_or(0);
        for (diagnostic, (place, aligns)) in shown.iter().zip(&places) {
            let mark = match diagnostic.severity {
                Severity::Error => "",
                Severity::Warning => " (warning)",
            };
            let message = escape::line(&diagnostic.message);
            if *aligns {
                writeln!(f, "{place:width$}  {message}{mark}")?;
            } else {
                writeln!(f, "{place} {message}{mark}")?;
            }
        }
        let all = self.errors() + self.warnings();
        if all > shown.len() {
            writeln!(f, "... and {} more", all - shown.len())?;
        }
        f.write_str(&self.summary())
    }
}

impl std::error::Error for Findings {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_and_counted_in_full() {
        let mut report = Findings::new("x", &[]);
        for line in 1..=150 {
            let origin = Some(Origin::File { line, column: 1 });
            report.add(Diagnostic::error(origin, "odd"));
        }
        let text = report.to_string();
        assert_eq!(text.lines().count(), 102);
        assert!(
            text.ends_with("x:100:1  odd\n... and 50 more\n150 errors"),
            "{text}"
        );
    }
}
