//! Services at another scale: their servers, and the faults and deeds that concern some of these.
//!
//! Units: servers, requests.

use crate::service::{
    control::section::{DeedKind, ServiceDeed},
    section::{ServiceFault, ServiceSection},
};

/// The most servers to which the scale of a run raises a service.
const MOST_SCALED: u32 = 100;

impl ServiceSection {
    /// Scales the servers to a network `share` times as large: their number, and if that is limited or
    /// rounded the requests of each, so that all of them together work on `share` times as many. Returns
    /// by how much both were multiplied.
    pub(crate) fn scale(&mut self, share: f64) -> ServiceScale {
        let before = f64::from(self.servers);
        let most = f64::from(self.servers.max(MOST_SCALED));
        let least = self.region.len().max(1) as f64;
        let servers = (before * share).round().clamp(least, most.max(least));
        let each = before * share / servers;
        let scaled = |requests: u32, least: u32| {
            let scaled = (f64::from(requests) * each).round() as u32;
            scaled.clamp(least.min(requests), 500_000)
        };
        self.servers = servers as u32;
        self.concurrency = scaled(self.concurrency, 1);
        self.queue = scaled(self.queue, 1);
        self.dies_at = self.dies_at.map(|requests| scaled(requests, 1));
        if let Some(autoscale) = &mut self.autoscale {
            let ratio = servers / before;
            let scaled = |servers: u32| (f64::from(servers) * ratio).round().max(1.0) as u32;
            autoscale.start = scaled(autoscale.start);
            autoscale.least = scaled(autoscale.least);
            autoscale.step = scaled(autoscale.step);
        }
        ServiceScale {
            servers: servers / before,
            each,
        }
    }
}

/// By how much a service was scaled: its servers, and the requests of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ServiceScale {
    servers: f64,
    each: f64,
}

impl ServiceScale {
    /// Scales what the operator does to a service.
    pub(crate) fn scale_deed(self, deed: &mut ServiceDeed) {
        let factor = match deed.deed {
            DeedKind::Servers | DeedKind::Restart => self.servers,
            DeedKind::Concurrency | DeedKind::Queue => self.each,
            DeedKind::Limit
            | DeedKind::Clear
            | DeedKind::Timeout
            | DeedKind::Drain
            | DeedKind::LetIn => return,
        };
        deed.count = deed.count.map(|count| Self::scaled(count, factor));
    }

    /// Scales the servers that a fault affects.
    pub(crate) fn scale_fault(self, fault: &mut ServiceFault) {
        fault.servers = fault.servers.map(|count| Self::scaled(count, self.servers));
    }

    fn scaled(count: u32, factor: f64) -> u32 {
        (f64::from(count) * factor).round().max(1.0) as u32
    }
}
