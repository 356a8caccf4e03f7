//! Sections: structs whose keys can be read, set and listed by name.
//!
//! Invariant: a key is set only after its form and range were checked.

use crate::scenario::parameter::{
    form::Descriptor, kinds::Parameter, value::Value, value_error::ValueError,
};

/// A struct of keys, nested sections and lists of sections.
///
/// The macro [`section!`](crate::section) implements it.
pub trait Section: 'static {
    /// Returns the lines of the doc comment of the section.
    fn about() -> &'static [&'static str]
    where
        Self: Sized;

    /// Returns the descriptors of its keys and sections, in the order of declaration.
    fn describe() -> &'static [Descriptor]
    where
        Self: Sized;

    /// Creates the section with all defaults; a key without a default is blank.
    fn fresh() -> Self
    where
        Self: Sized;

    /// Returns the same as [`Section::describe`], for a section whose type is not known.
    fn descriptors(&self) -> &'static [Descriptor];

    /// Returns the value of a key; `None` if an optional key is not set, if `key` is a section,
    /// or if it does not exist.
    fn get(&self, key: &str) -> Option<Value>;

    /// Sets a key.
    ///
    /// # Errors
    /// Returns an error, and changes nothing, if the key does not exist or cannot have the value.
    fn set(&mut self, key: &str, value: &Value) -> Result<(), ValueError>;

    /// Returns the sections with this name: one if it is nested, none or one if it is optional,
    /// any number if it is a list.
    fn sections(&self, name: &str) -> Vec<&dyn Section>;

    /// Returns one of the sections with this name.
    fn section_mut(&mut self, name: &str, index: usize) -> Option<&mut dyn Section>;

    /// Adds a section with all defaults to a list, or creates an optional section if it does not
    /// exist yet. Returns `None` if `name` is neither.
    fn add_section(&mut self, name: &str) -> Option<&mut dyn Section>;

    /// Empties a list of sections, or removes an optional section.
    fn clear_sections(&mut self, name: &str);

    /// Gives a key, a nested section or a list its default; an optional one is not set afterwards.
    fn reset(&mut self, name: &str);
}

/// Checks that a section has a key and that the key can have the value. Used by
/// [`section!`](crate::section).
///
/// # Errors
/// Returns an error that lists the keys, or the allowed values.
pub fn check_value(keys: &[Descriptor], name: &str, value: &Value) -> Result<(), ValueError> {
    match keys.iter().find(|key| key.name == name) {
        Some(key) => key.check(value),
        None => {
            let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
            let allowed = format!("one of the keys {}", names.join(", "));
            Err(ValueError {
                found: name.to_owned(),
                allowed,
            })
        }
    }
}

/// Converts a default to the type of its key. Used by [`section!`](crate::section).
///
/// # Panics
/// Panics if the default in a declaration does not have the type of the key. No scenario can
/// cause this; the tests of the declarations find it.
pub fn given<P: Parameter>(name: &str, value: Value) -> P {
    match P::read(&value) {
        Ok(value) => value,
        Err(error) => panic!("the default of the key `{name}` is {error}"),
    }
}

/// Returns a default in its canonical notation. Used by [`section!`](crate::section).
pub fn shown<P: Parameter>(value: Value) -> Option<Value> {
    given::<P>("", value).show()
}
