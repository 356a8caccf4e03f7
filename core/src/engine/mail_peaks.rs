//! The peaks of the envelopes of an engine, which determine its memory. Units: envelopes.

/// The largest numbers of envelopes since the start of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailPeaks {
    /// In flight after a tick.
    pub in_flight: u64,
    /// Handled in one tick: they are copied to be sorted.
    pub due: u64,
    /// Sent in one tick: they lie in the batches of the exchange.
    pub sent: u64,
}

impl MailPeaks {
    /// Counts a tick.
    pub(crate) fn count(&mut self, handled: u64, sent: u64, in_flight: u64) {
        self.due = self.due.max(handled);
        self.sent = self.sent.max(sent);
        self.in_flight = self.in_flight.max(in_flight);
    }
}
