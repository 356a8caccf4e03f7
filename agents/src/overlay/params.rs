//! The compiled parameters of supernodes and relays, and the core at the start of a run.
//!
//! Units: ticks, thousandths of a request a tick.

use patchday_core::{Chance, Span as Ticks, Tick};

use crate::{
    network::distributions::LogNormalRates,
    overlay::{
        section::{Overlay, Overload, Relay, Supernode},
        supernode_load::Strength,
    },
};

/// What a supernode on the machine of a client can do.
#[derive(Debug)]
pub(crate) struct SupernodeParams {
    pub(crate) seats: u16,
    pub(crate) rates: LogNormalRates,
    pub(crate) burst: Ticks,
    pub(crate) endurance: Ticks,
    pub(crate) overload: Overload,
}

impl SupernodeParams {
    pub(crate) fn new(supernode: &Supernode) -> Self {
        Self {
            seats: supernode.seats,
            rates: LogNormalRates::new(supernode.requests, supernode.requests_spread),
            burst: supernode.burst.seconds(),
            endurance: supernode.endurance.seconds(),
            overload: supernode.overload,
        }
    }

    /// The strength of a machine, by a uniform word and whether its host serves on under any load.
    pub(crate) fn strength(&self, word: u32, sturdy: bool) -> Strength {
        Strength {
            rate: self.rates.thousandths(word),
            seats: self.seats,
            sturdy: sturdy || self.overload == Overload::ServesOn,
            mega: false,
        }
    }
}

/// What a relay can do.
#[derive(Debug)]
pub(crate) struct RelayParams {
    /// Calls that it carries at a time.
    pub(crate) calls: usize,
    /// Relays that a caller asks.
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

/// The core at the start of a run: that of a calm network in its steady state.
#[derive(Debug)]
pub(crate) struct CoreStart {
    /// The chance that an eligible machine is a supernode.
    pub(crate) enlisted: Chance,
    /// The ticks at which supernodes that vanished before the run leave the list.
    pub(crate) leaving: Vec<Tick>,
}

impl CoreStart {
    /// `eligible` is the number of machines that may be supernodes, `uptime` the mean time between
    /// two restarts of one, in ticks.
    pub(crate) fn new(overlay: &Overlay, eligible: f64, uptime: f64) -> Self {
        let target = overlay.core.supernodes;
        // A calm network loses 1/uptime of its core a tick. The flawed algorithm still lists
        // those lost lately, so fewer are in service.
        let memory = overlay.promotion.flaw_memory.seconds();
        let lingering = if overlay.promotion.flaw {
            f64::from(memory) / uptime
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
