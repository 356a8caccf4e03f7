//! `compare`: variants on common random numbers.

pub(crate) mod page;
pub(crate) mod pairs;
pub mod question;
