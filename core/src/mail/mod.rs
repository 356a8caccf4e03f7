//! Messages on their way: envelopes, channels between shards, and which shard owns which actor.

pub(crate) mod envelope;
pub(crate) mod exchange;
pub(crate) mod partition;
pub(crate) mod sync;
