//! The load of every service on an ordinary weekday beside its capacity, computed along the graph.
//!
//! Without failures and queues: the rate of requests at the calm peak, the requests that the servers can
//! work on, and the time for which a request holds a place. Units: requests per second, seconds.

use crate::{
    client::platform::shares::senders_share,
    population::ordinary_day::OrdinaryDay,
    scenario::root::Scenario,
    service::{
        graph::senders::request_senders,
        section::{CallOrder, Operation, OperationTime, RequestSource, ServiceSection},
    },
};

/// The load and the capacity of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceLoad {
    /// The name of the service.
    pub name: String,
    /// Requests per second at the calm peak.
    pub per_s: f64,
    /// Requests per second that its servers can work on; infinite if their work takes no time.
    pub capacity_per_s: f64,
    /// The mean time from the arrival of a request to its answer, without waiting.
    pub time_s: f64,
    /// The most attempts at this service for one request of a client or source, if everything fails:
    /// the product of the attempts along the path on which it is greatest.
    pub attempts: f64,
}

impl ServiceLoad {
    /// Returns the capacity as a multiple of the calm peak; `None` without requests.
    pub fn headroom(&self) -> Option<f64> {
        (self.per_s > 0.0).then(|| self.capacity_per_s / self.per_s)
    }

    /// Computes the loads of a scenario's services, in its order; empty if the services form a cycle.
    pub fn all(scenario: &Scenario) -> Vec<Self> {
        let mut operations = scenario.client.operation.iter();
        let is_needed = operations.any(|one| one.when == OperationTime::SignIn);
        let sign_ins = if is_needed {
            OrdinaryDay::sign_ins(scenario)
        } else {
            0.0
        };
        Self::at_sign_ins(scenario, sign_ins)
    }

    /// Computes the loads with so many sign-ins per second at the calm peak.
    pub(crate) fn at_sign_ins(scenario: &Scenario, sign_ins: f64) -> Vec<Self> {
        let Ok(order) = callers_first(&scenario.service) else {
            return Vec::new();
        };
        let services = &scenario.service;
        let mut rates = own_rates(scenario, sign_ins);
        let mut attempts = own_attempts(scenario);
        for caller in &order {
            for call in &services[*caller].calls {
                let Some(called) = ServiceSection::index_of(services, &call.service) else {
                    continue;
                };
                rates[called] += rates[*caller] * call.share.get() * f64::from(call.count);
                let tries =
                    attempts[*caller] * f64::from(call.count) * (1.0 + f64::from(call.retries));
                attempts[called] = attempts[called].max(tries);
            }
        }
        let hop = 1.0 / f64::from(scenario.tick().per_second());
        let mut times = vec![0.0; services.len()];
        for number in order.iter().rev() {
            let service = &services[*number];
            times[*number] = own_time(service) + calls_time(services, service, &times, hop);
        }
        let all = services.iter().enumerate().map(|(number, service)| {
            let held = if service.holds {
                times[number]
            } else {
                own_time(service)
            };
            let places = f64::from(service.servers) * f64::from(service.concurrency);
            Self {
                name: service.name.clone(),
                per_s: rates[number],
                capacity_per_s: if held > 0.0 {
                    places / held
                } else {
                    f64::INFINITY
                },
                time_s: times[number],
                attempts: attempts[number],
            }
        });
        all.collect()
    }
}

fn own_time(service: &ServiceSection) -> f64 {
    service.time.as_seconds()
}

/// Returns the mean time of the calls of a service, without waiting.
fn calls_time(
    services: &[ServiceSection],
    service: &ServiceSection,
    times: &[f64],
    hop: f64,
) -> f64 {
    let each = service.calls.iter().filter_map(|call| {
        let called = ServiceSection::index_of(services, &call.service)?;
        Some(call.share.get() * (times[called] + 2.0 * hop))
    });
    match service.call_order {
        CallOrder::Sequence => each.sum(),
        CallOrder::Together => each.fold(0.0, f64::max),
    }
}

/// Returns the requests of an operation of all clients that send it, per second, with so many sign-ins per
/// second.
pub(crate) fn operation_rate(scenario: &Scenario, sign_ins: f64, operation: &Operation) -> f64 {
    let population = &scenario.population;
    let online = population.users as f64 * population.online_share.get();
    let each = match (operation.when, operation.every, operation.rate) {
        (OperationTime::SignIn, ..) => sign_ins,
        (OperationTime::Online, Some(every), None) => online / every.as_seconds().max(1e-9),
        (OperationTime::Online, _, rate) => online * rate.map_or(0.0, |rate| rate.per_second()),
    };
    each * senders_share(scenario, operation) * f64::from(operation.count)
}

