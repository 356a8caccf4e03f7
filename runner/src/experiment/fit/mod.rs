//! `patchday fit`: which values of keys agree with what was observed, and how sure that is.

pub(crate) mod answer;
pub(crate) mod bands;
pub(crate) mod conclusion;
pub(crate) mod dry_run;
pub(crate) mod files;
pub(crate) mod keys;
pub(crate) mod learned;
pub(crate) mod observations;
pub(crate) mod page;
pub(crate) mod plan;
pub(crate) mod question;
pub(crate) mod runs;
pub(crate) mod text;
