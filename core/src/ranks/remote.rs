//! The other ranks, as the loop over the ticks sees them: at the end of a tick, counts, statistics
//! and envelopes travel in one message to each of them.
//!
//! ```text
//! tick, handled, sent, next busy tick, bytes of the tally | tally | number of near envelopes | near | far
//! ```
//!
//! The envelopes of a rank are one batch for each kind of delay, in ascending order of its shards and,
//! for each, in the order of sending: as those of a single shard would be. Invariants: tallies are
//! merged in order of ranks; the envelopes lie in the channels of the exchange as if the other rank
//! were a shard of this process. Units: ticks, envelopes, bytes.

use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    mail::{
        envelope::{Envelope, FarEnvelope},
        exchange::{Batch, Exchange},
        partition::Partition,
    },
    model::{Model, Tally},
    ranks::{
        fault::Fault,
        rounds::{Round, Rounds},
        wire::{Reader, WireMessage, put_far, put_near},
    },
    time::Tick,
};

/// What one rank, or all together, did in a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TickSums {
    pub(crate) tick: Tick,
    pub(crate) handled: u64,
    pub(crate) sent: u64,
    /// The earliest tick at which something may be due; of the others, once all ranks are summed up.
    pub(crate) next: Tick,
    /// Whether the tallies are merged.
    pub(crate) has_tally: bool,
}

/// What the other ranks sent in a tick.
pub(crate) struct FromRanks {
    /// Handled and sent by all ranks; the next busy tick of the others.
    pub(crate) sums: TickSums,
    /// Envelopes for this rank.
    pub(crate) arrived: u64,
}

/// The other ranks.
pub(crate) trait Remote<M: Model>: Send {
    fn rounds(&mut self) -> &mut Rounds;

    /// Ends a tick in which this rank did `own`: sends its envelopes in the exchange, puts those of the
    /// others there, and turns `tally` into that of all ranks.
    ///
    /// # Errors
    /// Returns an error if a rank has failed.
    fn swap_tick(
        &mut self,
        own: TickSums,
        tally: &mut M::Tally,
        exchange: &Exchange<M::Message>,
        partition: &Partition,
    ) -> Result<FromRanks, Fault>;
}

