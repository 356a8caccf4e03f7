//! A request at a server, and the addresses by which an answer finds it.
//!
//! A server that calls another one sends its index among all servers of services and the slot of its
//! request, which take the payload of a message; the serial number holds the call and the attempt. A
//! client or source sends its id; the serial number holds the operation and the attempt. So no sender
//! needs a state for each request, except the slot of the request that makes a call.
//!
//! Units: ticks.

use patchday_core::{ActorId, Tick};
use serde::{Deserialize, Serialize};

/// The most bits of a slot in the payload of a call.
const SLOT_BITS: u32 = 20;
/// The fewest.
const FEWEST_SLOT_BITS: u32 = 15;
/// The most servers of all services.
pub(crate) const MOST_SERVERS: u32 = 1 << (32 - FEWEST_SLOT_BITS);
/// The most operations, and the most calls of a service.
pub(crate) const MOST_KINDS: usize = 16;

/// The sender of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Caller {
    /// A client or a source.
    Sender(ActorId),
    /// A server with this index, and the slot of its request.
    Server(u32, u32),
}

/// How the payload of a call holds a server and a slot: the more servers, the fewer slots.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Addressing {
    slot_bits: u32,
}

impl Addressing {
    /// Returns the addressing of so many servers, at most [`MOST_SERVERS`].
    pub(crate) fn of(servers: u32) -> Self {
        let server_bits = u32::BITS - servers.saturating_sub(1).leading_zeros();
        Self {
            slot_bits: (u32::BITS - server_bits).min(SLOT_BITS),
        }
    }

    /// Returns the slots of a server.
    pub(crate) fn slots(self) -> usize {
        1 << self.slot_bits
    }

    /// Returns the payload of the call of a server.
    pub(crate) fn payload(self, server: u32, slot: u32) -> u32 {
        server << self.slot_bits | slot
    }

    /// Returns the server and slot that a payload holds.
    pub(crate) fn caller(self, payload: u32) -> Caller {
        Caller::Server(
            payload >> self.slot_bits,
            payload & (self.slots() as u32 - 1),
        )
    }
}

/// The serial number of a request: the operation or call, and the number of the attempt from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Serial {
    pub(crate) kind: u8,
    pub(crate) attempt: u8,
}

impl Serial {
    pub(crate) fn of(byte: u8) -> Self {
        Self {
            kind: byte >> 4,
            attempt: byte & 15,
        }
    }

    pub(crate) fn byte(self) -> u8 {
        self.kind << 4 | self.attempt
    }

    /// Returns the serial number of the next attempt.
    pub(crate) fn again(self) -> Self {
        Self {
            attempt: (self.attempt + 1).min(15),
            ..self
        }
    }
}

/// How far the work on a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub(crate) enum RequestProgress {
    /// It waits for a place.
    Waiting,
    /// The server works on it, or waits for its calls, with a place.
    Placed,
    /// It waits for its calls without a place.
    Unplaced,
    /// Nothing is left to do, but messages about it are still to come.
    Over,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServiceOutcome {
    Succeeded,
    Failed,
    /// No answer comes.
    Silent,
}

/// A request at a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) caller: Caller,
    /// The serial number of the caller.
    pub(crate) serial: u8,
    /// Its priority: 0 for the highest.
    pub(crate) level: u8,
    pub(crate) progress: RequestProgress,
    /// Whether its sender has an answer or no longer waits.
    pub(crate) decided: bool,
    /// The stage of its calls.
    pub(crate) stage: u8,
    /// Requests of its calls without an outcome, in this stage.
    pub(crate) outstanding: u16,
    /// Messages about it that are still to come: of its work, its calls and their retries.
    pub(crate) pending: u16,
    pub(crate) since: Tick,
    /// The last tick in which an answer is in time.
    pub(crate) deadline: Tick,
    /// Its number among all requests of the server.
    pub(crate) number: u32,
    /// The key for which the cache had no answer; [`NO_KEY`] if it was not asked or had one.
    pub(crate) key: u32,
}

/// The key of a request that asked no cache.
pub(crate) const NO_KEY: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_serial_numbers_are_read_back() {
        for servers in [1, 2, 4_096, 4_097, 20_000, MOST_SERVERS] {
            let addressing = Addressing::of(servers);
            let last = (servers - 1, addressing.slots() as u32 - 1);
            for (server, slot) in [(0, 0), last, (0, last.1), (last.0, 0)] {
                let payload = addressing.payload(server, slot);
                assert_eq!(addressing.caller(payload), Caller::Server(server, slot));
            }
        }
        let slots = [1, 4_096, 4_097, MOST_SERVERS].map(|servers| Addressing::of(servers).slots());
        assert_eq!(slots, [1 << 20, 1 << 20, 1 << 19, 1 << 15]);
        for byte in 0..=u8::MAX {
            assert_eq!(Serial::of(byte).byte(), byte);
        }
        assert_eq!(Serial::of(0x3e).again().again().byte(), 0x3f);
    }
}
