//! The keys of a scenario or study, as JSON Schema for editors and as text for people.
//!
//! Both are generated from the descriptors of the keys. JSON Schema cannot express ranges of
//! quantities, units and sources; they are in the descriptions and in `x-` properties.

use patchday_agents::scenario::mid_run::{MidRun, mid_run};
use patchday_agents::scenario::parameter::{Descriptor, Form, Section, Value, one_line};
use serde_json::{Map, Value as Json, json};

use crate::{host::text::wrapping::wrapped, scenario::origin::join};

/// The kind of file whose keys can change in mid-run.
const SCENARIO: &str = "scenario";

/// Patterns of quantities. A pattern cannot check ranges.
const SPAN: &str = r"^\s*([0-9]+(\.[0-9]+)?(w|d|h|ms|m|s)\s*)+$";
const RATE: &str = r"^\s*[0-9][0-9_]*(\.[0-9]+)?([eE][+-]?[0-9]+)?\s*/\s*[smhd]\s*$";
const INSTANT: &str =
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3}0*)?([Zz]|[+-]00:00)$";
const DAY: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
const UTC_OFFSET: &str =
    r"^\s*([+-]?([0-9]{1,2}\s*h(\s*[0-9]{1,2}\s*m)?|[0-9]{1,4}\s*m)|[+-][0-9]{1,2}:[0-9]{2})\s*$";

/// The version in the identifiers of the schemas. It changes when a key is removed or changes its
/// meaning.
const VERSION: &str = "0.1";

/// The JSON Schema (draft-07) of a file with the keys of `S`: a `scenario` or a `study`.
pub fn schema_json<S: Section>(kind: &str) -> Json {
    let mut schema = object(S::describe(), Some(&S::fresh()));
    if kind == SCENARIO {
        mark_mid_run(&mut schema, "");
    }
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["$id"] = format!("urn:patchday:schema:{kind}:{VERSION}").into();
    schema["title"] = format!("patchday {kind}").into();
    schema["description"] = one_line(S::about()).into();
    schema
}

/// Adds to every key of a scenario whether it can change in mid-run.
fn mark_mid_run(schema: &mut Json, path: &str) {
    for place in ["/properties", "/items/properties"] {
        let Some(Json::Object(keys)) = schema.pointer_mut(place) else {
            continue;
        };
        for (name, key) in keys {
            let path = join(path, name);
            key["x-mid-run"] = match mid_run(&path) {
                MidRun::Fixed => "fixed",
                MidRun::UntilBegun => "until begun",
                MidRun::Free => "free",
            }
            .into();
            mark_mid_run(key, &path);
        }
    }
}

/// What the text of a key of a scenario says about changes in mid-run; empty if it can change.
fn mid_run_words(key: &str) -> &'static str {
    match mid_run(key) {
        MidRun::Fixed => " Fixed during a run.",
        MidRun::UntilBegun => " Can change in mid-run until it has begun.",
        MidRun::Free => " Can change in mid-run.",
    }
}

