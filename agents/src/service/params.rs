//! The compiled services, operations and sources of a scenario.
//!
//! Names became indices. The servers of all services are numbered in the order of the services. Senders
//! are the operations of the clients, then the sources. Units: ticks.

use std::ops::Range;

use patchday_core::{Chance, Span as Ticks};

use crate::{
    scenario::{quantity::run_clock::TickLength, root::Scenario},
    service::{
        cells::ServiceCell,
        control::{
            automation::{AutomaticService, HealthParams},
            deeds::DeedParams,
            faults::FaultParams,
            fleet_state::FleetState,
            service_control::ServiceControl,
        },
        section::{Balancer, CallOrder, QueueOrder, ServiceCall, ServiceSection},
        sender::params::{OperationParams, SenderTerms, SourceParams, operation, source, timeout},
        server::{popularity::Popularity, request::Addressing},
        service_time::{ServiceTime, USUAL_FACTOR},
    },
};

/// The unit of retry budgets: a thousandth of a retry.
pub(crate) const WHOLE_RETRY: u32 = 1_000;

/// A call of a service to another one.
#[derive(Debug)]
pub(crate) struct CallSettings {
    /// The index of the called service.
    pub(crate) service: usize,
    pub(crate) chance: Chance,
    pub(crate) count: u8,
    pub(crate) timeout: Ticks,
    pub(crate) retries: u8,
    pub(crate) pause: Ticks,
    pub(crate) optional: bool,
    /// The retries that a success adds to the budget, in thousandths; `None` without a budget.
    pub(crate) budget: Option<u32>,
    pub(crate) pass_deadline: bool,
}

/// A service.
#[derive(Debug)]
pub(crate) struct ServiceParams {
    /// Its servers in each region.
    pub(crate) cells: Range<usize>,
    /// Whether requests go to other regions if no server of their own gets requests.
    pub(crate) fail_over: bool,
    pub(crate) concurrency: u32,
    pub(crate) queue: u32,
    pub(crate) order: QueueOrder,
    /// The part of places and queue that each priority leaves to higher ones, in thousandths.
    reserve: u64,
    pub(crate) time: ServiceTime,
    /// The mean time of the own work, rounded.
    pub(crate) mean: Ticks,
    /// How many times as long work takes at each share of places taken; empty if always as long.
    pub(crate) slowdown: Vec<u64>,
    pub(crate) balancer: Balancer,
    pub(crate) holds: bool,
    pub(crate) wasted_work: bool,
    /// Whether all calls are one stage.
    pub(crate) together: bool,
    pub(crate) calls: Vec<CallSettings>,
    /// The requests with which a server's memory is used up, and the time of its restart.
    pub(crate) dies_at: Option<u32>,
    pub(crate) restart: Ticks,
    pub(crate) cache: Option<CacheParams>,
    pub(crate) health: Option<HealthParams>,
    is_scaled: bool,
}

/// The caches of a service.
#[derive(Debug)]
pub(crate) struct CacheParams {
    pub(crate) keys: u32,
    pub(crate) capacity: u32,
    /// The keys that it holds at the start of the run.
    pub(crate) warm: u32,
    pub(crate) lifetime: Option<Ticks>,
    pub(crate) coalesce: bool,
    pub(crate) popularity: Popularity,
}

impl ServiceParams {
    /// Returns whether senders read the loads of its servers.
    pub(crate) fn reports_loads(&self) -> bool {
        self.is_automatic() || self.is_chosen_by_load()
    }

    /// Returns whether it has health checks or is scaled automatically.
    pub(crate) fn is_automatic(&self) -> bool {
        self.health.is_some() || self.is_scaled
    }

