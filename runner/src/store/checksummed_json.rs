//! JSON objects with a checksum.
//!
//! The last member of an object is `seal`: the first 64 bits of a BLAKE3 hash of the name of the
//! file or batch that the object belongs to and of all bytes before the checksum. The file stays
//! valid JSON. The checksum detects damage by disks, crashes and editors, not deliberate forgery.

use std::io;

use serde::Serialize;

/// The layout of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// On one line, which ends with a line break.
    Line,
    /// A line per member, with a line break at the end.
    Page,
}

impl Form {
    /// The text before the checksum and after it.
    fn around(self) -> (&'static str, &'static str) {
        match self {
            Self::Line => (",\"seal\":\"", "\"}\n"),
            Self::Page => (",\n  \"seal\": \"", "\"\n}\n"),
        }
    }

    /// The end of an object without a checksum.
    fn end(self) -> &'static str {
        match self {
            Self::Line => "}",
            Self::Page => "\n}",
        }
    }
}

/// Hex digits of a checksum.
const DIGITS: usize = 16;

fn seal(part_of: &str, body: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(part_of.len() as u64).to_le_bytes());
    hasher.update(part_of.as_bytes());
    hasher.update(body);
    hasher.finalize().to_hex()[..DIGITS].to_owned()
}

/// Serialises an object with its checksum. `part_of` names what it belongs to, so that an object
/// copied from another file is detected.
///
/// # Errors
/// Returns an error unless the value is an object with members.
pub(crate) fn to_text(value: &impl Serialize, form: Form, part_of: &str) -> io::Result<String> {
    let text = match form {
        Form::Line => serde_json::to_string(value),
        Form::Page => serde_json::to_string_pretty(value),
    }?;
    add_checksum(&text, form, part_of)
        .ok_or_else(|| io::Error::other("only an object can have a checksum"))
}

/// Adds the checksum to the text of an object; `None` if the text is not an object in this form.
pub(crate) fn add_checksum(text: &str, form: Form, part_of: &str) -> Option<String> {
    let body = text.strip_suffix(form.end())?;
    let (before, after) = form.around();
    let seal = seal(part_of, body.as_bytes());
    Some(format!("{body}{before}{seal}{after}"))
}

/// Returns the object without its checksum.
///
/// # Errors
/// Returns an error text, to follow a position, if the checksum is missing or wrong.
pub(crate) fn verify(text: &[u8], form: Form, part_of: &str) -> Result<Vec<u8>, &'static str> {
    let none =
        "no checksum (`seal`) at its end: it is incomplete, or of another version of the program";
    let (before, after) = form.around();
    let rest = text.strip_suffix(after.as_bytes()).ok_or(none)?;
    let place = rest.len().checked_sub(DIGITS).ok_or(none)?;
    let (rest, digits) = rest.split_at(place);
    let body = rest.strip_suffix(before.as_bytes()).ok_or(none)?;
    if seal(part_of, body).as_bytes() != digits {
        return Err("its checksum (`seal`) does not match: it was changed after it was written");
    }
    Ok([body, form.end().as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_back_and_is_json() {
        let value = serde_json::json!({"a": 1, "b": {"c": [1.5, null]}, "seal": "no"});
        for form in [Form::Line, Form::Page] {
            let text = to_text(&value, form, "x").unwrap();
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read["a"], 1);
            let verified = verify(text.as_bytes(), form, "x").unwrap();
            let read: serde_json::Value = serde_json::from_slice(&verified).unwrap();
            assert_eq!(read, value);
        }
        assert!(to_text(&[1], Form::Line, "x").is_err());
    }

    #[test]
    fn every_flipped_bit_cut_and_foreign_object_is_detected() {
        let value = serde_json::json!({"run": 12, "figures": {"a": 0.125}});
        for form in [Form::Line, Form::Page] {
            let text = to_text(&value, form, "x").unwrap().into_bytes();
            for place in 0..text.len() {
                for bit in 0..8 {
                    let mut flipped = text.clone();
                    flipped[place] ^= 1 << bit;
                    assert!(verify(&flipped, form, "x").is_err(), "{place}, bit {bit}");
                }
                assert!(verify(&text[..place], form, "x").is_err(), "cut at {place}");
            }
            assert!(verify(&text, form, "y").is_err());
        }
    }
}
