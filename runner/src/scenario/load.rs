//! Loads a scenario from TOML text and overrides.
//!
//! Everything here is generic over the root section: the descriptors of
//! [`patchday_agents::scenario::parameter`] define which keys exist, their forms, ranges and
//! meanings. This module handles TOML, lines and columns.
//!
//! Invariants: for any input, loading returns a scenario with all values in range or a
//! `Findings` with every error; it never panics. The output of [`print()`] and [`canonical`]
//! loads to an equal scenario. Lines and columns count from 1, columns in characters.
//!
//! [`print()`]: crate::scenario::print::print
//! [`canonical`]: crate::scenario::print::canonical

use crate::scenario::{
    diagnostics::{Diagnostic, Findings},
    origin::{Origin, Origins, Override},
};

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use patchday_agents::scenario::parameter::{Check, Remark, Section, Severity, Value};

use crate::scenario::positions::LineIndex;

/// The largest scenario that is read, in bytes. Scenarios have some kilobytes; a larger file was
/// given by mistake.
pub const MOST_BYTES: usize = 1 << 20;

/// A scenario that was loaded without an error.
#[derive(Clone, Debug)]
pub struct Loaded<S> {
    /// The values, all in range.
    pub scenario: S,
    /// The origin of each value.
    pub origins: Origins,
    /// The warnings; it contains no errors.
    pub warnings: Findings,
    /// The warnings about keys that are set and have no effect, which `warnings` includes.
    pub idle: Vec<Remark>,
    /// Keys that a caller found to be changed by overrides; empty after loading.
    pub changed: Vec<String>,
}

/// Loads a scenario from a file. See [`load`].
///
/// # Errors
///
/// Returns an error if the file cannot be read, and the errors of [`load`].
pub fn load_file<S: Section + Check>(
    path: &Path,
    overrides: &[Override],
) -> Result<Loaded<S>, Findings> {
    let (name, text) = read(path)?;
    load(&name, &text, overrides)
}

/// Reads a file. Returns its name in error texts, and its text.
///
/// # Errors
///
/// Returns an error if the file cannot be read, is larger than [`MOST_BYTES`] or is not UTF-8.
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

/// The text of a file, or an error text. Reads at most one byte more than [`MOST_BYTES`], also
/// from a file without a length, such as a pipe.
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

/// Loads a scenario from a text, applies overrides in order, and checks the result. `name` is the
/// name of the text in error texts, usually its path.
///
/// An override assigns `KEY=VALUE` for any key of the scenario, in TOML syntax with optional
/// quotes. An inline table overrides the keys of a section that it contains; an array replaces a
/// list of sections.
///
/// # Errors
///
/// Returns all errors of the text, of the overrides and of the check.
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
        resolve(&mut scenario, &mut origins, &mut report);
    }
    // A check of several keys is meaningless if one of them could not be read; they are mostly of one
    // section.
    let unread: BTreeSet<String> = report
        .diagnostics()
        .iter()
        .map(|found| section_of(&found.path).to_owned())
        .collect();
    let (broken, full) = (report.errors() > 0, report.is_full());
    let unknown = report
        .diagnostics()
        .iter()
        .any(|found| found.path.is_empty());
    if !unknown && !full {
        let remarks = scenario.check().into_iter();
        let is_unread = |path: &str| {
            let below = format!("{path}.");
            unread.contains(section_of(path))
                || unread
                    .iter()
                    .any(|section| section == path || section.starts_with(&below))
        };
        for remark in remarks.filter(|remark| !is_unread(&remark.path)) {
            let path = remark.path;
            let (subject, origin) = match value_at(&scenario, &path) {
                Some(value) => (format!("{path} = {value} "), origins.get(&path)),
                None if path.is_empty() => (String::new(), Origin::Default),
                None => (format!("{path} "), origins.nearest(&path)),
            };
            // If there are errors, remarks on defaults would only distract.
            if broken && origin.is_default() {
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
    let idle = idle(&scenario, &origins);
    for (remark, origin) in &idle {
        report.add(Diagnostic {
            origin: Some(*origin),
            severity: remark.severity,
            path: remark.path.clone(),
            message: format!("{} {}", remark.path, remark.message),
        });
    }
    let idle = idle.into_iter().map(|(remark, _)| remark).collect();
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
        idle,
        changed: Vec::new(),
    })
}

/// Sets the keys whose defaults depend on other keys, and notes why they have their values.
fn resolve<S: Section + Check>(scenario: &mut S, origins: &mut Origins, report: &mut Findings) {
    let resolution = scenario.resolve(&|path| origins.given(path));
    for (path, reason) in resolution.set {
        origins.note(path, Origin::Dependent(reason));
    }
    for remark in resolution.remarks {
        let Remark {
            path,
            severity,
            message,
        } = remark;
        report.add(Diagnostic {
            origin: Some(origins.get(&path)),
            severity,
            message: format!("{path} {message}"),
            path,
        });
    }
}

/// A warning for each override of a key without effect, and one for all such keys of the file with
/// one reason. The default of a key is no reason for a warning: a printed scenario has all keys.
fn idle<S: Section + Check>(scenario: &S, origins: &Origins) -> Vec<(Remark, Origin)> {
    let fresh = S::fresh();
    let mut found: Vec<(Remark, Origin)> = Vec::new();
    let mut reasons = BTreeSet::new();
    for (path, reason) in scenario.without_effect() {
        for (key, origin) in origins.under(&path) {
            let value = value_at(scenario, key);
            if value.is_none() || origin.is_default() {
                continue;
            }
            let is_override = matches!(origin, Origin::Override(_));
            let is_label = key == "run.title" || key.starts_with("expect.");
            let is_news = value != value_at(&fresh, key) && reasons.insert(reason.clone());
            if !is_label && (is_override || is_news) {
                found.push((
                    Remark::warning(key, format!("has no effect: {reason}")),
                    origin,
                ));
            }
        }
    }
    found
}

/// Reads a scenario and ignores errors: values that cannot be read have their defaults. For values
/// that are needed before the scenario is loaded.
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

/// The section of the key at a path, for an element of a list that of the list.
fn section_of(path: &str) -> &str {
    let section = path.rsplit_once('.').map_or("", |(section, _)| section);
    match section.rsplit_once('.') {
        Some((list, index)) if index.parse::<usize>().is_ok() => list,
        _ => section,
    }
}

/// The value at a path such as `client.retry.cap` or `region.0.share`; an element can also be given
/// by its name. `None` if there is no such key or it is not set.
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
