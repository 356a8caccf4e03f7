//! Scenarios: reading TOML and overrides, checking, scaling, printing, and the schema.

pub(crate) mod diagnostics;
pub mod error;
pub mod load;
pub(crate) mod origin;
pub(crate) mod overrides;
pub(crate) mod positions;
pub(crate) mod prepare;
pub mod print;
pub(crate) mod reader;
pub(crate) mod scale_warnings;
pub mod schema;
pub(crate) mod spelling;
