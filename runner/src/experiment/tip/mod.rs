//! `tip`: the critical value of one key.

pub(crate) mod edge;
pub(crate) mod page;
pub mod question;
pub(crate) mod search;
