//! `sensitivity`: which keys matter, by how much, and how much is chance.

pub(crate) mod answer;
mod charts;
pub(crate) mod emulated;
pub(crate) mod measure;
pub(crate) mod page;
pub(crate) mod plan;
pub(crate) mod question;
pub(crate) mod screening;
pub(crate) mod section_keys;
pub(crate) mod space;
pub(crate) mod tables;
pub(crate) mod text;
pub(crate) mod variance;
