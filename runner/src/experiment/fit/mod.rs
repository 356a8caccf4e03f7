//! `patchday fit`: which values of keys agree with what was observed, and how sure that is.

pub(crate) mod incident;
pub(crate) mod keys;
pub(crate) mod look;
pub(crate) mod points;
