//! Prints a scenario with every key, as TOML that loads to the same values.
//!
//! Keys are in the order of their declaration, values before tables, as TOML requires. The
//! canonical form has no comments, so it does not depend on where a value is set; its hash
//! identifies the configuration.

use std::fmt::Write;

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
