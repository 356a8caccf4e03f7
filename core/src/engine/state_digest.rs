//! The digest of the whole state of an engine.
//!
//! Invariant: it does not depend on threads, shards and ranks, because blocks are digested in order,
//! and envelopes in flight in any.

use std::hash::{Hash, Hasher};

use rayon::prelude::*;

use crate::{
    engine::{digest::Digester, tick_loop::Engine},
    model::Model,
};

impl<M: Model> Engine<M> {
    /// Returns the digest of the whole state: actors, block states, envelopes in flight, world,
    /// tick, and number of handled envelopes. It is the same for any number of threads, shards and
    /// ranks, and all ranks must ask for it.
    ///
    /// # Panics
    /// Panics if ranks have different worlds, or a rank has stopped.
    pub fn digest(&self) -> u64 {
        let layout = &self.partition.layout;
        let (blocks, mail): (Vec<_>, Vec<_>) = self.workers.install(|| {
            self.shards
                .par_iter()
                .map(|shard| (shard.digests(layout), shard.mail_digest()))
                .collect::<Vec<_>>()
                .into_iter()
                .unzip()
        });
        let blocks = blocks.into_iter().flatten().collect();
        let mail = mail.iter().fold(0u64, |sum, part| sum.wrapping_add(*part));
        let (blocks, mail) = self.of_all_ranks(blocks, mail);
        let mut digester = Digester::new();
        for block in &blocks {
            block.hash(&mut digester);
        }
        mail.hash(&mut digester);
        self.world().hash(&mut digester);
        self.now().hash(&mut digester);
        self.handled().hash(&mut digester);
        digester.finish()
    }

    /// Returns the digests of the blocks and of the envelopes of all ranks.
    fn of_all_ranks(&self, blocks: Vec<u64>, mail: u64) -> (Vec<u64>, u64) {
        if self.ranks() == 1 {
            return (blocks, mail);
        }
        let world = Digester::hash_one(self.world());
        let own: Vec<u8> = [world, mail]
            .iter()
            .chain(&blocks)
            .flat_map(|digest| digest.to_le_bytes())
            .collect();
        let (mut all, mut mail) = (Vec::new(), 0u64);
        for (rank, bytes) in self.gather(&own).iter().enumerate() {
            let mut digests = bytes.as_chunks().0.iter().copied().map(u64::from_le_bytes);
            let other = digests.next();
            assert_eq!(
                other,
                Some(world),
                "the world of rank {rank} is not that of rank {} at tick {} (seed {})",
                self.rank(),
                self.now(),
                self.settings().seed
            );
            mail = mail.wrapping_add(digests.next().unwrap_or(0));
            all.extend(digests);
        }
        (all, mail)
    }
}
