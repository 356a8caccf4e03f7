//! The compiled services, operations and sources of a scenario.
//!
//! Names became indices. The servers of all services are numbered in the order of the services. Senders
//! are the operations of the clients, then the sources. Units: ticks.

use patchday_core::{Chance, MAX_DELAY, Span as Ticks};

use crate::{
    network::distributions::{ExponentialSpans, PoissonCounts},
    scenario::root::Scenario,
    service::{
        clock::TickClock,
        faults::FaultParams,
        section::{
            ArrivalLaw, Balancer, CallOrder, Operation, OperationTime, QueueOrder, RequestSource,
            ServiceCall, ServiceSection,
        },
        service_time::ServiceTime,
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
    pub(crate) balancer: Balancer,
    pub(crate) holds: bool,
    pub(crate) wasted_work: bool,
    /// Whether all calls are one stage.
    pub(crate) together: bool,
    pub(crate) calls: Vec<CallSettings>,
}

impl ServiceParams {
    /// Returns whether senders read the loads of its servers.
    pub(crate) fn reports_loads(&self) -> bool {
        match self.balancer {
            Balancer::Random | Balancer::RoundRobin => false,
            Balancer::LeastRequests | Balancer::TwoChoices => true,
        }
    }
}

/// When a client sends an operation while it is online.
#[derive(Debug)]
pub(crate) enum Repetition {
    /// Once for each sign-in.
    Once,
    /// Every so many ticks; whether clients are at different points of the period.
    Every { period: Ticks, spread: bool },
    /// At random.
    AtRandom(ExponentialSpans),
}

/// An operation of the clients.
#[derive(Debug)]
pub(crate) struct OperationParams {
    pub(crate) service: usize,
    pub(crate) repetition: Repetition,
    pub(crate) count: u8,
    pub(crate) timeout: Ticks,
    pub(crate) retries: u8,
    pub(crate) pause: Ticks,
    pub(crate) required: bool,
}

impl OperationParams {
    /// Returns whether it belongs to the sign-in.
    pub(crate) fn is_of_sign_in(&self) -> bool {
        matches!(self.repetition, Repetition::Once)
    }
}

/// How many requests a source sends in a tick.
#[derive(Debug)]
pub(crate) enum Arrivals {
    Poisson(PoissonCounts),
    /// In units of 2^-32 of a request.
    Constant(u64),
}

/// A source of requests.
#[derive(Debug)]
pub(crate) struct SourceParams {
    pub(crate) service: usize,
    pub(crate) arrivals: Arrivals,
    pub(crate) timeout: Ticks,
    pub(crate) retries: u8,
    pub(crate) pause: Ticks,
}

/// All services of a scenario, with everything that sends requests to them.
#[derive(Debug, Default)]
pub(crate) struct FleetParams {
    pub(crate) services: Vec<ServiceParams>,
    pub(crate) operations: Vec<OperationParams>,
    pub(crate) sources: Vec<SourceParams>,
    pub(crate) faults: Vec<FaultParams>,
    /// The service of each server.
    pub(crate) service_of: Vec<u16>,
    pub(crate) ticks_per_second: f64,
    /// The required requests of a sign-in; 0 if clients sign in at the login servers.
    pub(crate) sign_in_requests: u8,
}

impl FleetParams {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let clock = TickClock::new(scenario);
        let index = |name: &str| {
            let mut all = scenario.service.iter();
            // A checked scenario has only names of services.
            all.position(|one| one.name == name).unwrap_or(0)
        };
        let mut services: Vec<ServiceParams> = Vec::new();
        let mut service_of = Vec::new();
        for (number, section) in scenario.service.iter().enumerate() {
            services.push(service(section, service_of.len() as u32, clock, index));
            service_of.extend((0..section.servers).map(|_| number as u16));
        }
        let operations = scenario.client.operation.iter();
        let operations: Vec<OperationParams> = operations
            .map(|section| operation(section, clock, index))
            .collect();
        let sources = scenario.source.iter();
        let needed = operations
            .iter()
            .filter(|one| one.required && one.is_of_sign_in());
        Self {
            sign_in_requests: needed.map(|one| one.count).fold(0, u8::saturating_add),
            ticks_per_second: clock.per_second(),
            sources: sources.map(|one| source(one, clock, index)).collect(),
            faults: FaultParams::all(scenario),
            services,
            operations,
            service_of,
        }
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

/// Returns the time for which a sender waits, at least the ticks in which an answer can come.
fn timeout(ticks: Ticks) -> Ticks {
    ticks.max(SHORTEST_TIMEOUT)
}

/// The shortest time-out: a tick to the server, one for its work, one back.
pub(crate) const SHORTEST_TIMEOUT: Ticks = 3;

fn service(
    section: &ServiceSection,
    first: u32,
    clock: TickClock,
    index: impl Fn(&str) -> usize,
) -> ServiceParams {
    let calls = section.calls.iter().map(|call| CallSettings {
        service: index(&call.service),
        chance: Chance::new(call.share.get()),
        count: call.count,
        timeout: timeout(clock.ticks(call.timeout)),
        retries: call.retries,
        pause: clock.ticks(call.pause),
        optional: call.optional,
        budget: budget(call),
    });
    ServiceParams {
        first,
        servers: section.servers.into(),
        concurrency: section.concurrency,
        queue: section.queue,
        newest_first: section.order == QueueOrder::Lifo,
        time: ServiceTime::new(section, clock.exact(section.time)),
        mean: clock.ticks(section.time),
        balancer: section.balancer,
        holds: section.holds,
        wasted_work: section.wasted_work,
        together: section.call_order == CallOrder::Together,
        calls: calls.collect(),
    }
}

fn budget(call: &ServiceCall) -> Option<u32> {
    call.budget
        .map(|retries| (retries * f64::from(WHOLE_RETRY)).round() as u32)
}

fn operation(
    section: &Operation,
    clock: TickClock,
    index: impl Fn(&str) -> usize,
) -> OperationParams {
    let repetition = match (section.when, section.every, section.rate) {
        (OperationTime::SignIn, ..) => Repetition::Once,
        (OperationTime::Online, _, Some(rate)) => {
            Repetition::AtRandom(ExponentialSpans::new(1.0 / clock.per_tick(rate)))
        }
        (OperationTime::Online, every, None) => Repetition::Every {
            period: every.map_or(MAX_DELAY, |every| clock.ticks(every).max(1)),
            spread: section.jitter,
        },
    };
    OperationParams {
        service: index(&section.service),
        repetition,
        count: section.count,
        timeout: timeout(clock.ticks(section.timeout)),
        retries: section.retries,
        pause: clock.ticks(section.pause),
        required: section.required,
    }
}

fn source(
    section: &RequestSource,
    clock: TickClock,
    index: impl Fn(&str) -> usize,
) -> SourceParams {
    let rate = clock.per_tick(section.rate);
    SourceParams {
        service: index(&section.service),
        arrivals: match section.law {
            ArrivalLaw::Poisson => Arrivals::Poisson(PoissonCounts::new(rate)),
            ArrivalLaw::Constant => Arrivals::Constant((rate * 4_294_967_296.0).round() as u64),
        },
        timeout: timeout(clock.ticks(section.timeout)),
        retries: section.retries,
        pause: clock.ticks(section.pause),
    }
}
