//! The compiled services, operations and sources of a scenario.
//!
//! Names became indices. The servers of all services are numbered in the order of the services. Senders
//! are the operations of the clients, then the sources. Units: ticks.

use patchday_core::{Chance, Span as Ticks};

use crate::{
    scenario::{quantity::run_clock::TickLength, root::Scenario},
    service::{
        control::{
            automation::{AutomaticService, AutoscaleParams, HealthParams},
            deeds::DeedParams,
            faults::FaultParams,
            fleet_state::FleetState,
            service_control::ServiceControl,
        },
        section::{Balancer, CallOrder, QueueOrder, ServiceCall, ServiceSection},
        sender::params::{OperationParams, SourceParams, operation, source, timeout},
        server::popularity::Popularity,
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
}

/// A service.
#[derive(Debug)]
pub(crate) struct ServiceParams {
    /// The index of its first server among all servers, and their number.
    pub(crate) first: u32,
    pub(crate) servers: u32,
    pub(crate) concurrency: u32,
    pub(crate) queue: u32,
    pub(crate) newest_first: bool,
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
    pub(crate) autoscale: Option<AutoscaleParams>,
}

/// The caches of a service.
#[derive(Debug)]
pub(crate) struct CacheParams {
    pub(crate) keys: u32,
    pub(crate) capacity: u32,
    /// The keys that it holds at the start of the run.
    pub(crate) warm: u32,
    pub(crate) lifetime: Option<Ticks>,
    pub(crate) popularity: Popularity,
}

impl ServiceParams {
    /// Returns whether senders read the loads of its servers.
    pub(crate) fn reports_loads(&self) -> bool {
        self.is_automatic() || self.is_chosen_by_load()
    }

    /// Returns whether it has health checks or is scaled automatically.
    pub(crate) fn is_automatic(&self) -> bool {
        self.health.is_some() || self.autoscale.is_some()
    }

    /// Returns the service as health checks and automatic scaling see it.
    pub(crate) fn automatic(&self, control: &ServiceControl) -> AutomaticService<'_> {
        AutomaticService {
            first: self.first,
            servers: self.servers,
            concurrency: control.concurrency.unwrap_or(self.concurrency),
            mean: self.mean,
            health: self.health.as_ref(),
            autoscale: self.autoscale.as_ref(),
        }
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
    pub(crate) operations: Vec<OperationParams>,
    pub(crate) sources: Vec<SourceParams>,
    pub(crate) faults: Vec<FaultParams>,
    pub(crate) deeds: Vec<DeedParams>,
    /// The service of each server.
    pub(crate) service_of: Vec<u16>,
    pub(crate) ticks_per_second: f64,
    /// The required requests of a sign-in; 0 if clients sign in at the login servers.
    pub(crate) sign_in_requests: u8,
}

impl FleetParams {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let tick = scenario.tick();
        // A checked scenario has only names of services.
        let index = |name: &str| ServiceSection::index_of(&scenario.service, name).unwrap_or(0);
        let mut services: Vec<ServiceParams> = Vec::new();
        let mut service_of = Vec::new();
        for (number, section) in scenario.service.iter().enumerate() {
            services.push(service(section, service_of.len() as u32, tick, index));
            service_of.extend((0..section.servers).map(|_| number as u16));
        }
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
            sources: sources.map(|one| source(one, tick, index)).collect(),
            faults: FaultParams::all(scenario),
            deeds: DeedParams::all(scenario),
            services,
            operations,
            service_of,
        }
    }

    /// Returns the state of all services at the start of a run.
    pub(crate) fn initial_state(&self) -> FleetState {
        let controls = self.services.iter().map(|service| {
            let on = service
                .autoscale
                .as_ref()
                .map_or(service.servers, |scale| scale.start);
            ServiceControl::new(service.first, service.servers, on)
        });
        FleetState::new(self.servers(), controls.collect())
    }

    /// Returns whether a state is one of these services, with so many regions.
    pub(crate) fn fits(&self, state: &FleetState, regions: usize) -> bool {
        let controls = state.controls.iter().zip(&self.services);
        state.has_servers(self.servers())
            && state.controls.len() == self.services.len()
            && controls
                .into_iter()
                .all(|(control, service)| control.fits(service.first, service.servers, regions))
    }

    /// Returns the number of servers of all services.
    pub(crate) fn servers(&self) -> usize {
        self.service_of.len()
    }

    /// Returns the service of a server.
    pub(crate) fn service(&self, server: u32) -> &ServiceParams {
        &self.services[usize::from(self.service_of[server as usize])]
    }

    /// Returns the number of the sender that is a source.
    pub(crate) fn sender_of_source(&self, source: u32) -> usize {
        self.operations.len() + source as usize
    }
}

fn service(
    section: &ServiceSection,
    first: u32,
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
    });
    ServiceParams {
        first,
        servers: section.servers.into(),
        concurrency: section.concurrency,
        queue: section.queue,
        newest_first: section.order == QueueOrder::Lifo,
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
            popularity: Popularity::new(cache.keys, cache.exponent),
        }),
        health: section
            .health
            .as_ref()
            .map(|health| HealthParams::new(health, tick)),
        autoscale: section
            .autoscale
            .as_ref()
            .map(|scale| AutoscaleParams::new(scale, section.servers, tick)),
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
