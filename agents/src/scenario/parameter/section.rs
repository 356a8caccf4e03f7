//! A section: a struct of keys that can be read, set and listed by name.

use crate::scenario::parameter::{
    form::Descriptor, kinds::Parameter, value::Value, value_error::ValueError,
};

/// A struct of keys, nested sections and lists of sections.
///
/// Declared with [`section!`](crate::section); never implemented by hand.
pub trait Section: 'static {
    /// The lines of the doc comment of the section.
    fn about() -> &'static [&'static str]
    where
        Self: Sized;

    /// What can stand in the section, in the order of declaration.
    fn describe() -> &'static [Descriptor]
    where
        Self: Sized;

    /// The section with every default; keys without one are blank.
    fn fresh() -> Self
    where
        Self: Sized;

    /// As [`Section::describe`], for a section whose type is not known.
    fn descriptors(&self) -> &'static [Descriptor];

    /// The value of a key; none for an optional key that is not set, for a nested
    /// section, and for a name that does not exist.
    fn get(&self, key: &str) -> Option<Value>;

    /// Gives a key a value, or says why not and leaves it as it was.
    fn set(&mut self, key: &str, value: &Value) -> Result<(), ValueError>;

    /// The sections under a name: one where it is nested, none or one where it is
    /// optional, any number where it is a list.
    fn sections(&self, name: &str) -> Vec<&dyn Section>;

    /// One of the sections under a name.
    fn section_mut(&mut self, name: &str, index: usize) -> Option<&mut dyn Section>;

    /// Adds a fresh section to a list, or brings an optional one into being (as it
    /// is, if it exists); none where neither is possible.
    fn add_section(&mut self, name: &str) -> Option<&mut dyn Section>;

    /// Empties a list of sections, or takes an optional one away.
    fn clear_sections(&mut self, name: &str);
}

/// Whether a section has a key and the key may have the value. Used by
/// [`section!`](crate::section).
pub fn examine(keys: &[Descriptor], name: &str, value: &Value) -> Result<(), ValueError> {
    match keys.iter().find(|key| key.name == name) {
        Some(key) => key.check(value),
        None => {
            let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
            let allowed = format!("keys here are {}", names.join(", "));
            Err(ValueError {
                found: name.to_owned(),
                allowed,
            })
        }
    }
}

/// A default in its type. Used by [`section!`](crate::section).
///
/// # Panics
///
/// If a declaration gives a default that its own type refuses, which no scenario
/// can cause and [`faults`] finds.
pub fn given<P: Parameter>(name: &str, value: Value) -> P {
    match P::read(&value) {
        Ok(value) => value,
        Err(refusal) => panic!("the default of the key `{name}` is {refusal}"),
    }
}

/// A default as it prints: in canonical text. Used by [`section!`](crate::section).
pub fn shown<P: Parameter>(value: Value) -> Option<Value> {
    given::<P>("", value).show()
}
