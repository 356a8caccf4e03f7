//! Reads TOML into sections and collects all errors.
//!
//! Files and overrides share [`Reader::table`] and [`Reader::value`]; only the recorded origins
//! differ.

use std::ops::Range;

use patchday_agents::scenario::parameter::{Descriptor, Form, Section, Value, ValueError};
use toml_edit::{Array, Document, Item, Key, TableLike};

use crate::scenario::origin::{header, join};
use crate::scenario::{diagnostics::Diagnostic, positions::LineIndex, spelling::nearest};
use crate::scenario::{
    diagnostics::Findings,
    origin::{Origin, Origins},
};

/// The most known names that an error lists.
const MOST_NAMES: usize = 12;

/// Reads TOML into sections.
pub(crate) struct Reader<'a> {
    /// The text that spans refer to; `None` for an override.
    pub(crate) lines: Option<&'a LineIndex<'a>>,
    /// The origin of items without a span: an override, or the beginning of the file.
    pub(crate) source: Origin,
    /// The key of the override, which its messages do not repeat; empty for a file.
    pub(crate) said: &'a str,
    /// The keys at the top level, to find the section of a misplaced key.
    pub(crate) root: &'static [Descriptor],
    pub(crate) origins: &'a mut Origins,
    pub(crate) report: &'a mut Findings,
}

/// Reads a whole text. Returns whether it is TOML; if not, nothing was read.
pub(crate) fn file(
    lines: &LineIndex<'_>,
    scenario: &mut dyn Section,
    origins: &mut Origins,
    report: &mut Findings,
) -> bool {
    let document = match Document::parse(lines.text) {
        Ok(document) => document,
        Err(error) => {
            let origin = lines.place(error.span().map_or(lines.text.len(), |span| span.start));
            let message = format!("not TOML: {}", error.message().replace('\n', " "));
            report.add(Diagnostic::error(Some(origin), message));
            return false;
        }
    };
    let root = scenario.descriptors();
    let source = lines.place(0);
    let mut reader = Reader {
        lines: Some(lines),
        source,
        said: "",
        root,
        origins,
        report,
    };
    reader.table(scenario, document.as_table(), "");
    true
}

/// Adds an error for every required key that is not set.
pub(crate) fn missing(scenario: &dyn Section, origins: &Origins, report: &mut Findings) {
    add_missing(scenario, "", origins, report);
}

fn add_missing(section: &dyn Section, path: &str, origins: &Origins, report: &mut Findings) {
    for key in section.descriptors() {
        let inner = join(path, key.name);
        if key.is_required() && origins.get(&inner) == Origin::Default {
            let place = match origins.nearest(path) {
                Origin::Default => Origin::File { line: 1, column: 1 },
                written => written,
            };
            let message = format!(
                "missing key `{}` {}: expected {}",
                key.name,
                place_of(path),
                key.form.expected()
            );
            report.add(Diagnostic::about(&inner, place, message));
        }
        // The declaration sets all keys of the elements of a default list.
        let is_list = matches!(key.form, Form::Tables { .. });
        if is_list && origins.get(&inner) == Origin::Default {
            continue;
        }
        for (index, section) in section.sections(key.name).into_iter().enumerate() {
            let element = if is_list {
                join(&inner, &index.to_string())
            } else {
                inner.clone()
            };
            add_missing(section, &element, origins, report);
        }
    }
}

/// The section at a path, in words.
fn place_of(path: &str) -> String {
    if path.is_empty() {
        "at the top level".into()
    } else {
        format!("in {}", header(path))
    }
}

