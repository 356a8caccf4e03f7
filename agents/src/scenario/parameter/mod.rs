//! Parameters: one declaration for the reader, the schema, the documentation and the error texts.

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
    check::{Check, Remark, Severity},
    declaration_faults::faults,
    descriptor::one_line,
    form::{Choice, Descriptor, Form, WhenAbsent},
    kinds::Parameter,
    section::Section,
    value::Value,
    value_error::ValueError,
};
