//! Faults of services: the condition of each server, from all faults in force.
//!
//! Conditions are computed from the whole list whenever a fault begins or ends, so they do not depend on
//! the order of beginnings and ends. Units: ticks; factors in millionths.

use patchday_core::{Chance, Tick};

use crate::{
    event::effects::{Period, millionths, product},
    network::message::Kind,
    scenario::root::Scenario,
    service::{
        cells::{ServerSet, ServiceCell, named_regions},
        control::fleet_state::Condition,
        section::{FaultEffect, ServiceSection},
    },
};

/// A fault that lies in the run.
#[derive(Debug)]
pub(crate) struct FaultParams {
    /// The index of its trigger in the list of the scenario.
    pub(crate) index: u16,
    pub(crate) period: Period,
    effect: FaultEffect,
    pub(crate) servers: ServerSet,
    factor: u64,
    /// The share of requests that fail or are lost.
    share: Chance,
    /// The index of the service whose calls are lost; those of all senders without one.
    caller: Option<usize>,
}

impl FaultParams {
    /// Returns the faults of a scenario that lie in the run.
    pub(crate) fn all(scenario: &Scenario, cells: &[ServiceCell]) -> Vec<Self> {
        let faults = scenario.trigger.service.iter().enumerate();
        let compiled = faults.filter_map(|(index, fault)| {
            let service = ServiceSection::index_of(&scenario.service, &fault.service)?;
            let regions = named_regions(scenario, &fault.regions);
            Some(Self {
                index: index as u16,
                period: Period::in_run(scenario, fault.at, fault.lasts)?,
                effect: fault.effect,
                servers: ServiceCell::servers_in(cells, service, &regions, fault.servers),
                factor: millionths(fault.factor),
                share: Chance::new(fault.share.get()),
                caller: fault
                    .caller
                    .as_ref()
                    .and_then(|name| ServiceSection::index_of(&scenario.service, name)),
            })
        });
        compiled.collect()
    }

    /// Returns the message that its servers get when it begins, if they get one.
    pub(crate) fn message(&self) -> Option<Kind> {
        match self.effect {
            FaultEffect::Dead => Some(Kind::ServerDown),
            FaultEffect::Flush => Some(Kind::FlushCache),
            FaultEffect::Slow | FaultEffect::Errors | FaultEffect::Loss => None,
        }
    }

    fn hits(&self, server: u32, now: Tick) -> bool {
        self.servers.contains(server) && self.period.covers(now)
    }
}

/// Returns the condition of a server at a tick.
pub(crate) fn condition(faults: &[FaultParams], server: u32, now: Tick) -> Condition {
    let of = |effect: FaultEffect| {
        let faults = faults.iter();
        faults.filter(move |fault| fault.effect == effect && fault.hits(server, now))
    };
    Condition {
        down: of(FaultEffect::Dead).next().is_some(),
        factor: product(of(FaultEffect::Slow).map(|fault| fault.factor)),
        errors: of(FaultEffect::Errors)
            .map(|fault| fault.share)
            .max()
            .unwrap_or(Chance::NEVER),
    }
}

/// Returns the chance that a request to a server is lost at a tick; `is_from` says whether it is a call of the
/// service with an index.
pub(crate) fn loss(
    faults: &[FaultParams],
    is_from: impl Fn(usize) -> bool,
    server: u32,
    now: Tick,
) -> Chance {
    let losses = faults.iter().filter(|fault| {
        fault.effect == FaultEffect::Loss
            && fault.hits(server, now)
            && fault.caller.is_none_or(&is_from)
    });
    losses
        .map(|fault| fault.share)
        .max()
        .unwrap_or(Chance::NEVER)
}