impl Reader<'_> {
    /// Reads every key of a table into a section.
    pub(crate) fn table(&mut self, section: &mut dyn Section, table: &dyn TableLike, path: &str) {
        for (name, item) in table.iter() {
            let origin = self.origin(table.key(name).and_then(Key::span));
            match section.descriptors().iter().find(|key| key.name == name) {
                Some(key) => self.item(section, key, item, &join(path, name), origin),
                None => self.unknown(section.descriptors(), name, path, origin),
            }
        }
    }

    /// Reads the item of a key. `origin` is that of the name.
    pub(crate) fn item(
        &mut self,
        section: &mut dyn Section,
        key: &'static Descriptor,
        item: &Item,
        path: &str,
        origin: Origin,
    ) {
        match key.form {
            Form::Section { optional, .. } => {
                let Some(table) = item.as_table_like() else {
                    let allowed = format!("a section; write {} and its keys below", header(path));
                    return self.unexpected(path, origin, &found(item), &allowed);
                };
                if optional {
                    section.add_section(key.name);
                }
                self.origins.note(path, origin);
                if let Some(inner) = section.section_mut(key.name, 0) {
                    self.table(inner, table, path);
                }
            }
            Form::Tables { .. } => self.tables(section, key, item, path, origin),
            _ => {
                let origin = self.value_origin(item.span(), origin);
                match item.as_value().and_then(plain) {
                    Some(value) => {
                        let array = item.as_array();
                        self.value(section, key, &value, array, path, origin);
                    }
                    None => {
                        self.origins.note(path, origin);
                        self.unexpected(path, origin, &found(item), &key.form.expected());
                    }
                }
            }
        }
    }

    /// Replaces a list of sections by tables.
    fn tables(
        &mut self,
        section: &mut dyn Section,
        key: &'static Descriptor,
        item: &Item,
        path: &str,
        origin: Origin,
    ) {
        let mut tables: Vec<(&dyn TableLike, Option<Range<usize>>)> = Vec::new();
        let mut odd = Vec::new();
        match item {
            Item::ArrayOfTables(list) => {
                tables.extend(
                    list.iter()
                        .map(|table| (table as &dyn TableLike, table.span())),
                );
            }
            Item::Value(toml_edit::Value::Array(list)) => {
                for value in list {
                    match value.as_inline_table() {
                        Some(table) => tables.push((table, value.span())),
                        None => odd.push((value.span(), clipped(value))),
                    }
                }
            }
            other => odd.push((other.span(), found(other))),
        }
        let allowed = format!(
            "a list of tables; write [[{}]] once for each",
            header(path).trim_matches(['[', ']'])
        );
        for (span, text) in odd {
            let origin = self.value_origin(span, origin);
            self.unexpected(path, origin, &text, &allowed);
        }
        section.clear_sections(key.name);
        self.origins.forget_below(path);
        self.origins.note(path, origin);
        for (index, (table, span)) in tables.into_iter().enumerate() {
            let element = join(path, &index.to_string());
            let origin = self.origin(span);
            self.origins.note(&element, origin);
            if let Some(inner) = section.add_section(key.name) {
                self.table(inner, table, &element);
            }
        }
    }

    /// Sets a key. If a list is invalid, reports the invalid elements instead.
    pub(crate) fn value(
        &mut self,
        section: &mut dyn Section,
        key: &Descriptor,
        value: &Value,
        array: Option<&Array>,
        path: &str,
        origin: Origin,
    ) {
        // Also if the value is invalid: then the key is not missing.
        self.origins.note(path, origin);
        let Err(refusal) = section.set(key.name, value) else {
            return;
        };
        let mut reported = false;
        if let (Form::List { item, .. }, Value::List(values)) = (key.form, value) {
            let element = Descriptor {
                form: *item,
                ..*key
            };
            for (index, value) in values.iter().enumerate() {
                if let Err(refusal) = element.check(value) {
                    let span = array
                        .and_then(|a| a.get(index))
                        .and_then(toml_edit::Value::span);
                    let origin = self.value_origin(span, origin);
                    self.refused(&join(path, &index.to_string()), origin, &refusal);
                    reported = true;
                }
            }
        }
        if !reported {
            self.refused(path, origin, &refusal);
        }
    }

    /// Reports an unknown name with the name that was probably meant.
    pub(crate) fn unknown(
        &mut self,
        keys: &'static [Descriptor],
        name: &str,
        path: &str,
        origin: Origin,
    ) {
        let names = || keys.iter().map(|key| key.name);
        // Finding a hint takes time, and this error is only counted.
        if self.report.is_full() {
            return self.report.add(Diagnostic::about(path, origin, ""));
        }
        let hint = if let Some(name) = nearest(name, names()) {
            format!("did you mean `{name}`?")
        } else if let Some(place) = section_of(self.root, name, "") {
            format!("it belongs {place}")
        } else {
            let listed: Vec<&str> = names().take(MOST_NAMES).collect();
            let more = if names().count() > MOST_NAMES {
                ", ..."
            } else {
                ""
            };
            format!("known are {}{more}", listed.join(", "))
        };
        let shown: String = name.chars().take(60).collect();
        let message = format!("unknown key `{shown}` {}; {hint}", place_of(path));
        self.report
            .add(Diagnostic::about(&join(path, name), origin, message));
    }

    fn refused(&mut self, path: &str, origin: Origin, refusal: &ValueError) {
        let message = format!("{}{refusal}", self.subject(path));
        self.report.add(Diagnostic::about(path, origin, message));
    }

    /// Adds an error with a hint, for an item that is not a value of any key.
    pub(crate) fn refuse(&mut self, path: &str, origin: Origin, found: &str, hint: &str) {
        let message = format!("{}{found}; {hint}", self.subject(path));
        self.report.add(Diagnostic::about(path, origin, message));
    }

    /// Adds an error for a value or item that the key cannot have; `expected` lists the allowed ones.
    pub(crate) fn unexpected(&mut self, path: &str, origin: Origin, found: &str, expected: &str) {
        let message = format!("{}{found}: expected {expected}", self.subject(path));
        self.report.add(Diagnostic::about(path, origin, message));
    }

    /// The key as the beginning of a message, unless the override already shows it.
    fn subject(&self, path: &str) -> String {
        if path == self.said {
            String::new()
        } else {
            format!("{path}: ")
        }
    }

    fn origin(&self, span: Option<Range<usize>>) -> Origin {
        match (self.lines, span) {
            (Some(lines), Some(span)) => lines.place(span.start),
            _ => self.source,
        }
    }

    /// The position of a value; for a text, that of the first character inside the quotes.
    fn value_origin(&self, span: Option<Range<usize>>, fallback: Origin) -> Origin {
        let (Some(lines), Some(span)) = (self.lines, span) else {
            return fallback;
        };
        let written = lines.text.get(span.clone()).unwrap_or_default();
        let quote = usize::from(written.starts_with(['"', '\'']));
        lines.place(span.start + quote)
    }
}

