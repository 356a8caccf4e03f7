//! The rounds of the ranks: swaps of which each rank knows the purpose.
//!
//! Each message begins with the purpose of its round. A rank that fails sends a fault in its next
//! round, whatever the others send in it, so a failure needs no message of its own and no rank
//! waits for one that has stopped. Invariants: the ranks see the same beginnings in a round, so all of
//! them stop at the same one, with the same text; after that, nothing is sent. Units: ranks, bytes.

use crate::ranks::{
    fault::Fault,
    link::{Link, Ranks},
};

/// The purpose of a round. The values are the first bytes of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Round {
    /// The ranks compare what they are about to run.
    Start = 1,
    /// The end of a tick.
    Tick,
    /// The end of a call of the engine.
    Pause,
    /// The caller of the engine collects bytes of all ranks.
    Gather,
    /// This rank has failed; its text follows.
    Fault,
}

impl Round {
    const ALL: [Self; 5] = [
        Self::Start,
        Self::Tick,
        Self::Pause,
        Self::Gather,
        Self::Fault,
    ];

    fn of(message: &[u8]) -> Option<Self> {
        let byte = *message.first()?;
        Self::ALL.into_iter().find(|known| *known as u8 == byte)
    }
}

/// The messages of all ranks in a round.
pub(crate) struct Received(Vec<Vec<u8>>);

impl Received {
    /// Returns the messages without their purpose, in order of ranks. That of this rank is the one to
    /// itself.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|message| &message[1..])
    }
}

/// The link of a rank, with the messages of the current round.
pub(crate) struct Rounds {
    link: Box<dyn Link>,
    pub(crate) rank: usize,
    /// For each rank, the message that is sent to it. That to itself holds its beginning only.
    pub(crate) out: Vec<Vec<u8>>,
    /// Whether the ranks have stopped, or this one waits for the others.
    is_over: bool,
}

impl Rounds {
    pub(crate) fn new(ranks: Ranks) -> Self {
        Self {
            link: ranks.link,
            rank: ranks.rank,
            out: vec![Vec::new(); ranks.shares.len()],
            is_over: false,
        }
    }

    /// Returns the number of ranks.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// Begins a round: each message holds the purpose and nothing else.
    pub(crate) fn begin(&mut self, purpose: Round) {
        for message in &mut self.out {
            message.clear();
            message.push(purpose as u8);
        }
    }

    /// Adds the same bytes to the messages to all ranks, that to itself included.
    pub(crate) fn add_for_all(&mut self, bytes: &[u8]) {
        self.out
            .iter_mut()
            .for_each(|message| message.extend_from_slice(bytes));
    }

    /// Ends a round: sends the messages, and returns those of all ranks.
    ///
    /// # Errors
    /// Returns an error if a rank has failed, or the ranks are in rounds with different purposes.
    pub(crate) fn swap(&mut self) -> Result<Received, Fault> {
        if self.is_over {
            return Err(Fault("the ranks have stopped".into()));
        }
        // If the link panics, this rank sends nothing more.
        self.is_over = true;
        let mut received = self.link.swap(&self.out);
        assert_eq!(received.len(), self.len(), "the link has other ranks");
        received[self.rank] = self.out[self.rank].clone();
        let purposes: Vec<_> = received.iter().map(|bytes| Round::of(bytes)).collect();
        let failed = purposes
            .iter()
            .position(|purpose| *purpose == Some(Round::Fault));
        if let Some(rank) = failed {
            return Err(Fault(String::from_utf8_lossy(&received[rank][1..]).into()));
        }
        if purposes.iter().any(|purpose| *purpose != purposes[0]) {
            return Err(Fault(format!(
                "the ranks are out of step: {purposes:?}, in order of ranks"
            )));
        }
        self.is_over = false;
        Ok(Received(received))
    }

    /// Ends the rounds after a comparison that failed at all ranks.
    pub(crate) fn close(&mut self) {
        self.is_over = true;
    }

    /// Stops all ranks with a text, unless they have stopped. Returns the fault with which they stop:
    /// that of the first rank that failed in this round.
    pub(crate) fn stop(&mut self, text: &str) -> Option<Fault> {
        if self.is_over {
            return None;
        }
        self.begin(Round::Fault);
        let text = format!("rank {}: {text}", self.rank);
        self.add_for_all(text.as_bytes());
        self.swap().err()
    }
}
