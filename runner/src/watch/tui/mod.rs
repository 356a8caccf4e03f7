//! The terminal screen of a run.

pub(crate) mod backend;
pub(crate) mod braille;
pub(crate) mod draw;
pub(crate) mod plot;
pub(crate) mod readings;
pub(crate) mod rows;
pub(crate) mod screen;
pub(crate) mod terminal;
pub(crate) mod text;
