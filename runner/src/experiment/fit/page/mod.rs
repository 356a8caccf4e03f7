//! The page of a fit.

pub(crate) mod bands;
pub(crate) mod checks;
pub(crate) mod fit_page;
pub(crate) mod keys;
