//! `fork`: one past, several futures.

pub(crate) mod page;
pub mod question;
pub(crate) mod shared_prefix;