/// The schema of a section. The lists of `fresh` are the defaults of lists.
fn object(keys: &[Descriptor], fresh: Option<&dyn Section>) -> Json {
    let mut properties = Map::new();
    for key in keys {
        properties.insert(key.name.into(), property(key, fresh));
    }
    let required: Vec<&str> = keys
        .iter()
        .filter(|k| k.is_required())
        .map(|k| k.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    // Draft 7 allows an empty list, but readers of draft 4 do not.
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

fn property(key: &Descriptor, parent: Option<&dyn Section>) -> Json {
    let inner: Vec<&dyn Section> = parent.map(|p| p.sections(key.name)).unwrap_or_default();
    let mut schema = match key.form {
        Form::Section { keys, .. } => object(keys(), inner.first().copied()),
        Form::Tables { keys, .. } => {
            let mut list = json!({ "type": "array", "items": object(keys(), None) });
            if parent.is_some() {
                list["default"] = inner.iter().map(|section| contents(*section)).collect();
            }
            list
        }
        _ => scalar(&key.form, key),
    };
    let mut text = key.text();
    if let Some(range) = key.range_text() {
        text += &format!(" Range: {range}.");
    }
    if !key.source.is_empty() {
        text += &format!(" Source: {}.", key.source);
        schema["x-source"] = key.source.into();
    }
    if !key.unit.is_empty() {
        schema["x-unit"] = key.unit.into();
    }
    if let Some(value) = key.default_value() {
        schema["default"] = json(&value);
    }
    schema["description"] = text.into();
    schema
}

/// The schema of a value of `key`, which has the range.
fn scalar(form: &Form, key: &Descriptor) -> Json {
    match form {
        Form::Switch => json!({ "type": "boolean" }),
        Form::Count { most } => {
            let mut schema = json!({ "type": "integer", "minimum": 0, "maximum": most });
            bounds(&mut schema, form, key);
            schema
        }
        Form::Number => {
            let mut schema = json!({ "type": "number" });
            bounds(&mut schema, form, key);
            schema
        }
        Form::Share => {
            let mut schema = json!({ "type": "number", "minimum": 0, "maximum": 1 });
            bounds(&mut schema, form, key);
            schema
        }
        Form::Span => json!({ "type": "string", "pattern": SPAN }),
        Form::Rate => json!({ "type": "string", "pattern": RATE }),
        Form::Instant => json!({ "type": "string", "format": "date-time", "pattern": INSTANT }),
        Form::Moment => json!({ "anyOf": [
            { "type": "string", "format": "date-time", "pattern": INSTANT },
            { "type": "string", "pattern": SPAN },
        ] }),
        Form::Day => json!({ "type": "string", "format": "date", "pattern": DAY }),
        Form::UtcOffset => json!({ "anyOf": [
            { "type": "string", "pattern": UTC_OFFSET },
            { "type": "number", "multipleOf": 15, "minimum": -720, "maximum": 840 },
        ] }),
        Form::Choice(choices) => {
            let names: Vec<&str> = choices.iter().map(|choice| choice.name).collect();
            let docs: Vec<String> = choices.iter().map(|choice| one_line(choice.doc)).collect();
            json!({ "type": "string", "enum": names, "x-enum-descriptions": docs })
        }
        Form::Text => json!({ "type": "string" }),
        Form::List { item, length } => {
            let mut schema = json!({ "type": "array", "items": scalar(item, key) });
            if let Some(length) = length {
                schema["minItems"] = (*length).into();
                schema["maxItems"] = (*length).into();
            }
            schema
        }
        Form::Section { keys, .. } => object(keys(), None),
        Form::Tables { keys, .. } => json!({ "type": "array", "items": object(keys(), None) }),
    }
}

/// Adds the range of a key to the schema of a number.
fn bounds(schema: &mut Json, form: &Form, key: &Descriptor) {
    for (name, bound) in [("minimum", key.range.0), ("maximum", key.range.1)] {
        if let Some(value) = form.read_bare(bound) {
            schema[name] = json(&value);
        }
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Switch(on) => (*on).into(),
        Value::Integer(number) => (*number).into(),
        Value::Number(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(values) => values.iter().map(json).collect(),
    }
}

/// The values of a section, for the default of a list.
fn contents(section: &dyn Section) -> Json {
    let mut map = Map::new();
    for key in section.descriptors() {
        let inner = section.sections(key.name);
        let value = match key.form {
            Form::Tables { .. } => Some(inner.into_iter().map(contents).collect()),
            Form::Section { .. } => inner.first().map(|section| contents(*section)),
            _ => section.get(key.name).as_ref().map(json),
        };
        if let Some(value) = value {
            map.insert(key.name.into(), value);
        }
    }
    Json::Object(map)
}

/// A row of the reference of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// The full path of the key, with `N` for the index of a list element: `region.N.share`.
    pub key: String,
    /// Form and unit: `span`, `count of leaves`, `one of none, full`.
    pub form: String,
    /// The range in words; empty if there is none.
    pub range: String,
    /// The default as TOML; `required` or `not set` if there is none.
    pub default: String,
    /// The source of the default.
    pub source: String,
    /// The meaning of the key.
    pub doc: String,
}

/// All keys in the order of declaration, including sections, which have the form `section` or
/// `tables`.
pub fn keys<S: Section>() -> Vec<KeyRow> {
    let mut rows = Vec::new();
    collect_rows(S::describe(), "", &mut rows);
    rows
}

fn collect_rows(keys: &[Descriptor], path: &str, rows: &mut Vec<KeyRow>) {
    for key in keys {
        let path = join(path, key.name);
        let form = match key.form {
            _ if matches!(key.form.element(), Form::Choice(_)) => key.form.expected(),
            _ if key.unit.is_empty() => key.form.name(),
            _ => format!("{} of {}", key.form.name(), key.unit),
        };
        let default = match key.default_value() {
            Some(value) => value.to_string(),
            None if key.is_required() => "required".into(),
            None if key.is_section() => String::new(),
            None if matches!(key.form, Form::List { .. }) => "[]".into(),
            None => "not set".into(),
        };
        let range = key.range_text().unwrap_or_default();
        let range = range.trim_end_matches(key.unit).trim_end().to_owned();
        let (source, doc) = (key.source.to_owned(), key.text());
        rows.push(KeyRow {
            key: path.clone(),
            form,
            range,
            default,
            source,
            doc,
        });
        match key.form {
            Form::Section { keys, .. } => collect_rows(keys(), &path, rows),
            Form::Tables { keys, .. } => collect_rows(keys(), &join(&path, "N"), rows),
            _ => {}
        }
    }
}

/// The width of wrapped text, in characters.
const WIDTH: usize = 92;

/// The keys below `prefix` (all, if it is empty) as plain text: a line with key and default, then
/// form, range, meaning and source.
pub fn schema_text<S: Section>(kind: &str, prefix: &str) -> String {
    let below = |row: &KeyRow| {
        let rest = row.key.strip_prefix(prefix);
        rest.is_some_and(|rest| prefix.is_empty() || rest.is_empty() || rest.starts_with('.'))
    };
    let mut text = String::new();
    for row in keys::<S>().iter().filter(|row| below(row)) {
        let default = match row.default.as_str() {
            "" => String::new(),
            default @ ("required" | "not set") => format!("  ({default})"),
            default => format!(" = {default}"),
        };
        text += &format!("{}{default}\n", row.key);
        let range = match row.range.as_str() {
            "" => String::new(),
            range => format!(", {range}"),
        };
        let source = match row.source.as_str() {
            "" => String::new(),
            source => format!(" Source: {source}."),
        };
        let is_key = !matches!(row.form.as_str(), "section" | "tables");
        let mid_run = if kind == SCENARIO && is_key {
            mid_run_words(&row.key)
        } else {
            ""
        };
        let form = &row.form;
        for line in wrapped(
            &format!("{form}{range}. {}{source}{mid_run}", row.doc),
            WIDTH,
        ) {
            text += &format!("    {line}\n");
        }
    }
    text
}
