//! What is wrong with a scenario, and how that is said.
//!
//! One line for each thing wrong, in the order of the file, then of the overrides;
//! a count at the end. Lines and columns count from 1, columns in characters.

use std::fmt;

use patchday_agents::scenario::parameter::Severity;
use serde_json::{Value, json};

use crate::host::escape;
use crate::scenario::origin::{Origin, Override};

/// More lines than this help nobody; the count at the end still tells of them.
const MOST_SHOWN: usize = 100;

/// More than this are counted only: a file of another kind has an error in each line.
const MOST_KEPT: usize = 1_000;

/// One thing that is wrong, or odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where; none if it is the text as a whole.
    pub origin: Option<Origin>,
    /// How bad.
    pub severity: Severity,
    /// The key or section, if it is about one; empty otherwise.
    pub path: String,
    /// The whole sentence, with the key.
    pub message: String,
}

impl Diagnostic {
    /// An error that is not about a key of the scenario.
    pub(crate) fn error(origin: Option<Origin>, message: impl Into<String>) -> Self {
        Self {
            origin,
            severity: Severity::Error,
            path: String::new(),
            message: message.into(),
        }
    }

    /// A warning about no key in particular.
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

    /// The place in the order of a report.
    fn rank(&self) -> (Option<Origin>, Severity) {
        (self.origin, self.severity)
    }
}

/// Everything that is wrong with a scenario. Prints as people should see it.
#[derive(Clone, Debug)]
pub struct Findings {
    name: String,
    overrides: Vec<Override>,
    diagnostics: Vec<Diagnostic>,
    /// Errors and warnings that are counted only.
    dropped: (usize, usize),
}

impl Findings {
    /// A report with nothing in it yet, of a text called `name`.
    pub fn new(name: &str, overrides: &[Override]) -> Self {
        let overrides = overrides.to_vec();
        Self {
            name: name.to_owned(),
            overrides,
            diagnostics: Vec::new(),
            dropped: (0, 0),
        }
    }

    /// Adds one, keeping the order.
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

    /// Whether what is added now is only counted.
    pub fn is_full(&self) -> bool {
        self.diagnostics.len() >= MOST_KEPT
    }

    /// All that are kept, in order.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// How many are errors.
    pub fn errors(&self) -> usize {
        let kept = self
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .count();
        kept + self.dropped.0
    }

    /// How many are warnings.
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

    /// The report for programs.
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
            Some(Origin::File { .. } | Origin::Default) | None => None,
        }
    }

    /// The text before the message, and whether messages below one another align.
    fn place(&self, diagnostic: &Diagnostic) -> (String, bool) {
        match diagnostic.origin {
            None => (format!("{}:", escape::line(&self.name)), false),
            Some(Origin::File { line, column }) => {
                let name = escape::line(&self.name);
                (format!("{name}:{line}:{column}"), true)
            }
            Some(Origin::Default) => ("default".into(), true),
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
    fn a_long_report_is_cut_but_counted() {
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
