//! The outbox of a shard: the messages that its actors send during a tick.
//!
//! Messages are grouped by destination shard and keep the order in which they were sent.
//! A full batch goes to the exchange at once; the rest follows at the end of the tick.
//! Units: ticks, envelopes.

use crate::{
    actor_id::ActorId,
    mail::{
        envelope::{Envelope, FarEnvelope},
        exchange::Exchange,
        partition::Partition,
    },
    time::{Span, Tick},
};

/// The longest delay whose due tick is known from its low 16 bits.
const NEAR: Span = u16::MAX as Span;

/// The messages that one shard sends during a tick, grouped by destination shard.
#[derive(Debug)]
pub(crate) struct Outbox<M> {
    near: Vec<Vec<Envelope<M>>>,
    far: Vec<Vec<FarEnvelope<M>>>,
    source: usize,
    /// Envelopes sent in this tick; complete after [`flush`](Self::flush).
    pub(crate) sent: u64,
    /// The earliest tick at which one of them is due.
    pub(crate) earliest: Tick,
}

impl<M: Copy> Outbox<M> {
    pub(crate) fn new(source: usize, shards: usize) -> Self {
        Self {
            near: (0..shards).map(|_| Vec::new()).collect(),
            far: (0..shards).map(|_| Vec::new()).collect(),
            source,
            sent: 0,
            earliest: Tick::MAX,
        }
    }

    /// Adds a message to its batch, and sends the batch if it is full.
    #[inline]
    pub(crate) fn send(
        &mut self,
        partition: &Partition,
        exchange: &Exchange<M>,
        to: ActorId,
        now: Tick,
        delay: Span,
        message: M,
    ) {
        let shard = partition.shard_of(to);
        let due = now + delay;
        let envelope = Envelope {
            to,
            due_low: due as u16,
            message,
        };
        self.earliest = self.earliest.min(due);
        // All messages of this tick with the same due tick have the same delay, so they
        // all go into the same kind of batch and keep their order.
        if delay <= NEAR {
            let batch = &mut self.near[shard];
            if batch.len() == batch.capacity() {
                let full = std::mem::replace(batch, exchange.empty_batch());
                self.sent += full.len() as u64;
                exchange.send_near(self.source, shard, full);
            }
            self.near[shard].push(envelope);
        } else {
            self.far[shard].push(FarEnvelope { due, envelope });
        }
    }

    /// Sends the remaining envelopes at the end of a tick.
    pub(crate) fn flush(&mut self, exchange: &Exchange<M>) {
        for shard in 0..self.near.len() {
            self.sent += (self.near[shard].len() + self.far[shard].len()) as u64;
            if !self.near[shard].is_empty() {
                let rest = std::mem::replace(&mut self.near[shard], exchange.empty_batch());
                exchange.send_near(self.source, shard, rest);
            }
            if !self.far[shard].is_empty() {
                exchange.send_far(self.source, shard, std::mem::take(&mut self.far[shard]));
            }
        }
    }
}