/// The section that has a key of this name, if exactly one has.
fn section_of(keys: &'static [Descriptor], name: &str, path: &str) -> Option<String> {
    let mut sections = Vec::new();
    collect_sections(keys, name, path, &mut sections);
    if sections.len() == 1 {
        sections.pop()
    } else {
        None
    }
}

fn collect_sections(
    keys: &'static [Descriptor],
    name: &str,
    path: &str,
    sections: &mut Vec<String>,
) {
    for key in keys {
        if key.name == name {
            sections.push(place_of(path));
        }
        let inner = join(path, key.name);
        match key.form {
            Form::Section { keys, .. } => collect_sections(keys(), name, &inner, sections),
            Form::Tables { keys, .. } => {
                collect_sections(keys(), name, &join(&inner, "0"), sections)
            }
            _ => {}
        }
    }
}

/// Converts a TOML value to the value of a key; `None` for tables and lists with tables.
pub(crate) fn plain(value: &toml_edit::Value) -> Option<Value> {
    Some(match value {
        toml_edit::Value::String(text) => Value::Text(text.value().clone()),
        toml_edit::Value::Integer(number) => Value::Integer(*number.value()),
        toml_edit::Value::Float(number) => Value::Number(*number.value()),
        toml_edit::Value::Boolean(on) => Value::Switch(*on.value()),
        // Instants and dates of TOML have the same text as those of scenarios.
        toml_edit::Value::Datetime(time) => Value::Text(time.value().to_string()),
        toml_edit::Value::Array(list) => {
            Value::List(list.iter().map(plain).collect::<Option<_>>()?)
        }
        toml_edit::Value::InlineTable(_) => return None,
    })
}

/// An unexpected item, for an error text.
fn found(item: &Item) -> String {
    match item {
        Item::Value(value) => clipped(value),
        Item::Table(_) => "a table".into(),
        Item::ArrayOfTables(_) => "a list of tables".into(),
        Item::None => "nothing".into(),
    }
}

fn clipped(value: &toml_edit::Value) -> String {
    match plain(value) {
        Some(value) => ValueError::new(&value, "").shown(),
        None if value.is_inline_table() => "a table".into(),
        None => "a list with tables".into(),
    }
}
