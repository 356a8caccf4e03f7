//! The digest of the whole state of an engine.
//!
//! Invariant: it does not depend on threads and shards, because blocks are digested in order, and
//! envelopes in flight in any.

use std::hash::{Hash, Hasher};

use rayon::prelude::*;

use crate::{
    engine::{digest::Digester, tick_loop::Engine},
    model::Model,
};

impl<M: Model> Engine<M> {
    /// Returns the digest of the whole state: actors, block states, envelopes in flight, world,
    /// tick, and number of handled envelopes. It is the same for any number of threads and
    /// shards.
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
        let mut digester = Digester::new();
        for block in blocks.iter().flatten() {
            block.hash(&mut digester);
        }
        mail.iter()
            .fold(0u64, |sum, part| sum.wrapping_add(*part))
            .hash(&mut digester);
        self.world().hash(&mut digester);
        self.now().hash(&mut digester);
        self.handled().hash(&mut digester);
        digester.finish()
    }
}
