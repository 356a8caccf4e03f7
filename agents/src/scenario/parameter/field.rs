//! The four roles of a field of a section.
//!
//! A role implements the operations of [`Section`] for one field. The macro
//! [`section!`](crate::section) generates the same calls for each field.

use crate::scenario::parameter::{
    form::Form, kinds::Parameter, section::Section, value::Value, value_error::ValueError,
};

/// The operations on a field of type `T`.
pub trait Field<T> {
    /// The form of the field.
    const FORM: Form;

    /// Returns its value, if it is a key and set.
    fn get(_field: &T) -> Option<Value> {
        None
    }

    /// Sets it, if it is a key.
    ///
    /// # Errors
    /// Returns an error if the value does not have the form of the field, or it is not a key.
    fn set(_field: &mut T, value: &Value) -> Result<(), ValueError> {
        Err(ValueError::new(value, Self::FORM.expected()))
    }

    /// Returns its sections.
    fn sections(_field: &T) -> Vec<&dyn Section> {
        Vec::new()
    }

    /// Returns one of its sections.
    fn section_mut(_field: &mut T, _index: usize) -> Option<&mut dyn Section> {
        None
    }

    /// Adds a section, if it is a list or an optional section.
    fn add(_field: &mut T) -> Option<&mut dyn Section> {
        None
    }

    /// Removes the sections, if it is a list or an optional section.
    fn clear(_field: &mut T) {}
}

/// The field is a key.
pub enum Key {}

/// The field is a section.
pub enum Nested {}

/// The field is a list of sections.
pub enum Tables {}

/// The field is a section that can be absent.
pub enum Maybe {}

impl<P: Parameter> Field<P> for Key {
    const FORM: Form = P::FORM;

    fn get(field: &P) -> Option<Value> {
        field.show()
    }

    fn set(field: &mut P, value: &Value) -> Result<(), ValueError> {
        *field = P::read(value)?;
        Ok(())
    }
}

impl<S: Section> Field<S> for Nested {
    const FORM: Form = Form::Section {
        keys: S::describe,
        about: S::about,
        optional: false,
    };

    fn sections(field: &S) -> Vec<&dyn Section> {
        vec![field]
    }

    fn section_mut(field: &mut S, index: usize) -> Option<&mut dyn Section> {
        (index == 0).then_some(field as &mut dyn Section)
    }
}

impl<S: Section> Field<Vec<S>> for Tables {
    const FORM: Form = Form::Tables {
        keys: S::describe,
        about: S::about,
    };

    fn sections(field: &Vec<S>) -> Vec<&dyn Section> {
        field
            .iter()
            .map(|section| section as &dyn Section)
            .collect()
    }

    fn section_mut(field: &mut Vec<S>, index: usize) -> Option<&mut dyn Section> {
        field
            .get_mut(index)
            .map(|section| section as &mut dyn Section)
    }

    fn add(field: &mut Vec<S>) -> Option<&mut dyn Section> {
        field.push(S::fresh());
        field.last_mut().map(|section| section as &mut dyn Section)
    }

    fn clear(field: &mut Vec<S>) {
        field.clear();
    }
}

impl<S: Section> Field<Option<S>> for Maybe {
    const FORM: Form = Form::Section {
        keys: S::describe,
        about: S::about,
        optional: true,
    };

    fn sections(field: &Option<S>) -> Vec<&dyn Section> {
        field
            .iter()
            .map(|section| section as &dyn Section)
            .collect()
    }

    fn section_mut(field: &mut Option<S>, index: usize) -> Option<&mut dyn Section> {
        let section = field.as_mut().filter(|_| index == 0)?;
        Some(section)
    }

    fn add(field: &mut Option<S>) -> Option<&mut dyn Section> {
        Some(field.get_or_insert_with(S::fresh))
    }

    fn clear(field: &mut Option<S>) {
        *field = None;
    }
}
