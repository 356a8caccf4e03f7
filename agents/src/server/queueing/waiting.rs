//! An entry in the line of a server: a client that waits, or requests of an attacker.
//!
//! Units: ticks; readings of the service clock.

use patchday_core::{ActorId, LOOKAHEAD, Span, Tick};
use serde::{Deserialize, Serialize};

use crate::{client::state::NO_ACTOR, server::queueing::service_clock::ClockReading};

/// A client that waits at a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Waiting {
    /// The client; none for a batch of requests of an attacker.
    pub client: ActorId,
    /// The tick at which the request arrived at the server.
    pub since: Tick,
    /// The number of requests: 1 except for a batch.
    pub jobs: u32,
    /// The reading of the service clock at which the request is done; at a server without a queue, at
    /// which it arrives.
    pub(crate) at: ClockReading,
    /// The serial number of the request.
    pub serial: u8,
    /// Whether the client no longer waits; the server still spends work on its request.
    pub gone: bool,
}

impl Waiting {
    /// Creates the entry of a client whose request is done at the reading `at`.
    pub(crate) fn client(client: ActorId, serial: u8, since: Tick, at: u128) -> Self {
        Self {
            client,
            since,
            jobs: 1,
            at: ClockReading::new(at),
            serial,
            gone: false,
        }
    }

    /// Creates the entry of a batch of an attacker.
    pub(crate) fn batch(jobs: u32, since: Tick) -> Self {
        Self {
            jobs,
            ..Self::client(NO_ACTOR, 0, since, 0)
        }
    }

    /// Returns whether it is the entry of a client.
    pub(crate) fn is_client(&self) -> bool {
        self.client != NO_ACTOR
    }

    /// Returns whether its client stops waiting at the end of tick `now`.
    pub(crate) fn is_over(&self, now: Tick, patience: Span) -> bool {
        self.since.saturating_add(patience) <= now + LOOKAHEAD
    }
}
