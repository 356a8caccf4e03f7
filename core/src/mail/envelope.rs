//! Mail: envelopes, outboxes and the packet most models need.
//!
//! An envelope of a message of up to six bytes takes 12 bytes, wherever it
//! waits and however far ahead it is due: the low 16 bits of the due tick
//! travel in the envelope, the rest is known from where it lies (the batch, the
//! slot of the calendar). Units: ticks.

use crate::{
    mail::{exchange::Exchange, partition::Partition},
    model::ActorId,
    time::{Span, Tick},
};

/// A message in an addressed cover.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Envelope<M> {
    pub(crate) to: ActorId,
    /// The low 16 bits of the due tick.
    pub(crate) due_low: u16,
    pub(crate) message: M,
}

/// An envelope whose delay does not fit 16 bits, on its way to the calendar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FarEnvelope<M> {
    pub(crate) due: Tick,
    pub(crate) envelope: Envelope<M>,
}

/// The longest delay that travels with its low 16 bits alone.
const NEAR: Span = u16::MAX as Span;

/// A six-byte message: a word and a tag. The largest that keeps an envelope at
/// 12 bytes; models that need no more can use it as it is, or lay their own
/// type out in the same way (`repr(C, packed(2))`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C, packed(2))]
pub struct Packet {
    /// Usually an actor's id: the sender, or whom the message is about.
    pub word: u32,
    /// Usually what kind of message it is, and a small argument.
    pub tag: u16,
}

/// Envelopes that cross to one shard together.
pub(crate) const BATCH: usize = 2048;

/// What one shard sends during a tick, sorted by destination shard.
#[derive(Debug)]
pub(crate) struct Outbox<M> {
    near: Vec<Vec<Envelope<M>>>,
    far: Vec<Vec<FarEnvelope<M>>>,
    source: usize,
    /// Mail posted in this tick.
    pub(crate) posted: u64,
    /// The earliest tick at which any of it is due.
    pub(crate) earliest: Tick,
}

impl<M: Copy> Outbox<M> {
    pub(crate) fn new(source: usize, shards: usize) -> Self {
        Self {
            near: (0..shards).map(|_| Vec::new()).collect(),
            far: (0..shards).map(|_| Vec::new()).collect(),
            source,
            posted: 0,
            earliest: Tick::MAX,
        }
    }

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
        self.posted += 1;
        self.earliest = self.earliest.min(due);
        // Mail of one tick that is due at one tick has one delay, so it takes
        // one of the two ways as a whole and keeps its order.
        if delay <= NEAR {
            let batch = &mut self.near[shard];
            if batch.len() == batch.capacity() {
                let full = std::mem::replace(batch, exchange.blank());
                exchange.send_near(self.source, shard, full);
            }
            self.near[shard].push(envelope);
        } else {
            self.far[shard].push(FarEnvelope { due, envelope });
        }
    }

    /// Hand over what is left at the end of a tick.
    pub(crate) fn flush(&mut self, exchange: &Exchange<M>) {
        for shard in 0..self.near.len() {
            if !self.near[shard].is_empty() {
                let rest = std::mem::replace(&mut self.near[shard], exchange.blank());
                exchange.send_near(self.source, shard, rest);
            }
            if !self.far[shard].is_empty() {
                exchange.send_far(self.source, shard, std::mem::take(&mut self.far[shard]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_of_a_packet_takes_twelve_bytes() {
        assert_eq!(size_of::<Packet>(), 6);
        assert_eq!(size_of::<Envelope<Packet>>(), 12);
    }
}
