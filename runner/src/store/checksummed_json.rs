//! Seals: JSON that says whether it is as it was written.
//!
//! The last member of a sealed object is `seal`: the first 64 bits of a BLAKE3 hash of
//! what the object is part of and of all bytes before the seal. Whoever opens it gets the
//! object without its seal, or is told that it has none or another one. It stays JSON that
//! any program reads. It guards against what disks, crashes and careless hands
//! do, not against somebody who means to deceive.

use std::io;

use serde::Serialize;

/// How the object is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// In one line, with a line break at its end.
    Line,
    /// A line a member, as people read it, with a line break at its end.
    Page,
}

impl Form {
    /// What stands before the seal, and after it.
    fn around(self) -> (&'static str, &'static str) {
        match self {
            Self::Line => (",\"seal\":\"", "\"}\n"),
            Self::Page => (",\n  \"seal\": \"", "\"\n}\n"),
        }
    }

    /// How an object ends that has no seal.
    fn end(self) -> &'static str {
        match self {
            Self::Line => "}",
            Self::Page => "\n}",
        }
    }
}

/// Digits of a seal.
const DIGITS: usize = 16;

fn seal(part_of: &str, body: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(part_of.len() as u64).to_le_bytes());
    hasher.update(part_of.as_bytes());
    hasher.update(body);
    hasher.finalize().to_hex()[..DIGITS].to_owned()
}

/// An object with its seal. `part_of` is what it belongs to: a seal of one file is
/// none in another.
///
/// # Errors
/// That the value is no object with members.
pub(crate) fn to_text(value: &impl Serialize, form: Form, part_of: &str) -> io::Result<String> {
    let text = match form {
        Form::Line => serde_json::to_string(value),
        Form::Page => serde_json::to_string_pretty(value),
    }?;
    add_checksum(&text, form, part_of)
        .ok_or_else(|| io::Error::other("only an object can be sealed"))
}

/// The text of an object with its seal; none if it is no object in this form.
pub(crate) fn add_checksum(text: &str, form: Form, part_of: &str) -> Option<String> {
    let body = text.strip_suffix(form.end())?;
    let (before, after) = form.around();
    let seal = seal(part_of, body.as_bytes());
    Some(format!("{body}{before}{seal}{after}"))
}

/// The object without its seal.
///
/// # Errors
/// What is wrong with it, in words that follow a place.
pub(crate) fn verify(text: &[u8], form: Form, part_of: &str) -> Result<Vec<u8>, &'static str> {
    let none = "it has no seal at its end: it is torn, or of another version of the program";
    let (before, after) = form.around();
    let rest = text.strip_suffix(after.as_bytes()).ok_or(none)?;
    let place = rest.len().checked_sub(DIGITS).ok_or(none)?;
    let (rest, digits) = rest.split_at(place);
    let body = rest.strip_suffix(before.as_bytes()).ok_or(none)?;
    match seal(part_of, body).as_bytes() == digits {
        true => Ok([body, form.end().as_bytes()].concat()),
        false => Err("its seal does not match: it was changed after it was written"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_comes_back_and_is_json() {
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
    fn every_flipped_bit_every_cut_and_another_owner_are_noticed() {
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
