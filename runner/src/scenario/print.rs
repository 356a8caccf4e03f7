//! Prints a scenario with every key, as TOML that loads to the same values.
//!
//! Keys are in the order of their declaration, values before tables, as TOML requires. The
//! canonical form has no comments, so it does not depend on where a value is set; its hash
//! identifies the configuration.

use std::{collections::BTreeMap, fmt::Write};

use patchday_agents::scenario::parameter::{Form, Section};

use crate::host::escape;
use crate::scenario::origin::{header, join};
use crate::scenario::{
    load::Loaded,
    origin::{Origin, Origins},
};

/// The effective scenario with the origin of each value in a comment.
pub fn print<S: Section>(loaded: &Loaded<S>, name: &str) -> String {
    let mut text = format!(
        "# The scenario as it ran, from {}: every key.\n",
        escape::line(name)
    );
    section(&mut text, &loaded.scenario, "", Some(&loaded.origins));
    text
}

/// The canonical form, without comments: equal scenarios give equal texts.
pub fn canonical(scenario: &dyn Section) -> String {
    let mut text = String::new();
    section(&mut text, scenario, "", None);
    text
}

/// The hash of the canonical form: FNV-1a, 64 bits, in hex. It is the same on every machine and
/// changes with every value.
pub fn config_hash(scenario: &dyn Section) -> String {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    let hash = canonical(scenario)
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, fold);
    format!("{hash:016x}")
}

/// A key of the canonical form with two values; `None` where a scenario does not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDifference {
    /// The path of the key. Elements of a list are named by their index, from 0.
    pub key: String,
    /// The value in the first scenario.
    pub one: Option<String>,
    /// The value in the second.
    pub other: Option<String>,
}

/// The keys in which two scenarios differ, in the order of their declaration; those that only
/// `other` has follow the rest of their section.
pub fn differences(one: &dyn Section, other: &dyn Section) -> Vec<KeyDifference> {
    let (one, other) = (keys(one), keys(other));
    let first: BTreeMap<&str, &str> = one.iter().map(|(key, value)| (&**key, &**value)).collect();
    let second: BTreeMap<&str, &str> = other
        .iter()
        .map(|(key, value)| (&**key, &**value))
        .collect();
    let new = other.iter().filter(|(key, _)| !first.contains_key(&**key));
    let mut sections = Vec::new();
    for (key, _) in one.iter().chain(&other) {
        let section = root(key);
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    let difference = |(key, _): &(String, String)| KeyDifference {
        key: key.clone(),
        one: first.get(&**key).map(|value| (*value).to_owned()),
        other: second.get(&**key).map(|value| (*value).to_owned()),
    };
    let mut all: Vec<KeyDifference> = one.iter().chain(new).map(difference).collect();
    all.retain(|pair| pair.one != pair.other);
    all.sort_by_key(|pair| sections.iter().position(|known| *known == root(&pair.key)));
    all
}

/// The first name of a path.
pub fn root(path: &str) -> &str {
    path.split_once('.').map_or(path, |(root, _)| root)
}

/// The keys of the canonical form with their values.
fn keys(scenario: &dyn Section) -> Vec<(String, String)> {
    let text = canonical(scenario);
    let mut section = String::new();
    let mut places = BTreeMap::<String, usize>::new();
    let mut all = Vec::new();
    for line in text.lines() {
        let of_list = line
            .strip_prefix("[[")
            .and_then(|rest| rest.strip_suffix("]]"));
        let name = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(name) = of_list {
            let next = places.entry(name.to_owned()).or_default();
            section = join(name, &next.to_string());
            *next += 1;
        } else if let Some(name) = name {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once(" = ") {
            all.push((join(&section, key), value.to_owned()));
        }
    }
    all
}

fn section(text: &mut String, section: &dyn Section, path: &str, origins: Option<&Origins>) {
    let keys = section.descriptors();
    for key in keys.iter().filter(|key| !key.is_section()) {
        match section.get(key.name) {
            Some(value) => {
                line(
                    text,
                    &format!("{} = {value}", key.name),
                    &join(path, key.name),
                    origins,
                );
            }
            None if origins.is_some() => put(text, &format!("# {} is not set", key.name)),
            None => {}
        }
    }
    // An empty list has no headers, so it is written as a value.
    for key in keys
        .iter()
        .filter(|key| matches!(key.form, Form::Tables { .. }))
    {
        if section.sections(key.name).is_empty() {
            line(
                text,
                &format!("{} = []", key.name),
                &join(path, key.name),
                origins,
            );
        }
    }
    for key in keys.iter().filter(|key| key.is_section()) {
        let inner = join(path, key.name);
        let is_list = matches!(key.form, Form::Tables { .. });
        let is_optional = matches!(key.form, Form::Section { optional: true, .. });
        for (index, section) in section.sections(key.name).into_iter().enumerate() {
            let inner = if is_list {
                join(&inner, &index.to_string())
            } else {
                inner.clone()
            };
            // The header alone makes an element or an optional section exist.
            if is_list || is_optional || has_values(section) {
                put(text, "");
                put(text, &header(&inner));
            }
            self::section(text, section, &inner, origins);
        }
        if !is_list && section.sections(key.name).is_empty() && origins.is_some() {
            put(text, "");
            put(text, &format!("# {} is not set", header(&inner)));
        }
    }
}

/// Whether a section has values or lists directly below its header.
fn has_values(section: &dyn Section) -> bool {
    section
        .descriptors()
        .iter()
        .any(|key| !matches!(key.form, Form::Section { .. }))
}

fn line(text: &mut String, assignment: &str, path: &str, origins: Option<&Origins>) {
    match origins.map(|origins| origins.get(path)) {
        None => put(text, assignment),
        Some(Origin::Dependent(reason)) => put(text, &format!("{assignment}  # {reason}")),
        Some(Origin::Default) => put(text, &format!("{assignment}  # default")),
        Some(Origin::File { line, .. }) => put(text, &format!("{assignment}  # file:{line}")),
        Some(Origin::Override(_)) => put(text, &format!("{assignment}  # -s")),
    }
}

fn put(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}
