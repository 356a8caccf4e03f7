//! A simulation of several ranks that rank 0 leads: it decides what all do, and the others follow.
//!
//! The caller of rank 0 uses it like a simulation in one process, for a run, a row, a digest and the blocks
//! of all ranks. Every order is a message of rank 0 to all, and the answer of each
//! says whether it wants to stop. Invariant: from [`Simulation::lead`] to the end of the simulation of rank 0
//! the others are in [`Simulation::follow`].

use crate::simulation::{
    Simulation,
    orders::{Lead, RankOrder},
};

/// A rank that follows rank 0.
pub trait Follower {
    /// Returns why this rank wants to stop, if it does: an interrupt, or a lack of memory.
    fn stop_cause(&mut self) -> Option<String>;

    /// Passes the blocks of this rank to `taker`, as bytes, in parts that are not empty and in order of blocks.
    ///
    /// # Errors
    /// Returns an error with a text if the blocks cannot be encoded.
    fn pack(
        &mut self,
        simulation: &Simulation,
        taker: &mut dyn FnMut(Vec<u8>),
    ) -> Result<(), String>;
}

/// The beginning of a message with a part of the blocks: a part follows, there are no more, or there
/// is an error.
const PART: u8 = 1;
const LAST: u8 = 2;
const FAILED: u8 = 3;

impl Simulation {
    /// Lets rank 0 decide what all ranks do from now on. Does nothing if there is one rank.
    pub fn lead(&mut self) {
        if self.ranks() > 1 {
            self.lead = Some(Lead::default());
        }
    }

    /// Does what rank 0 asks for, until it ends.
    ///
    /// # Panics
    /// Panics if a rank has stopped, with its text.
    pub fn follow(&mut self, follower: &mut dyn Follower) {
        loop {
            let cause = follower.stop_cause().unwrap_or_default();
            let messages = self.engine.gather(cause.as_bytes());
            match messages
                .first()
                .and_then(|order| RankOrder::from_bytes(order))
            {
                // Rank 0 sees a limit that was reached, too, and decides what follows.
                Some(RankOrder::Run(end)) => _ = self.engine.run_until(end),
                Some(RankOrder::Sample) => _ = self.row(),
                Some(RankOrder::Digest) => _ = self.engine.digest(),
                Some(RankOrder::Blocks) => self.pass_blocks(follower),
                Some(RankOrder::End) => return,
                None => panic!("rank 0 does not lead"),
            }
        }
    }

    /// Returns why another rank wants to stop, if one does, as of the last call that all ranks took part in.
    pub fn stop_cause(&self) -> Option<&str> {
        self.lead.as_ref()?.cause.get().map(String::as_str)
    }

    /// Lets the other ranks do the same as this one.
    pub(super) fn order(&self, order: RankOrder) {
        let Some(lead) = &self.lead else { return };
        let causes = self.engine.gather(&order.to_bytes());
        for (rank, cause) in causes.iter().enumerate().skip(1) {
            if !cause.is_empty() {
                let text = String::from_utf8_lossy(cause);
                // Only the first cause is kept.
                let _ = lead.cause.set(format!("rank {rank}: {text}"));
            }
        }
    }

    /// Passes the blocks of all other ranks to `taker`, in order of blocks and as the ranks
    /// [pack](Follower::pack) them. There are none if this simulation leads no others.
    ///
    /// # Errors
    /// Returns an error if `taker` does, or `failed` makes one from the text of a rank that cannot pack its
    /// blocks.
    pub fn blocks_of_others<E>(
        &self,
        mut taker: impl FnMut(Vec<u8>) -> Result<(), E>,
        failed: impl Fn(String) -> E,
    ) -> Result<(), E> {
        if self.lead.is_none() {
            return Ok(());
        }
        self.order(RankOrder::Blocks);
        let nothing = vec![Vec::new(); self.ranks()];
        let mut outcome = Ok(());
        for rank in 1..self.ranks() {
            loop {
                let mut part = std::mem::take(&mut self.engine.swap(&nothing)[rank]);
                let kind = part.first().copied();
                part.drain(..part.len().min(1));
                match kind {
                    // After an error the others still pass all of theirs.
                    Some(PART) => outcome = outcome.and_then(|()| taker(part)),
                    Some(FAILED) => {
                        let text = String::from_utf8_lossy(&part);
                        outcome = outcome.and(Err(failed(format!("rank {rank}: {text}"))));
                    }
                    _ => break,
                }
            }
        }
        outcome
    }

    /// Passes the blocks of this rank to rank 0, when the ranks before have passed theirs.
    fn pass_blocks(&self, follower: &mut dyn Follower) {
        let (own, ranks) = (self.rank(), self.ranks());
        let nothing = vec![Vec::new(); ranks];
        // Others learn only that a part was passed, or that it was the last.
        let pass = |kind: u8, part: &[u8]| {
            let mut out = vec![vec![kind]; ranks];
            out[0].extend_from_slice(part);
            self.engine.swap(&out);
        };
        for rank in 1..ranks {
            if rank == own {
                let packed = follower.pack(self, &mut |part| pass(PART, &part));
                if let Err(text) = packed {
                    pass(FAILED, text.as_bytes());
                }
                pass(LAST, &[]);
                continue;
            }
            while self.engine.swap(&nothing)[rank].first() != Some(&LAST) {}
        }
    }
}

impl Drop for Simulation {
    /// Lets the other ranks end.
    fn drop(&mut self) {
        if self.lead.is_some() {
            let order = vec![RankOrder::End.to_bytes().to_vec(); self.ranks()];
            // Ranks that have stopped need no order.
            let _ = self.engine.try_swap(&order);
        }
    }
}
