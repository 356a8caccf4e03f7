//! The declaration of parameters.
//!
//! A section of a scenario is a struct declared with [`section!`](crate::section). The
//! declaration gives the struct, its defaults and a table of [`Descriptor`]s: name, doc, form,
//! unit, range, default and source of each key. The reader, the error texts, the schema, the
//! table of keys and the printed `config.toml` use the descriptors, so each property of a key
//! is written once. The module reads no files and knows no file format: it exchanges
//! [`Value`]s.
//!
//! Invariants: [`Section::set`] checks form and range of a value, so all values of a loaded
//! scenario are in range. A key without a default is blank at first; the reader must return an
//! error if a required key was never set.

pub mod check;
pub mod declaration_faults;
pub(crate) mod declare;
pub mod descriptor;
pub mod field;
pub mod form;
pub mod kinds;
pub mod section;
pub mod value;
pub mod value_error;

#[cfg(test)]
mod tests;

pub use self::{
    check::{Check, Given, Remark, Resolution, Severity},
    declaration_faults::faults,
    descriptor::one_line,
    form::{Choice, Descriptor, Form, WhenAbsent},
    kinds::Parameter,
    section::Section,
    value::Value,
    value_error::ValueError,
};
