//! The link between the ranks of a run, and the place of a process among them.
//!
//! A rank is a process that owns a part of the actors. The engine knows nothing of networks: a
//! [`Link`] carries its bytes. Invariant: all ranks call [`Link::swap`] equally often, in the same
//! order. Units: bytes, ranks.

/// Carries bytes between the ranks of a run.
pub trait Link: Send {
    /// Sends `out[rank]` to every other rank, and returns what each rank sent to this one in the
    /// same call, in order of ranks. What is addressed to the rank itself is not sent, and its
    /// entry in the result is empty.
    ///
    /// # Panics
    /// Panics if another rank has ended. A link may end the process instead.
    fn swap(&mut self, out: &[Vec<u8>]) -> Vec<Vec<u8>>;
}

/// The place of a process among the ranks of a run.
pub struct Ranks {
    /// The link to the other ranks.
    pub link: Box<dyn Link>,
    /// The number of this rank, from 0.
    pub rank: usize,
    /// The part of the expected events of each rank, relative to the sum; usually the number of its
    /// threads. There is an entry for each rank, at least 1, and all ranks give the same.
    pub shares: Vec<u32>,
}