    /// Returns a cell of the service as health checks and automatic scaling see it.
    pub(crate) fn automatic<'a>(
        &'a self,
        cell: &'a ServiceCell,
        control: &ServiceControl,
    ) -> AutomaticService<'a> {
        AutomaticService {
            first: cell.first,
            servers: cell.servers,
            concurrency: control.concurrency.unwrap_or(self.concurrency),
            mean: self.mean,
            health: self.health.as_ref(),
            autoscale: cell.autoscale.as_ref(),
        }
    }

    /// Returns whether a request of a priority, which is 0 for the highest, gets in if `used` of `all`
    /// places and places in the queue are used.
    pub(crate) fn is_left(&self, used: u32, all: u32, level: u8) -> bool {
        let kept = (self.reserve * u64::from(level)).min(1_000);
        kept == 0 || u64::from(used) * 1_000 < u64::from(all) * (1_000 - kept)
    }

    /// Returns how many times as long work takes, in millionths, if so many of all places are taken.
    pub(crate) fn slowdown(&self, taken: u32, places: u32) -> u64 {
        let step = u64::from(taken) * u64::from(LOAD_STEPS) / u64::from(places.max(1));
        let last = self.slowdown.last().copied().unwrap_or(USUAL_FACTOR);
        self.slowdown.get(step as usize).copied().unwrap_or(last)
    }

    fn is_chosen_by_load(&self) -> bool {
        match self.balancer {
            Balancer::Random | Balancer::RoundRobin => false,
            Balancer::LeastRequests | Balancer::TwoChoices => true,
        }
    }
}

/// All services of a scenario, with everything that sends requests to them.
#[derive(Debug, Default)]
pub(crate) struct FleetParams {
    pub(crate) services: Vec<ServiceParams>,
    /// The servers of each service in each region.
    pub(crate) cells: Vec<ServiceCell>,
    pub(crate) operations: Vec<OperationParams>,
    pub(crate) sources: Vec<SourceParams>,
    pub(crate) faults: Vec<FaultParams>,
    pub(crate) deeds: Vec<DeedParams>,
    /// The cell of each server.
    pub(crate) cell_of: Vec<u32>,
    pub(crate) addressing: Addressing,
    pub(crate) ticks_per_second: f64,
    /// The required requests of a sign-in; 0 if clients sign in at the login servers.
    pub(crate) sign_in_requests: u8,
}

impl FleetParams {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let tick = scenario.tick();
        // A checked scenario has only names of services.
        let index = |name: &str| ServiceSection::index_of(&scenario.service, name).unwrap_or(0);
        let (cells, ranges) = ServiceCell::all(scenario);
        let sections = scenario.service.iter().zip(ranges);
        let services = sections.map(|(section, cells)| service(section, cells, tick, index));
        let cell_of = cells
            .iter()
            .zip(0..)
            .flat_map(|(cell, number)| (0..cell.servers).map(move |_| number));
        let cell_of: Vec<u32> = cell_of.collect();
        let operations = scenario.client.operation.iter();
        let operations: Vec<OperationParams> = operations
            .map(|section| operation(section, &scenario.client.platform, tick, index))
            .collect();
        let sources = scenario.source.iter();
        let needed = operations
            .iter()
            .filter(|one| one.required && one.is_of_sign_in());
        Self {
            sign_in_requests: needed.map(|one| one.count).fold(0, u8::saturating_add),
            ticks_per_second: tick.per_second().into(),
            sources: sources.map(|one| source(one, scenario, index)).collect(),
            faults: FaultParams::all(scenario, &cells),
            deeds: DeedParams::all(scenario, &cells),
            services: services.collect(),
            operations,
            addressing: Addressing::of(cell_of.len() as u32),
            cells,
            cell_of,
        }
    }

    /// Returns the state of all services at the start of a run.
    pub(crate) fn initial_state(&self) -> FleetState {
        let controls = self.cells.iter().map(|cell| {
            let scale = cell.autoscale.as_ref();
            let on = scale.map_or(cell.servers, |scale| scale.start);
            ServiceControl::new(cell.first, cell.servers, on)
        });
        FleetState::new(self.servers(), controls.collect())
    }

    /// Returns whether a state is one of these services, with so many regions.
    pub(crate) fn fits(&self, state: &FleetState, regions: usize) -> bool {
        let mut controls = state.controls.iter().zip(&self.cells);
        state.has_servers(self.servers())
            && state.controls.len() == self.cells.len()
            && controls.all(|(control, cell)| control.fits(cell.first, cell.servers, regions))
    }

    /// Returns the number of servers of all services.
    pub(crate) fn servers(&self) -> usize {
        self.cell_of.len()
    }

    /// Returns the cell of a server.
    pub(crate) fn cell(&self, server: u32) -> &ServiceCell {
        &self.cells[self.cell_of[server as usize] as usize]
    }

    /// Returns the service of a server.
    pub(crate) fn service(&self, server: u32) -> &ServiceParams {
        &self.services[self.cell(server).service]
    }

    /// Returns the terms of a sender: the operations are numbered first, then the sources.
    pub(crate) fn terms(&self, sender: usize) -> &SenderTerms {
        match self.operations.get(sender) {
            Some(operation) => &operation.terms,
            None => &self.sources[sender - self.operations.len()].terms,
        }
    }

    /// Returns the number of the sender that is a source.
    pub(crate) fn sender_of_source(&self, source: u32) -> usize {
        self.operations.len() + source as usize
    }
}

