//! The memory that an engine has needed, counted by what it allocates.
//!
//! The timing wheels never return a chunk, and the buffers of a tick keep the size of the largest
//! tick, so the peaks since the start determine the memory. Units: envelopes, or bytes as stated.

use crate::{
    engine::{mail_peaks::MailPeaks, shard::Shard, tick_loop::Engine},
    mail::envelope::Envelope,
    model::Model,
};

/// The memory that an engine has needed so far, without what block states and world refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUse {
    /// The peaks of the envelopes.
    pub peaks: MailPeaks,
    /// Bytes of one envelope.
    pub envelope: u64,
    /// Bytes of all envelopes of the timing wheels: their chunks and the parts outside of chunks.
    pub chunks: u64,
    /// Bytes of the states of all actors and blocks.
    pub states: u64,
}

impl<M: Model> Engine<M> {
    /// Returns the memory that this engine has needed since it was created.
    pub fn memory(&self) -> MemoryUse {
        let sum = |bytes: fn(&Shard<M>) -> usize| {
            let all = self.shards.iter().map(bytes);
            all.sum::<usize>() as u64
        };
        MemoryUse {
            peaks: self.progress.peaks,
            envelope: size_of::<Envelope<M::Message>>() as u64,
            chunks: sum(|shard| shard.wheel.bytes()),
            states: sum(|shard| {
                let blocks = shard.block_states.len() * size_of::<M::BlockState>();
                shard.states.len() * size_of::<M::State>() + blocks
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Engine, Settings, phold::Phold};

    #[test]
    fn peaks_and_chunks_cover_the_envelopes_in_flight() {
        let model = Phold::new(10_000, 20.0);
        let settings = Settings::new(10_000, 7, 1);
        let mut engine = Engine::new(model, (), settings).unwrap();
        let mut most = 0;
        for tick in 1..200 {
            engine.run_until(tick).unwrap();
            most = most.max(engine.in_flight());
        }
        let memory = engine.memory();
        assert_eq!(memory.peaks.in_flight, most);
        assert!(memory.peaks.due > 0 && memory.peaks.sent > 0, "{memory:?}");
        let least = (most - memory.peaks.sent) * memory.envelope;
        let slots = 640 * 256 * memory.envelope;
        assert!(
            (least..=least + slots + memory.peaks.sent * memory.envelope).contains(&memory.chunks),
            "{memory:?}"
        );
        assert!(memory.states >= 10_000 * size_of::<u64>() as u64 / 8);
    }
}
