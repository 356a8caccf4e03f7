//! The exchange: lock-free channels that carry batches of envelopes between shards.
//!
//! Each (sender, receiver) pair of shards has a channel of its own, so a receiver takes the
//! batches in ascending order of the sending shard. There are two lanes of channels: the
//! batches of the current tick go into one lane while the receivers empty the other one,
//! which was filled in the tick before. Sending and delivering therefore need no barrier
//! between them. Emptied batches are reused. Units: envelopes.

use std::sync::atomic::Ordering;

use crate::mail::{
    envelope::{Envelope, FarEnvelope},
    sync::{Flag, Queue},
};

#[cfg(all(test, loom))]
mod model;

/// Envelopes in a batch.
const BATCH: usize = 2048;

/// A batch of envelopes from one shard to another, in the order in which they were sent.
pub(crate) enum Batch<'a, M> {
    Near(&'a [Envelope<M>]),
    Far(&'a [FarEnvelope<M>]),
}

#[derive(Debug)]
struct Channel<M> {
    near: Queue<Vec<Envelope<M>>>,
    far: Queue<Vec<FarEnvelope<M>>>,
}

/// The channels between all pairs of shards.
#[derive(Debug)]
struct Lane<M> {
    shards: usize,
    /// The channel from sender `s` to receiver `r` has index `r * shards + s`.
    channels: Vec<Channel<M>>,
    /// Whether a batch was sent to a receiver; avoids a scan of its channels if not.
    filled: Vec<Flag>,
}

impl<M> Lane<M> {
    fn new(shards: usize) -> Self {
        Self {
            shards,
            channels: (0..shards * shards)
                .map(|_| Channel {
                    near: Queue::new(),
                    far: Queue::new(),
                })
                .collect(),
            filled: (0..shards).map(|_| Flag::new(false)).collect(),
        }
    }

    fn channel_to_fill(&self, source: usize, target: usize) -> &Channel<M> {
        // Relaxed is enough: the barrier between ticks orders this store before the load.
        self.filled[target].store(true, Ordering::Relaxed);
        &self.channels[target * self.shards + source]
    }
}

/// All channels of an engine.
#[derive(Debug)]
pub(crate) struct Exchange<M> {
    lanes: [Lane<M>; 2],
    /// The index of the lane into which shards send now.
    open: usize,
    /// Emptied batches, to be reused.
    spare: Queue<Vec<Envelope<M>>>,
}

impl<M> Exchange<M> {
    pub(crate) fn new(shards: usize) -> Self {
        Self {
            lanes: [Lane::new(shards), Lane::new(shards)],
            open: 0,
            spare: Queue::new(),
        }
    }

    /// Swaps the lanes: the batches sent before this call can now be delivered.
    pub(crate) fn swap_lanes(&mut self) {
        self.open ^= 1;
    }

    /// Returns an empty batch, a reused one if possible.
    pub(crate) fn empty_batch(&self) -> Vec<Envelope<M>> {
        self.spare
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(BATCH))
    }

    /// Sends a batch of envelopes with 16-bit due ticks from shard `source` to shard `target`.
    pub(crate) fn send_near(&self, source: usize, target: usize, batch: Vec<Envelope<M>>) {
        if batch.is_empty() {
            return;
        }
        self.lanes[self.open]
            .channel_to_fill(source, target)
            .near
            .push(batch);
    }

    /// Sends a batch of envelopes with longer delays from shard `source` to shard `target`.
    pub(crate) fn send_far(&self, source: usize, target: usize, batch: Vec<FarEnvelope<M>>) {
        self.lanes[self.open]
            .channel_to_fill(source, target)
            .far
            .push(batch);
    }

    /// Returns whether a batch was sent to `target` in the tick before and is not delivered.
    pub(crate) fn is_mail_for(&self, target: usize) -> bool {
        self.lanes[self.open ^ 1].filled[target].load(Ordering::Relaxed)
    }

    /// Passes every batch that was sent to `target` in the tick before to `taker`, in
    /// ascending order of the sending shard.
    pub(crate) fn deliver(&self, target: usize, taker: impl FnMut(Batch<'_, M>)) {
        self.empty(self.open ^ 1, target, taker);
    }

    /// Passes every batch that was sent to `target` in the current tick to `taker`, in ascending
    /// order of the sending shard. Only called while no shard works.
    pub(crate) fn take_sent(&self, target: usize, taker: impl FnMut(Batch<'_, M>)) {
        self.empty(self.open, target, taker);
    }

    fn empty(&self, lane: usize, target: usize, mut taker: impl FnMut(Batch<'_, M>)) {
        let lane = &self.lanes[lane];
        if !lane.filled[target].swap(false, Ordering::Relaxed) {
            return;
        }
        for channel in &lane.channels[target * lane.shards..(target + 1) * lane.shards] {
            while let Some(mut batch) = channel.near.pop() {
                taker(Batch::Near(&batch));
                batch.clear();
                self.spare.push(batch);
            }
            while let Some(batch) = channel.far.pop() {
                taker(Batch::Far(&batch));
            }
        }
    }
}
