//! From the text of a scenario, with overrides, to a section in memory, and back.
//!
//! Everything here is generic over the root section: which keys exist, what they
//! may be and what they mean is said once, by the descriptors of
//! [`patchday_agents::scenario::parameter`]. This room knows TOML, lines and columns.
//!
//! Invariants: whatever the input, loading ends in a scenario inside all of its
//! ranges or in a [`Findings`] of every error at once, never in a panic. What
//! [`print()`] and [`canonical`] write loads to an equal scenario. Lines and columns
//! count from 1, columns in characters.

use crate::scenario::{
    diagnostics::{Diagnostic, Findings},
    origin::{Origin, Origins, Override},
};

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use patchday_agents::scenario::parameter::{Check, Section, Severity, Value};

use crate::scenario::positions::LineIndex;

/// The largest scenario that is read, in bytes. Scenarios are some kilobytes; what
/// is larger is another file, given by mistake.
pub const MOST_BYTES: usize = 1 << 20;

/// A scenario that was read without an error.
#[derive(Clone, Debug)]
pub struct Loaded<S> {
    /// The values, all of them inside their ranges.
    pub scenario: S,
    /// Where each value comes from.
    pub origins: Origins,
    /// What the scenario is warned of; no errors in it.
    pub warnings: Findings,
}

/// Reads a scenario from a file. See [`load`].
pub fn load_file<S: Section + Check>(
    path: &Path,
    overrides: &[Override],
) -> Result<Loaded<S>, Findings> {
    let (name, text) = read(path)?;
    load(&name, &text, overrides)
}

/// What error texts call a file, and its text.
///
/// # Errors
///
/// Why there is none.
pub fn read(path: &Path) -> Result<(String, String), Findings> {
    let name = path.display().to_string();
    match read_text(path) {
        Ok(text) => Ok((name, text)),
        Err(reason) => {
            let mut report = Findings::new(&name, &[]);
            report.add(Diagnostic::error(None, reason));
            Err(report)
        }
    }
}

/// The text of a file, or why there is none. Reads no more than a scenario may hold,
/// also where the file has no length, as a pipe.
fn read_text(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| format!("cannot be opened: {error}"))?;
    let mut bytes = Vec::new();
    let limit = MOST_BYTES as u64 + 1;
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() > MOST_BYTES {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        format!(
            "not a text in UTF-8: byte {} is not part of a character",
            place + 1
        )
    })
}

fn too_large() -> String {
    format!("larger than {MOST_BYTES} bytes, the most a scenario may have")
}

/// Reads a scenario from a text, applies overrides in their order, and checks the
/// result. `name` is what error texts call the text, commonly its path.
///
/// An override assigns `KEY=VALUE` for any key of the scenario, in TOML syntax, where
/// quotes may be left out. A section can be overridden by an inline table, which
/// sets the keys it names; a list of sections by an array, which replaces the list.
///
/// # Errors
///
/// Everything that is wrong, at once.
pub fn load<S: Section + Check>(
    name: &str,
    text: &str,
    overrides: &[Override],
) -> Result<Loaded<S>, Findings> {
    let mut report = Findings::new(name, overrides);
    if text.len() > MOST_BYTES {
        report.add(Diagnostic::error(None, too_large()));
        return Err(report);
    }
    let mut scenario = S::fresh();
    let mut origins = Origins::default();
    let lines = LineIndex::new(text);
    if super::reader::file(&lines, &mut scenario, &mut origins, &mut report) {
        super::overrides::apply(overrides, &mut scenario, &mut origins, &mut report);
        super::reader::missing(&scenario, &origins, &mut report);
    }
    // What keys must fulfil together means nothing where one of them was not read.
    let unread: BTreeSet<String> = report
        .diagnostics()
        .iter()
        .map(|found| top(&found.path).to_owned())
        .collect();
    let (broken, full) = (report.errors() > 0, report.is_full());
    if !unread.contains("") && !full {
        let remarks = scenario.check().into_iter();
        for remark in remarks.filter(|remark| !unread.contains(top(&remark.path))) {
            let path = remark.path;
            let (subject, origin) = match value_at(&scenario, &path) {
                Some(value) => (format!("{path} = {value} "), origins.get(&path)),
                None if path.is_empty() => (String::new(), Origin::Default),
                None => (format!("{path} "), origins.nearest(&path)),
            };
            // Beside errors, what is to be said of defaults only distracts.
            if broken && origin == Origin::Default {
                continue;
            }
            let (origin, severity) = (Some(origin), remark.severity);
            report.add(Diagnostic {
                origin,
                severity,
                path,
                message: subject + &remark.message,
            });
        }
    }
    if report.errors() > 0 {
        return Err(report);
    }
    debug_assert!(
        report
            .diagnostics()
            .iter()
            .all(|d| d.severity == Severity::Warning)
    );
    Ok(Loaded {
        scenario,
        origins,
        warnings: report,
    })
}

/// What can be read of a scenario, whatever is wrong with the rest: what could not be
/// read has its default. For questions before it is loaded.
pub fn glance<S: Section>(text: &str, overrides: &[Override]) -> S {
    let mut report = Findings::new("", overrides);
    let mut scenario = S::fresh();
    let mut origins = Origins::default();
    if text.len() <= MOST_BYTES
        && super::reader::file(
            &LineIndex::new(text),
            &mut scenario,
            &mut origins,
            &mut report,
        )
    {
        super::overrides::apply(overrides, &mut scenario, &mut origins, &mut report);
    }
    scenario
}

/// The table of the top level under which a path lies.
fn top(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// The value under a path such as `client.retry.cap` or `region.0.share`, where an element
/// may stand by its name as well; none if there is no such key or it is not set.
pub fn value_at(section: &dyn Section, path: &str) -> Option<Value> {
    let Some((name, rest)) = path.split_once('.') else {
        return section.get(path);
    };
    if let Some(Value::List(values)) = section.get(name) {
        return values.get(rest.parse::<usize>().ok()?).cloned();
    }
    let sections = section.sections(name);
    if sections.len() == 1
        && let Some(value) = value_at(sections[0], rest)
    {
        return Some(value);
    }
    let (element, rest) = rest.split_once('.')?;
    let named = |section: &&dyn Section| section.get("name") == Some(Value::from(element));
    let index = element
        .parse::<usize>()
        .ok()
        .or_else(|| sections.iter().position(named))?;
    value_at(*sections.get(index)?, rest)
}

#[cfg(test)]
mod tests;
