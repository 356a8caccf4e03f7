//! `fork`: a common past and several alternatives.

pub(crate) mod answer;
<<<<<<< HEAD
pub(crate) mod overrides_at_scale;
=======
mod earlier;
>>>>>>> model
pub(crate) mod page;
pub(crate) mod question;
pub(crate) mod shared_prefix;
