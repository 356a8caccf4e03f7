//! What operator and automation can change of a service in one of its regions during a run, as of the last
//! barrier: the servers that get requests, and limits.
//!
//! Units: ticks; requests.

use patchday_core::{Chance, Span as Ticks, Tick};
use serde::{Deserialize, Serialize};

/// The controls of a service in one of its regions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ServiceControl {
    /// The servers that get requests, ascending.
    pub(crate) members: Vec<u32>,
    /// The number of servers that are switched on, the first ones: as the autoscaler decided, and as
    /// the operator did, if it did.
    pub(crate) scaled: u32,
    pub(crate) ordered_by_operator: Option<u32>,
    /// Servers that the autoscaler ordered: when they start, and how many are on then.
    pub(crate) ordered: Vec<(Tick, u32)>,
    /// Requests that all servers together admit in a tick, in units of [`WHOLE_REQUEST`].
    pub(crate) limit: Option<u64>,
    /// The places and the queue of each server, if they were changed.
    pub(crate) concurrency: Option<u32>,
    pub(crate) queue: Option<u32>,
    /// The time for which callers wait, if it was changed.
    pub(crate) timeout: Option<Ticks>,
    /// Whether the operator keeps requests away from its servers.
    pub(crate) is_drained: bool,
    /// For each region, the share of its clients whose requests are let in; empty for all.
    pub(crate) let_in: Vec<Chance>,
    /// For each server, failed health checks in a row; of one that was taken out, passed checks.
    pub(crate) checks: Vec<u8>,
    /// For each server, whether health checks took it out.
    pub(crate) is_out: Vec<bool>,
}

/// The unit of limits: 2^-20 of a request.
pub(crate) const WHOLE_REQUEST: u64 = 1 << 20;

impl ServiceControl {
    /// Creates the controls of a service whose servers begin at `first`; `on` of them are switched on.
    pub(crate) fn new(first: u32, servers: u32, on: u32) -> Self {
        Self {
            members: (first..first + on).collect(),
            scaled: on,
            ordered_by_operator: None,
            ordered: Vec::new(),
            limit: None,
            concurrency: None,
            queue: None,
            timeout: None,
            is_drained: false,
            let_in: Vec::new(),
            checks: vec![0; servers as usize],
            is_out: vec![false; servers as usize],
        }
    }

    /// Returns the number of servers that are switched on.
    pub(crate) fn on(&self) -> u32 {
        let servers = self.is_out.len() as u32;
        self.ordered_by_operator.unwrap_or(self.scaled).min(servers)
    }

    /// Updates the servers that get requests: those that are on and not taken out.
    pub(crate) fn update_members(&mut self, first: u32) {
        let on = if self.is_drained {
            0
        } else {
            self.on() as usize
        };
        let places = self.is_out.iter().take(on).enumerate();
        let members = places.filter(|(_, is_out)| !**is_out);
        self.members = members.map(|(place, _)| first + place as u32).collect();
    }

    /// Returns the requests that one server admits in a tick.
    pub(crate) fn limit_of_each(&self) -> Option<u64> {
        Some(self.limit? / (self.members.len() as u64).max(1))
    }

    /// Returns whether it is of so many servers and regions.
    pub(crate) fn fits(&self, first: u32, servers: u32, regions: usize) -> bool {
        let range = first..first + servers;
        let is_counted =
            (self.checks.len(), self.is_out.len()) == (servers as usize, servers as usize);
        let is_regional = self.let_in.is_empty() || self.let_in.len() == regions;
        is_counted && is_regional && self.members.iter().all(|server| range.contains(server))
    }
}
