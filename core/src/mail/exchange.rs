//! The exchange: lock-free channels that carry batches between shards.
//!
//! One channel for each (sender, receiver) pair of shards, so that a receiver
//! can take batches in ascending order of the sending shard. Two lanes take
//! turns: what is sent in a tick waits in one while the other, filled in the
//! tick before, is drained; so posting and delivering need no barrier between
//! them. Emptied batches go back to a common stock.

use std::sync::atomic::Ordering;

use crate::mail::{
    envelope::{BATCH, Envelope, FarEnvelope},
    sync::{Flag, Queue},
};

#[cfg(all(test, loom))]
mod model;

/// Mail of one shard to another, in order of sending.
pub(crate) enum Batch<'a, M> {
    Near(&'a [Envelope<M>]),
    Far(&'a [FarEnvelope<M>]),
}

#[derive(Debug)]
struct Channel<M> {
    near: Queue<Vec<Envelope<M>>>,
    far: Queue<Vec<FarEnvelope<M>>>,
}

#[derive(Debug)]
struct Lane<M> {
    shards: usize,
    /// Channel of sender `s` to receiver `r` at `r * shards + s`.
    channels: Vec<Channel<M>>,
    /// Whether anything was sent to a receiver; spares an idle tick the look.
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

    fn open(&self, source: usize, target: usize) -> &Channel<M> {
        // Relaxed is enough: the barrier between ticks orders it.
        self.filled[target].store(true, Ordering::Relaxed);
        &self.channels[target * self.shards + source]
    }
}

/// All channels of an engine.
#[derive(Debug)]
pub(crate) struct Exchange<M> {
    lanes: [Lane<M>; 2],
    /// The lane that takes what is sent now.
    open: usize,
    stock: Queue<Vec<Envelope<M>>>,
}

impl<M> Exchange<M> {
    pub(crate) fn new(shards: usize) -> Self {
        Self {
            lanes: [Lane::new(shards), Lane::new(shards)],
            open: 0,
            stock: Queue::new(),
        }
    }

    /// Swap the lanes: what was sent becomes what is delivered.
    pub(crate) fn turn(&mut self) {
        self.open ^= 1;
    }

    /// An empty batch.
    pub(crate) fn blank(&self) -> Vec<Envelope<M>> {
        self.stock
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(BATCH))
    }

    pub(crate) fn send_near(&self, source: usize, target: usize, batch: Vec<Envelope<M>>) {
        if batch.is_empty() {
            return;
        }
        self.lanes[self.open].open(source, target).near.push(batch);
    }

    pub(crate) fn send_far(&self, source: usize, target: usize, batch: Vec<FarEnvelope<M>>) {
        self.lanes[self.open].open(source, target).far.push(batch);
    }

    /// Hand every batch sent to `target` in the tick before to `taker`, in
    /// ascending order of the sending shard.
    pub(crate) fn deliver(&self, target: usize, mut taker: impl FnMut(Batch<'_, M>)) {
        let lane = &self.lanes[self.open ^ 1];
        if !lane.filled[target].swap(false, Ordering::Relaxed) {
            return;
        }
        for channel in &lane.channels[target * lane.shards..(target + 1) * lane.shards] {
            while let Some(mut batch) = channel.near.pop() {
                taker(Batch::Near(&batch));
                batch.clear();
                self.stock.push(batch);
            }
            while let Some(batch) = channel.far.pop() {
                taker(Batch::Far(&batch));
            }
        }
    }
}
