//! The statistics of all services and senders, gathered from the blocks at each row of the series.
//!
//! Units: ticks, requests.

use patchday_core::Tick;
use serde::{Deserialize, Serialize};

use crate::{
    network::{block_state::BlockState, model::Network},
    service::stats::{
        counts::{SenderCounts, ServiceStats},
        latency::LatencyHistogram,
    },
};

/// The statistics of all services, operations and sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetStats {
    /// Those of each service.
    pub services: Vec<ServiceStats>,
    /// If a service has regions, those of each service in each of its regions; a service without regions
    /// has one entry.
    pub cells: Vec<ServiceStats>,
    /// The counts of each operation of the clients, then of each source.
    pub senders: Vec<SenderCounts>,
    /// For each of them, the times from sending a request to its answer.
    pub latencies: Vec<LatencyHistogram>,
}

impl FleetStats {
    /// Gathers the statistics since the start of the run.
    pub(crate) fn gather<'a>(
        network: &Network,
        blocks: impl Iterator<Item = &'a BlockState>,
        now: Tick,
    ) -> Self {
        let fleet = &network.fleet;
        let is_regional = fleet.cells.len() > fleet.services.len();
        let senders = fleet.operations.len() + fleet.sources.len();
        let mut all = Self {
            services: vec![ServiceStats::default(); fleet.services.len()],
            cells: vec![ServiceStats::default(); if is_regional { fleet.cells.len() } else { 0 }],
            senders: vec![SenderCounts::default(); senders],
            latencies: vec![LatencyHistogram::default(); senders],
        };
        if fleet.services.is_empty() {
            return all;
        }
        for block in blocks {
            for server in block.services.servers() {
                let cell = fleet.cell_of[server.index as usize] as usize;
                let mut stats = server.state.stats_at(now);
                let latencies = std::mem::take(&mut stats.senders);
                merge_each(&mut all.latencies, &latencies, LatencyHistogram::merge);
                all.services[fleet.cells[cell].service].merge(&stats);
                if let Some(of_cell) = all.cells.get_mut(cell) {
                    of_cell.merge(&stats);
                }
            }
            merge_each(
                &mut all.senders,
                block.services.senders(),
                SenderCounts::add,
            );
        }
        all
    }

    /// Returns the statistics of the blocks of both.
    pub(crate) fn merged(mut self, other: Self) -> Self {
        merge_each(&mut self.services, &other.services, ServiceStats::merge);
        merge_each(&mut self.cells, &other.cells, ServiceStats::merge);
        merge_each(&mut self.senders, &other.senders, SenderCounts::add);
        merge_each(
            &mut self.latencies,
            &other.latencies,
            LatencyHistogram::merge,
        );
        self
    }

    /// Returns the statistics since `before`; gauges are those of now.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let senders = self.senders.iter().enumerate().map(|(number, counts)| {
            let earlier = before.senders.get(number).copied().unwrap_or_default();
            counts.since(&earlier)
        });
        let nothing = LatencyHistogram::default();
        let latencies = self.latencies.iter().enumerate().map(|(number, latency)| {
            latency.since(before.latencies.get(number).unwrap_or(&nothing))
        });
        Self {
            services: services_since(&self.services, &before.services),
            cells: services_since(&self.cells, &before.cells),
            senders: senders.collect(),
            latencies: latencies.collect(),
        }
    }
}

/// Returns the statistics of each service since those in the same place; gauges are those of now.
fn services_since(all: &[ServiceStats], before: &[ServiceStats]) -> Vec<ServiceStats> {
    let none = ServiceStats::default();
    let services = all.iter().enumerate().map(|(number, stats)| {
        let earlier = before.get(number).unwrap_or(&none);
        ServiceStats {
            counts: stats.counts.since(&earlier.counts),
            latency: stats.latency.since(&earlier.latency),
            ..stats.clone()
        }
    });
    services.collect()
}

/// Merges each part into the sum in the same place; there is a sum for each part afterwards.
fn merge_each<T: Default>(sums: &mut Vec<T>, parts: &[T], merge: fn(&mut T, &T)) {
    if sums.len() < parts.len() {
        sums.resize_with(parts.len(), T::default);
    }
    for (sum, part) in sums.iter_mut().zip(parts) {
        merge(sum, part);
    }
}