fn service(
    section: &ServiceSection,
    cells: Range<usize>,
    tick: TickLength,
    index: impl Fn(&str) -> usize,
) -> ServiceParams {
    let calls = section.calls.iter().map(|call| CallSettings {
        service: index(&call.service),
        chance: Chance::new(call.share.get()),
        count: call.count,
        timeout: timeout(tick.wait(call.timeout)),
        retries: call.retries,
        pause: tick.wait(call.pause),
        optional: call.optional,
        budget: budget(call),
        pass_deadline: call.pass_deadline,
    });
    ServiceParams {
        cells,
        fail_over: section.fail_over,
        concurrency: section.concurrency,
        queue: section.queue,
        order: section.order,
        reserve: (section.reserve.get() * 1_000.0).round() as u64,
        time: ServiceTime::new(section, tick.mean(section.time)),
        mean: tick.wait(section.time),
        slowdown: slowdown(section),
        balancer: section.balancer,
        holds: section.holds,
        wasted_work: section.wasted_work,
        together: section.call_order == CallOrder::Together,
        calls: calls.collect(),
        dies_at: section.dies_at,
        restart: tick.delay(section.restart),
        cache: section.cache.as_ref().map(|cache| CacheParams {
            keys: cache.keys,
            capacity: cache.capacity,
            warm: if cache.cold { 0 } else { cache.capacity },
            lifetime: cache.lifetime.map(|lifetime| tick.wait(lifetime)),
            coalesce: cache.coalesce,
            popularity: Popularity::new(cache.keys, cache.exponent),
        }),
        health: section
            .health
            .as_ref()
            .map(|health| HealthParams::new(health, tick)),
        is_scaled: section.autoscale.is_some(),
    }
}

/// The steps of the share of places taken.
const LOAD_STEPS: u32 = 256;

/// Returns how many times as long work takes, in millionths, at each step of the share of places taken.
fn slowdown(section: &ServiceSection) -> Vec<u64> {
    if section.load_factor == 1.0 {
        return Vec::new();
    }
    let factor = |step: u32| {
        let share = f64::from(step) / f64::from(LOAD_STEPS);
        let more = (section.load_factor - 1.0) * libm::pow(share, section.load_exponent);
        ((1.0 + more) * USUAL_FACTOR as f64).round() as u64
    };
    (0..=LOAD_STEPS).map(factor).collect()
}

fn budget(call: &ServiceCall) -> Option<u32> {
    call.budget
        .map(|retries| (retries * f64::from(WHOLE_RETRY)).round() as u32)
}
