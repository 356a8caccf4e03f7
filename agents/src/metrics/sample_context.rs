//! The inputs of one row of the series, and the values derived from them.
//!
//! Gauges are as of the last barrier. Counts are those of the sample: since the row before.
//! Waits and delays are in thousandths of a second.

use serde::{Deserialize, Serialize};

use crate::{
    network::{block_state::BlockState, counters::Counters, model::Network, world::World},
    server::{
        kind::ServerKind,
        queueing::{
            queue::{Queue, Service},
            service_clock::Pace,
        },
    },
    service::stats::fleet_stats::FleetStats,
};

/// Everything a column can read.
pub(crate) struct SampleContext<'a> {
    pub(crate) network: &'a Network,
    pub(crate) world: &'a World,
    /// The counts since the row before.
    pub(crate) count: Counters,
    /// Messages handled since the row before.
    pub(crate) events: u64,
    pub(crate) now: u32,
    /// Ticks since the row before.
    pub(crate) elapsed: u32,
    pub(crate) clusters: ClusterSizes,
    /// The statistics of services since the row before.
    pub(crate) fleet: FleetStats,
}

/// Sizes of all clusters (a supernode and its leaves).
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ClusterSizes {
    pub(crate) count: u64,
    pub(crate) leaves: u64,
    pub(crate) largest: u64,
    /// How many of the clusters belong to a mega-supernode.
    pub(crate) mega: u64,
}

impl ClusterSizes {
    /// The sizes over the clusters of all blocks.
    pub(crate) fn new<'a>(block_states: impl Iterator<Item = &'a BlockState>) -> Self {
        let mut sizes = Self::default();
        for cluster in block_states.flat_map(|block_state| block_state.supernodes.iter()) {
            let leaves = cluster.leaves.len() as u64;
            sizes.count += 1;
            sizes.leaves += leaves;
            sizes.largest = sizes.largest.max(leaves);
            sizes.mega += u64::from(cluster.strength.mega);
        }
        sizes
    }

    /// The sizes over the clusters of both.
    pub(crate) fn merged(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            leaves: self.leaves + other.leaves,
            largest: self.largest.max(other.largest),
            mega: self.mega + other.mega,
        }
    }
}

impl SampleContext<'_> {
    /// Requests to all supernodes, in thousandths: probes, and the periodic refreshes of leaves.
    pub(crate) fn traffic(&self) -> u64 {
        let refresh = u64::from(self.network.client.refresh_every);
        let refreshes = self.clusters.leaves * u64::from(self.elapsed) * 1000 / refresh;
        self.count.requests * 1000 + refreshes
    }

    pub(crate) fn login_backlog(&self) -> u64 {
        let service = &self.network.servers.login.service;
        let pace = self.pace(ServerKind::Login);
        let logins = self.network.addresses.login_servers() as usize;
        let queues = self.world.queues[..logins].iter();
        queues.map(|queue| queue.backlog(&pace, service)).sum()
    }

    pub(crate) fn login_wait(&self) -> u64 {
        self.of_a_second(self.world.login_wait(&self.network.addresses, self.now))
    }

    /// Converts thousandths of a tick into thousandths of a second.
    fn of_a_second(&self, thousandths: u64) -> u64 {
        let millionths = u128::from(thousandths) * u128::from(self.network.tick.millis());
        u64::try_from(millionths / 1_000).unwrap_or(u64::MAX)
    }

    fn pace(&self, kind: ServerKind) -> Pace {
        self.world.pace(kind, self.now)
    }

    fn queue(&self, kind: ServerKind) -> &Queue {
        let addresses = &self.network.addresses;
        self.world.queue(addresses, addresses.server(kind))
    }

    /// The wait at a server: at the speed of now, or at the usual speed if it is stopped.
    fn wait(&self, kind: ServerKind) -> u64 {
        self.of_a_second(self.queue(kind).wait_thousandths(&self.pace(kind)))
    }

    fn backlog(&self, kind: ServerKind, service: &Service) -> u64 {
        self.queue(kind).backlog(&self.pace(kind), service)
    }

    pub(crate) fn presence_delay(&self) -> u64 {
        self.wait(ServerKind::Presence)
    }

    pub(crate) fn presence_backlog(&self) -> u64 {
        let service = &self.network.servers.presence.service;
        self.backlog(ServerKind::Presence, service)
    }

    pub(crate) fn offline_backlog(&self) -> u64 {
        let service = &self.network.servers.offline_messages.service;
        self.backlog(ServerKind::OfflineMessages, service)
    }

    pub(crate) fn offline_wait(&self) -> u64 {
        self.wait(ServerKind::OfflineMessages)
    }

    pub(crate) fn chat_delay(&self) -> u64 {
        self.wait(ServerKind::Chat)
    }
}
