//! Text on a terminal: tables, and lines broken at its width.

pub(crate) mod text_table;
pub(crate) mod wrapping;
