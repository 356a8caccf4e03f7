//! Who sends requests to services: clients and sources.

pub(crate) mod budget;
pub(crate) mod check;
pub(crate) mod operations;
pub(crate) mod params;
pub(crate) mod sign_in;
pub(crate) mod source;
