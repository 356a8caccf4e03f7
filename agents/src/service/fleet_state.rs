//! What every actor can read of services during a tick: the condition and load of each server, and the
//! servers that get requests.
//!
//! It changes only between two ticks: by faults, and by the loads that servers report. Units: requests;
//! factors in millionths.

use patchday_core::Chance;
use serde::{Deserialize, Serialize};

use crate::service::service_time::USUAL_FACTOR;

/// The condition of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Condition {
    /// Whether it is down.
    pub(crate) down: bool,
    /// How many times as long work takes.
    pub(crate) factor: u64,
    /// The share of requests that are answered with an error.
    pub(crate) errors: Chance,
}

impl Condition {
    /// A server without faults.
    pub(crate) const SOUND: Self = Self {
        down: false,
        factor: USUAL_FACTOR,
        errors: Chance::NEVER,
    };
}

/// The servers of all services, as of the last barrier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct FleetState {
    /// The condition of each server.
    pub(crate) conditions: Vec<Condition>,
    /// The requests at each server whose service chooses servers by load; 0 for others.
    pub(crate) loads: Vec<u32>,
}

impl FleetState {
    /// Creates servers without faults and requests.
    pub(crate) fn new(servers: usize) -> Self {
        Self {
            conditions: vec![Condition::SOUND; servers],
            loads: vec![0; servers],
        }
    }

    /// Returns whether it is of so many servers.
    pub(crate) fn has_servers(&self, servers: usize) -> bool {
        (self.conditions.len(), self.loads.len()) == (servers, servers)
    }

    /// Returns whether there are no servers.
    pub(crate) fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }
}