/// The other ranks of a run of a model whose messages and tallies can be sent.
pub(crate) struct Peers<M: Model> {
    rounds: Rounds,
    /// The part of a message that is the same for all ranks.
    head: Vec<u8>,
    /// The encoded envelopes with longer delays to one rank.
    far: Vec<u8>,
    /// For each shard of this rank, a batch of envelopes that is not full.
    near_batches: Vec<Vec<Envelope<M::Message>>>,
    far_batches: Vec<Vec<FarEnvelope<M::Message>>>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Peers<M>
where
    M::Message: WireMessage,
    M::Tally: Serialize + DeserializeOwned,
{
    /// `shards` is the number of shards of this rank.
    pub(crate) fn new(rounds: Rounds, shards: usize) -> Self {
        Self {
            rounds,
            head: Vec::new(),
            far: Vec::new(),
            near_batches: (0..shards).map(|_| Vec::new()).collect(),
            far_batches: (0..shards).map(|_| Vec::new()).collect(),
            model: PhantomData,
        }
    }

    fn write(
        &mut self,
        own: TickSums,
        tally: &M::Tally,
        exchange: &Exchange<M::Message>,
        partition: &Partition,
    ) -> Result<(), postcard::Error> {
        let mut head = std::mem::take(&mut self.head);
        head.clear();
        head.extend_from_slice(&own.tick.to_le_bytes());
        head.extend_from_slice(&own.handled.to_le_bytes());
        head.extend_from_slice(&own.sent.to_le_bytes());
        head.extend_from_slice(&own.next.to_le_bytes());
        head.push(own.has_tally.into());
        if own.has_tally {
            head = postcard::to_extend(tally, head)?;
        }
        self.rounds.begin(Round::Tick);
        for rank in 0..self.rounds.len() {
            if rank == self.rounds.rank {
                continue;
            }
            let message = &mut self.rounds.out[rank];
            message.extend_from_slice(&head);
            let at = message.len();
            message.extend_from_slice(&[0; 8]);
            self.far.clear();
            let mut near = 0u64;
            exchange.take_sent(partition.shard_of_rank(rank), |batch| match batch {
                Batch::Near(mail) => {
                    near += mail.len() as u64;
                    put_near(message, mail);
                }
                Batch::Far(mail) => put_far(&mut self.far, mail),
            });
            message[at..at + 8].copy_from_slice(&near.to_le_bytes());
            message.extend_from_slice(&self.far);
        }
        self.head = head;
        Ok(())
    }

    /// Reads the message of a rank: adds its tally and its sums, and puts its envelopes into the exchange.
    fn read(
        &mut self,
        (rank, message): (usize, &[u8]),
        all: &mut FromRanks,
        tally: &mut M::Tally,
        exchange: &Exchange<M::Message>,
        partition: &Partition,
    ) -> Option<()> {
        let mut reader = Reader(message);
        if reader.u32()? != all.sums.tick {
            return None;
        }
        all.sums.handled += reader.u64()?;
        all.sums.sent += reader.u64()?;
        all.sums.next = all.sums.next.min(reader.u32()?);
        if reader.array::<1>()? == [1] {
            let (mut other, rest) = postcard::take_from_bytes::<M::Tally>(reader.0).ok()?;
            tally.merge(&mut other);
            reader = Reader(rest);
        }
        let source = partition.shard_of_rank(rank);
        let own = partition.own();
        let place = |to| {
            let is_actor = to < partition.layout.actors;
            let shard = is_actor.then(|| partition.shard_of(to))?;
            own.contains(&shard).then(|| shard - own.start)
        };
        let near = reader.u64()?;
        all.arrived += near;
        let batches = &mut self.near_batches;
        reader.near(near, |envelope: Envelope<M::Message>| {
            let place = place(envelope.to)?;
            let batch = &mut batches[place];
            if batch.len() == batch.capacity() {
                let full = std::mem::replace(batch, exchange.empty_batch());
                exchange.send_near(source, own.start + place, full);
            }
            batches[place].push(envelope);
            Some(())
        })?;
        for (place, batch) in batches.iter_mut().enumerate() {
            if !batch.is_empty() {
                exchange.send_near(source, own.start + place, std::mem::take(batch));
            }
        }
        let batches = &mut self.far_batches;
        reader.far(|far: FarEnvelope<M::Message>| {
            all.arrived += 1;
            batches[place(far.envelope.to)?].push(far);
            Some(())
        })?;
        for (place, batch) in batches.iter_mut().enumerate() {
            if !batch.is_empty() {
                exchange.send_far(source, own.start + place, std::mem::take(batch));
            }
        }
        Some(())
    }
}

impl<M: Model> Remote<M> for Peers<M>
where
    M::Message: WireMessage,
    M::Tally: Serialize + DeserializeOwned,
{
    fn rounds(&mut self) -> &mut Rounds {
        &mut self.rounds
    }

    fn swap_tick(
        &mut self,
        own: TickSums,
        tally: &mut M::Tally,
        exchange: &Exchange<M::Message>,
        partition: &Partition,
    ) -> Result<FromRanks, Fault> {
        if let Err(error) = self.write(own, tally, exchange, partition) {
            panic!("the counts of tick {} cannot be sent: {error}", own.tick);
        }
        let received = self.rounds.swap()?;
        let mut own_tally = std::mem::take(tally);
        let mut all = FromRanks {
            sums: TickSums {
                next: Tick::MAX,
                ..own
            },
            arrived: 0,
        };
        for (rank, message) in received.iter().enumerate() {
            if rank == self.rounds.rank {
                tally.merge(&mut own_tally);
                continue;
            }
            let read = self.read((rank, message), &mut all, tally, exchange, partition);
            if read.is_none() {
                panic!(
                    "the message of rank {rank} cannot be read at tick {}",
                    own.tick
                );
            }
        }
        Ok(all)
    }
}
