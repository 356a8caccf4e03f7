//! `fork`: one past, several futures.

pub(crate) mod answer;
pub(crate) mod page;
pub(crate) mod question;
pub(crate) mod shared_prefix;
