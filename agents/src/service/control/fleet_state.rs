//! What every actor can read of services during a tick: the condition and load of each server, and the
//! controls of each service.
//!
//! It changes only between two ticks: by faults, by deeds and automation, and by what servers report.
//! Units: requests; factors in millionths.

use patchday_core::Chance;
use serde::{Deserialize, Serialize};

use crate::service::{control::service_control::ServiceControl, service_time::USUAL_FACTOR};

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
    /// The requests at each server whose load is needed; 0 for others.
    pub(crate) loads: Vec<u32>,
    /// For each server, whether it restarts because its memory was used up.
    pub(crate) restarting: Vec<bool>,
    /// The controls of each service.
    pub(crate) controls: Vec<ServiceControl>,
}

impl FleetState {
    /// Creates servers without faults and requests.
    pub(crate) fn new(servers: usize, controls: Vec<ServiceControl>) -> Self {
        Self {
            conditions: vec![Condition::SOUND; servers],
            loads: vec![0; servers],
            restarting: vec![false; servers],
            controls,
        }
    }

    /// Notes what servers reported in a tick, in its order: loads, and whether they restart.
    pub(crate) fn note(
        &mut self,
        loads: impl Iterator<Item = (u32, u32)>,
        restarting: impl Iterator<Item = (u32, bool)>,
    ) {
        for (server, load) in loads {
            self.loads[server as usize] = load;
        }
        for (server, is) in restarting {
            self.restarting[server as usize] = is;
        }
    }

    /// Returns whether it is of so many servers.
    pub(crate) fn has_servers(&self, servers: usize) -> bool {
        let lengths = [
            self.conditions.len(),
            self.loads.len(),
            self.restarting.len(),
        ];
        lengths == [servers; 3]
    }

    /// Returns whether there are no servers.
    pub(crate) fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }
}
