//! Parameters: one declaration for the reader, the schema, the documentation and the error texts.

pub(crate) mod declare;
pub mod descriptor;
pub(crate) mod field;
pub(crate) mod form;
pub(crate) mod kinds;
pub(crate) mod value;

pub use self::{
    descriptor::*,
    field::{Field, Key, Maybe, Nested, Tables},
    form::{Choice, Form, ValueError},
    kinds::Parameter,
    value::Value,
};
