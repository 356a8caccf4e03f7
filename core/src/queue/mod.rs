//! The future event list of a shard: a timing wheel, its memory, and prefetching.

pub(crate) mod chunk_pool;
mod level;
pub(crate) mod prefetch;
pub(crate) mod timing_wheel;
