//! Messages in flight: envelopes, outboxes, channels between shards, and the partition of actors into shards.

pub(crate) mod envelope;
pub(crate) mod exchange;
pub(crate) mod layout;
pub(crate) mod outbox;
pub(crate) mod partition;
pub(crate) mod sync;
pub(crate) mod weights;
