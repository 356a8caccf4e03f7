//! Overrides `-s KEY=VALUE`: sets any key of the scenario from the command line.
//!
//! Values are TOML with optional quotes, because a shell removes quotes:
//! `client.retry.cap=20m`, `servers.login.rate=500/s`. The form of the key decides whether a
//! value is a text, never the value. An empty value unsets a key: an optional key is not set, any
//! other has its default; so do the keys of a section and the elements of a list.

use patchday_agents::scenario::parameter::{Descriptor, Form, Section, Value};
use toml_edit::Item;

use crate::scenario::{
    diagnostics::{Diagnostic, Findings},
    origin::{Origin, Origins, Override, join},
    reader::{Reader, plain},
    spelling::nearest,
};

/// Applies overrides in order; a later one replaces an earlier one.
pub(crate) fn apply(
    overrides: &[Override],
    scenario: &mut dyn Section,
    origins: &mut Origins,
    report: &mut Findings,
) {
    for (index, Override { assignment, .. }) in overrides.iter().enumerate() {
        let source = Origin::Override(index);
        let Some((key, value)) = assignment.split_once('=') else {
            let message = "no `=`; write -s KEY=VALUE, for instance -s run.seed=7";
            report.add(Diagnostic::error(Some(source), message));
            continue;
        };
        let parts: Vec<&str> = key.split('.').map(str::trim).collect();
        let root = scenario.descriptors();
        let mut reader = Reader {
            lines: None,
            source,
            said: key.trim(),
            root,
            origins,
            report,
        };
        reader.step(scenario, "", &parts, value.trim());
    }
}

impl Reader<'_> {
    /// Follows the names of a key and sets its value.
    fn step(&mut self, section: &mut dyn Section, path: &str, parts: &[&str], text: &str) {
        let [name, rest @ ..] = parts else { return };
        let keys = section.descriptors();
        let Some(key) = keys.iter().find(|key| key.name == *name) else {
            return self.unknown(keys, name, path, self.source);
        };
        let path = join(path, name);
        match (key.form, rest) {
            (_, []) => self.assign(section, key, &path, text),
            (Form::Section { optional, .. }, _) => {
                if optional && section.sections(key.name).is_empty() {
                    section.add_section(key.name);
                    self.origins.note(&path, self.source);
                }
                if let Some(inner) = section.section_mut(key.name, 0) {
                    self.step(inner, &path, rest, text);
                }
            }
            (Form::Tables { .. }, [element, rest @ ..]) => {
                let index = match find_element(section, key.name, element) {
                    Ok(index) => index,
                    Err(allowed) => {
                        let found = format!("no element `{element}`");
                        return self.refuse(&path, self.source, &found, &allowed);
                    }
                };
                let path = join(&path, &index.to_string());
                let Some(inner) = section.section_mut(key.name, index) else {
                    return;
                };
                if rest.is_empty() {
                    self.merge(inner, &path, text);
                } else {
                    self.step(inner, &path, rest, text);
                }
            }
            (Form::List { item, .. }, [place]) => {
                self.assign_element(section, key, item, &path, place, text)
            }
            _ => {
                let found = format!("has no `{}` inside", rest.join("."));
                self.refuse(
                    &path,
                    self.source,
                    &found,
                    &format!("it is {}", key.form.expected()),
                );
            }
        }
    }

    /// Sets a key, a section or a list from a text.
    fn assign(
        &mut self,
        section: &mut dyn Section,
        key: &'static Descriptor,
        path: &str,
        text: &str,
    ) {
        if text.is_empty() {
            return self.unset(section, key, path);
        }
        match key.form {
            Form::Section { .. } | Form::Tables { .. } => {
                if let Some(item) = self.parse(path, text) {
                    self.item(section, key, &item, path, self.source);
                }
            }
            _ => match value_of(&key.form, text) {
                Some(value) => self.value(section, key, &value, None, path, self.source),
                None => {
                    self.origins.note(path, self.source);
                    self.unexpected(
                        path,
                        self.source,
                        &format!("`{text}`"),
                        &key.form.expected(),
                    );
                }
            },
        }
    }

    /// Gives a key, a section or a list its default.
    fn unset(&mut self, section: &mut dyn Section, key: &'static Descriptor, path: &str) {
        if key.is_required() {
            let message = "it is required, so it cannot be unset";
            return self.refuse(path, self.source, "an empty value", message);
        }
        section.reset(key.name);
        self.origins.forget_below(path);
        self.origins.note(path, self.source);
    }

    /// Sets one element of a list of values.
    fn assign_element(
        &mut self,
        section: &mut dyn Section,
        key: &Descriptor,
        form: &Form,
        path: &str,
        place: &str,
        text: &str,
    ) {
        let Some(Value::List(mut values)) = section.get(key.name) else {
            return;
        };
        let count = values.len();
        let slot = place
            .parse::<usize>()
            .ok()
            .and_then(|index| values.get_mut(index));
        match (slot, value_of(form, text)) {
            (Some(slot), Some(value)) => {
                *slot = value;
                let list = Value::List(values);
                self.value(section, key, &list, None, path, self.source);
            }
            (Some(_), None) => {
                self.unexpected(path, self.source, &format!("`{text}`"), &form.expected());
            }
            (None, _) => {
                let found = format!("no element `{place}`");
                self.refuse(path, self.source, &found, &indices(count));
            }
        }
    }

    /// Sets the keys that an inline table contains, and keeps the others.
    fn merge(&mut self, section: &mut dyn Section, path: &str, text: &str) {
        let Some(item) = self.parse(path, text) else {
            return;
        };
        match item.as_table_like() {
            Some(table) => self.table(section, table, path),
            None => {
                let allowed = "an inline table, such as { key = 1 }";
                self.unexpected(path, self.source, &format!("`{text}`"), allowed);
            }
        }
    }

    fn parse(&mut self, path: &str, text: &str) -> Option<Item> {
        match text.parse::<toml_edit::Value>() {
            Ok(value) => Some(Item::Value(value)),
            Err(error) => {
                let reason = format!("not TOML: {}", error.message().replace('\n', " "));
                self.refuse(path, self.source, &format!("`{text}`"), &reason);
                None
            }
        }
    }
}

