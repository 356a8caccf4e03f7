//! Seeds: small inputs as this program writes them, and words with a meaning in them. All of them
//! are derived from the code and from `configs/`.

pub(super) mod checkpoints;
pub(super) mod records;
pub(super) mod small;
pub(super) mod texts;
pub(super) mod words;
