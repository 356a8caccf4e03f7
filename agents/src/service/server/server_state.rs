//! The state of a server of a service, and of the block in which it lies.
//!
//! A block stores the servers in the order in which their first messages came; the state of the actor
//! holds the place. Invariant: each server reads and writes only its own entry. Units: ticks, requests.

use patchday_core::Tick;
use serde::{Deserialize, Serialize};

use crate::service::{
    server::{
        cache::LruCache, deadlines::Deadlines, fetches::Fetches, requests::Requests,
        waiting::WaitingRequests,
    },
    stats::counts::{Reported, SenderCounts, ServiceStats},
};

/// The place of a server that got no message yet.
const NO_PLACE: u32 = u32::MAX;

/// The state of the actor of a server: its place among the servers of its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ServerPlace(u32);

impl ServerPlace {
    /// A server that got no message yet.
    pub(crate) const NONE: Self = Self(NO_PLACE);
}

/// The state of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceState {
    /// The number of requests for which the servers were chosen in turn.
    pub(crate) round: u32,
    /// The part of a request that has not been sent yet, in units of 2^-32.
    pub(crate) rest: u32,
    /// Draws made so far.
    pub(crate) draws: u32,
}

/// What a server knows of one of its calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct CallState {
    /// The number of requests for which the servers were chosen in turn.
    pub(crate) round: u32,
    /// Retries that the budget allows, in thousandths.
    pub(crate) budget: u32,
}

/// The state of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ServerState {
    pub(crate) requests: Requests,
    /// The requests that wait, also some that are over.
    pub(crate) queue: WaitingRequests,
    /// Requests in the queue that wait.
    pub(crate) waiting: u32,
    /// Places taken.
    pub(crate) taken: u32,
    pub(crate) deadlines: Deadlines,
    pub(crate) calls: Vec<CallState>,
    /// The cache, from its first use on.
    pub(crate) cache: Option<LruCache>,
    /// The keys whose answers are being fetched.
    pub(crate) fetches: Fetches,
    /// The deadline of the request that comes next, if its caller passed one on.
    pub(crate) passed_deadline: Option<Tick>,
    /// Whether it restarts because its memory was used up.
    pub(crate) restarting: bool,
    /// What a limit admits now, in units of 2^-20 of a request, and the tick up to which it was counted.
    pub(crate) admits: u64,
    pub(crate) admitted_at: Tick,
    /// Draws made so far.
    pub(crate) draws: u32,
    /// The tick up to which busy places were counted.
    pub(crate) counted: Tick,
    pub(crate) stats: Reported<ServiceStats>,
}

impl ServerState {
    /// Counts the busy places up to a tick.
    pub(crate) fn count_busy(&mut self, now: Tick) {
        let busy = u64::from(self.taken) * u64::from(now.saturating_sub(self.counted));
        self.stats.0.counts.busy += busy;
        self.counted = now;
    }

    /// Returns the statistics up to a tick.
    pub(crate) fn stats_at(&self, now: Tick) -> ServiceStats {
        let mut stats = self.stats.0.clone();
        let elapsed = now.saturating_sub(self.counted);
        stats.counts.busy += u64::from(self.taken) * u64::from(elapsed);
        stats.in_flight = self.requests.undecided();
        stats.waiting = self.waiting.into();
        stats.taken = self.taken.into();
        stats
    }

    fn heap_bytes(&self) -> usize {
        size_of::<Self>()
            + self.requests.heap_bytes()
            + self.queue.heap_bytes()
            + self.deadlines.heap_bytes()
            + self.calls.capacity() * size_of::<CallState>()
            + self.fetches.heap_bytes()
            + self.cache.as_ref().map_or(0, LruCache::heap_bytes)
            + self.stats.0.heap_bytes()
    }
}

/// A server with its index among all servers of services.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct IndexedServer {
    pub(crate) index: u32,
    pub(crate) state: ServerState,
}

/// What a block stores of services.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct BlockServers {
    servers: Vec<Option<Box<IndexedServer>>>,
    /// The counts of each operation of the clients, then of each source, as far as there are any.
    senders: Reported<Vec<SenderCounts>>,
}

impl BlockServers {
    /// Returns whether nothing was stored yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.servers.is_empty()
    }

    /// Takes the state of a server out of the block; at its first message it is created, with `calls`
    /// calls to other services, and gets a place.
    pub(crate) fn take(
        &mut self,
        place: &mut ServerPlace,
        index: u32,
        calls: usize,
    ) -> Box<IndexedServer> {
        if place.0 == NO_PLACE {
            place.0 = self.servers.len() as u32;
            self.servers.push(None);
        }
        let known = self.servers.get_mut(place.0 as usize);
        known.and_then(Option::take).unwrap_or_else(|| {
            let state = ServerState {
                calls: vec![CallState::default(); calls],
                ..ServerState::default()
            };
            Box::new(IndexedServer { index, state })
        })
    }

    /// Puts the state of a server back.
    pub(crate) fn put_back(&mut self, place: ServerPlace, server: Box<IndexedServer>) {
        if let Some(slot) = self.servers.get_mut(place.0 as usize) {
            *slot = Some(server);
        }
    }

    /// Returns the servers.
    pub(crate) fn servers(&self) -> impl Iterator<Item = &IndexedServer> {
        self.servers.iter().flatten().map(Box::as_ref)
    }

    /// Returns the counts of a sender.
    pub(crate) fn sender(&mut self, sender: usize) -> &mut SenderCounts {
        let counts = &mut self.senders.0;
        if counts.len() <= sender {
            counts.resize(sender + 1, SenderCounts::default());
        }
        &mut counts[sender]
    }

    /// Returns the counts of all senders.
    pub(crate) fn senders(&self) -> &[SenderCounts] {
        &self.senders.0
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let servers = self.servers().map(|server| server.state.heap_bytes());
        servers.sum::<usize>()
            + self.servers.capacity() * size_of::<Option<Box<IndexedServer>>>()
            + self.senders.0.capacity() * size_of::<SenderCounts>()
    }
}
