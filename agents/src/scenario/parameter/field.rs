//! The four roles a field of a section can have.
//!
//! A role says how a field of some type answers the questions of
//! [`Section`]; the macro [`section!`](crate::section) writes the same line for
//! every field and leaves the rest to the role.

use crate::scenario::parameter::{
    form::Form, kinds::Parameter, section::Section, value::Value, value_error::ValueError,
};

/// How a field of type `T` takes part in a section.
pub trait Field<T> {
    /// The form of the field.
    const FORM: Form;

    /// Its value, if it is a key and set.
    fn get(_field: &T) -> Option<Value> {
        None
    }

    /// Sets it, if it is a key.
    fn set(_field: &mut T, value: &Value) -> Result<(), ValueError> {
        Err(ValueError::new(value, Self::FORM.expected()))
    }

    /// The sections it holds.
    fn sections(_field: &T) -> Vec<&dyn Section> {
        Vec::new()
    }

    /// One of the sections it holds.
    fn section_mut(_field: &mut T, _index: usize) -> Option<&mut dyn Section> {
        None
    }

    /// Makes one more section, where that is possible.
    fn add(_field: &mut T) -> Option<&mut dyn Section> {
        None
    }

    /// Drops the sections, where that is possible.
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
