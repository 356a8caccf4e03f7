//! Checkpoints: frames, blocks of actors, and the format of the file.

pub(crate) mod blocks;
pub(crate) mod format;
pub(crate) mod frames;
pub(crate) mod parts;
