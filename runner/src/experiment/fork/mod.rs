//! `fork`: a common past and several alternatives.

pub(crate) mod answer;
mod earlier;
pub(crate) mod overrides_at_scale;
pub(crate) mod page;
mod plan;
pub(crate) mod question;
pub(crate) mod shared_prefix;
