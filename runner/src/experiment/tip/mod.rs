//! `tip`: the critical value of one key.

pub(crate) mod answer;
pub(crate) mod page;
pub(crate) mod question;
pub(crate) mod remarks;
pub(crate) mod search;