/// Returns the requests of clients and sources at each service, per second.
fn own_rates(scenario: &Scenario, sign_ins: f64) -> Vec<f64> {
    let mut rates = vec![0.0; scenario.service.len()];
    for operation in &scenario.client.operation {
        if let Some(service) = ServiceSection::index_of(&scenario.service, &operation.service) {
            rates[service] += operation_rate(scenario, sign_ins, operation);
        }
    }
    // A source that begins later is no part of an ordinary day.
    let is_usual =
        |source: &&RequestSource| source.from.is_none_or(|from| from <= scenario.run.start);
    for source in scenario.source.iter().filter(is_usual) {
        if let Some(service) = ServiceSection::index_of(&scenario.service, &source.service) {
            rates[service] += source.rate.per_second();
        }
    }
    rates
}

/// Returns the most attempts of a request of a client or source at each service.
fn own_attempts(scenario: &Scenario) -> Vec<f64> {
    let mut attempts = vec![0.0; scenario.service.len()];
    for sender in request_senders(scenario) {
        if let Some(service) = ServiceSection::index_of(&scenario.service, sender.service) {
            attempts[service] = f64::max(attempts[service], 1.0 + f64::from(sender.retries));
        }
    }
    attempts
}

/// Returns the services in an order in which each comes before those that it calls.
///
/// # Errors
/// Returns the names along a cycle if there is one.
pub fn callers_first(services: &[ServiceSection]) -> Result<Vec<usize>, Vec<String>> {
    let mut order = Vec::new();
    let mut is_done = vec![false; services.len()];
    for start in 0..services.len() {
        let mut path = Vec::new();
        visit(services, start, &mut path, &mut is_done, &mut order)?;
    }
    order.reverse();
    Ok(order)
}

/// Visits a service after all that it calls.
fn visit(
    services: &[ServiceSection],
    service: usize,
    path: &mut Vec<usize>,
    is_done: &mut [bool],
    order: &mut Vec<usize>,
) -> Result<(), Vec<String>> {
    if is_done[service] {
        return Ok(());
    }
    if let Some(from) = path.iter().position(|one| *one == service) {
        let names = path[from..].iter().chain([&service]);
        return Err(names.map(|one| services[*one].name.clone()).collect());
    }
    path.push(service);
    for call in &services[service].calls {
        if let Some(called) = ServiceSection::index_of(services, &call.service) {
            visit(services, called, path, is_done, order)?;
        }
    }
    path.pop();
    is_done[service] = true;
    order.push(service);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::section::ServiceCall;

    fn chain() -> Scenario {
        let service = |name: &str, calls: &[(&str, f64, u8)]| ServiceSection {
            name: name.into(),
            servers: 2,
            concurrency: 10,
            time: "1s".parse().unwrap(),
            calls: calls
                .iter()
                .map(|(name, share, retries)| ServiceCall {
                    service: (*name).into(),
                    share: crate::scenario::quantity::share::Share::new(*share).unwrap(),
                    retries: *retries,
                    ..ServiceCall::default()
                })
                .collect(),
            ..ServiceSection::default()
        };
        Scenario {
            service: vec![
                service("database", &[]),
                service("gateway", &[("auth", 1.0, 2), ("database", 0.5, 0)]),
                service("auth", &[("database", 1.0, 3)]),
            ],
            source: vec![RequestSource {
                name: "load".into(),
                service: "gateway".into(),
                rate: "4/s".parse().unwrap(),
                retries: 1,
                ..RequestSource::default()
            }],
            ..Scenario::default()
        }
    }

    #[test]
    fn loads_add_up_along_the_graph() {
        let loads = ServiceLoad::all(&chain());
        let rates: Vec<f64> = loads.iter().map(|load| load.per_s).collect();
        assert_eq!(rates, [6.0, 4.0, 4.0]);
        let attempts: Vec<f64> = loads.iter().map(|load| load.attempts).collect();
        assert_eq!(attempts, [24.0, 2.0, 6.0]);
        // The database takes 1 s, auth 1 + 1 + 2 hops, the gateway 1 + (4 + 2) + 0.5 * (1 + 2).
        let times: Vec<f64> = loads.iter().map(|load| load.time_s).collect();
        assert_eq!(times, [1.0, 8.5, 4.0]);
        assert_eq!(loads[2].capacity_per_s, 5.0);
        assert_eq!(loads[2].headroom(), Some(1.25));
    }

    #[test]
    fn a_cycle_is_named() {
        let mut scenario = chain();
        scenario.service[0].calls.push(ServiceCall {
            service: "gateway".into(),
            ..ServiceCall::default()
        });
        let cycle = callers_first(&scenario.service).unwrap_err().join(" -> ");
        assert_eq!(cycle, "database -> gateway -> auth -> database");
        assert!(ServiceLoad::all(&scenario).is_empty());
    }
}