/// The value of a text in a form; `None` if the text is invalid.
fn value_of(form: &Form, text: &str) -> Option<Value> {
    let quoted = text.starts_with(['"', '\'']);
    let toml = || {
        text.parse::<toml_edit::Value>()
            .ok()
            .as_ref()
            .and_then(plain)
    };
    match form {
        Form::Switch | Form::Count { .. } | Form::Number | Form::Share | Form::List { .. } => {
            // In a list of bare and quoted words the quotes would become part of the words.
            toml().or_else(|| form.read_bare(text).filter(|_| !text.contains(['"', '\''])))
        }
        _ if quoted => toml(),
        _ => form.read_bare(text),
    }
}

/// The index of an element that is given by index or name, or an error text.
fn find_element(section: &dyn Section, list: &str, element: &str) -> Result<usize, String> {
    let sections = section.sections(list);
    if let Ok(index) = element.parse::<usize>() {
        return if index < sections.len() {
            Ok(index)
        } else {
            Err(indices(sections.len()))
        };
    }
    let names: Vec<Option<Value>> = sections.iter().map(|section| section.get("name")).collect();
    let wanted = Some(Value::from(element));
    if let Some(index) = names.iter().position(|name| *name == wanted) {
        return Ok(index);
    }
    let names: Vec<String> = names
        .into_iter()
        .filter_map(|name| match name {
            Some(Value::Text(name)) => Some(name),
            _ => None,
        })
        .collect();
    if let Some(name) = nearest(element, names.iter().map(String::as_str)) {
        return Err(format!("did you mean `{name}`?"));
    }
    if names.is_empty() {
        Err(indices(sections.len()))
    } else {
        Err(format!("one of {}", names.join(", ")))
    }
}

/// The valid indices of a list, in words.
fn indices(count: usize) -> String {
    match count {
        0 => "the list is empty".into(),
        1 => "the only one is 0".into(),
        _ => format!("from 0 to {}", count - 1),
    }
}
