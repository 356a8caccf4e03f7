//! The compiled parameters of supernodes and relays, and the overlay at the start of a run.
//!
//! Units: ticks, millionths of a request per tick.

use patchday_core::{Chance, Span as Ticks, Tick};

use crate::{
    network::distributions::LogNormalRates,
    overlay::{
        section::{Overlay, Overload, Relay, Supernode},
        supernode_load::Strength,
    },
    scenario::quantity::{run_clock::TickLength, span::Span},
};

/// The parameters of a supernode on the machine of a client.
#[derive(Debug)]
pub(crate) struct SupernodeParams {
    pub(crate) seats: u16,
    pub(crate) rates: LogNormalRates,
    pub(crate) burst: Ticks,
    pub(crate) endurance: Ticks,
    pub(crate) overload: Overload,
}

impl SupernodeParams {
    pub(crate) fn new(supernode: &Supernode, tick: TickLength) -> Self {
        let requests = tick.of_second(supernode.requests);
        Self {
            seats: supernode.seats,
            rates: LogNormalRates::new(requests, supernode.requests_spread),
            burst: tick.ticks(supernode.burst),
            endurance: tick.ticks(supernode.endurance),
            overload: supernode.overload,
        }
    }

    /// Returns the strength of a machine, given its uniform word and whether it continues under any
    /// load.
    pub(crate) fn strength(&self, word: u32, sturdy: bool) -> Strength {
        Strength {
            rate: self.rates.millionths(word),
            seats: self.seats,
            sturdy: sturdy || self.overload == Overload::ServesOn,
            mega: false,
        }
    }
}

/// The parameters of relays.
#[derive(Debug)]
pub(crate) struct RelayParams {
    /// The number of calls that a relay carries at a time.
    pub(crate) calls: usize,
    /// The number of relays that a caller asks.
    pub(crate) asks: u8,
}

impl RelayParams {
    pub(crate) fn new(relay: &Relay) -> Self {
        Self {
            calls: relay.calls.into(),
            asks: relay.asks,
        }
    }
}

/// The overlay at the start of a run: its steady state without an outage.
#[derive(Debug)]
pub(crate) struct CoreStart {
    /// The probability that an eligible machine is a supernode.
    pub(crate) enlisted: Chance,
    /// The ticks at which supernodes that vanished before the run leave the count.
    pub(crate) leaving: Vec<Tick>,
}

impl CoreStart {
    /// Computes the steady state. `eligible` is the number of machines that can be supernodes, `uptime`
    /// the mean time between two restarts of a machine.
    pub(crate) fn new(overlay: &Overlay, eligible: f64, uptime: Span, tick: TickLength) -> Self {
        let target = overlay.core.supernodes;
        // In each tick 1/uptime of the supernodes restart. The flawed algorithm still counts those of
        // the last `memory` ticks, so fewer than the target are in service.
        let memory = tick.ticks(overlay.promotion.flaw_memory);
        let lingering = if overlay.promotion.flaw {
            f64::from(memory) / tick.mean(uptime)
        } else {
            0.0
        };
        let live = target as f64 / (1.0 + lingering);
        let gone = (target as f64 - live).round() as u64;
        Self {
            enlisted: if overlay.enabled {
                Chance::new(live / eligible)
            } else {
                Chance::NEVER
            },
            leaving: (0..gone)
                .map(|index| (index * u64::from(memory) / gone.max(1)) as Tick)
                .collect(),
        }
    }
}
