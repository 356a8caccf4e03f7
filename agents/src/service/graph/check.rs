//! Checks of services, operations, sources and faults that need the whole scenario: names, the graph,
//! time-outs, and loads that cannot be served. Units: requests per second, seconds.

use std::collections::BTreeSet;

use crate::{
    event::check::too_many,
    scenario::{parameter::check::Remark, quantity::span::Span, root::Scenario},
    service::{
        control::check::{check_controls, check_deeds},
        graph::regions::check_regions,
        graph::{
            calm::{ServiceLoad, callers_first},
            senders::request_senders,
        },
        section::{FaultEffect, OperationTime, ServiceCall, ServiceSection},
        sender::params::SHORTEST_TIMEOUT,
        server::request::{Addressing, MOST_KINDS, MOST_SERVERS},
    },
};

/// The most attempts at one service for one request without a warning.
const MANY_ATTEMPTS: f64 = 12.0;

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_services(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = check_sizes(scenario);
    remarks.extend(check_names(scenario));
    remarks.extend(check_references(scenario));
    remarks.extend(check_operations(scenario));
    remarks.extend(check_timeouts(scenario));
    remarks.extend(check_callers(scenario));
    remarks.extend(check_regions(scenario));
    remarks.extend(check_sources(scenario));
    remarks.extend(check_controls(scenario));
    remarks.extend(check_deeds(scenario));
    match callers_first(&scenario.service) {
        Err(cycle) => remarks.push(Remark::error(
            "service",
            format!(
                "calls go round in a circle: {}; a request would call itself without end",
                cycle.join(" -> ")
            ),
        )),
        Ok(_) => remarks.extend(check_loads(scenario)),
    }
    remarks
}

fn check_sizes(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let servers = scenario.service.iter().map(|one| u64::from(one.servers));
    let servers: u64 = servers.sum();
    if servers > MOST_SERVERS.into() {
        remarks.push(Remark::error(
            "service",
            format!("have {servers} servers in all; the maximum is {MOST_SERVERS}"),
        ));
    }
    let mut limit = |path: String, count: usize| {
        if count > MOST_KINDS {
            let message = format!("has {count} entries; the maximum is {MOST_KINDS}");
            remarks.push(Remark::error(path, message));
        }
    };
    limit("client.operation".into(), scenario.client.operation.len());
    for (number, service) in scenario.service.iter().enumerate() {
        limit(format!("service.{number}.calls"), service.calls.len());
    }
    let addressed = u32::try_from(servers)
        .unwrap_or(MOST_SERVERS)
        .min(MOST_SERVERS);
    let most = Addressing::of(addressed).slots();
    for (number, service) in scenario.service.iter().enumerate() {
        let requests = service.concurrency as usize + service.queue as usize;
        if requests >= most {
            let message = format!(
                "and concurrency are {requests} requests; with {servers} servers in all, the maximum is {most}"
            );
            remarks.push(Remark::error(format!("service.{number}.queue"), message));
        }
    }
    remarks.extend(too_many("source".into(), scenario.source.len()));
    remarks.extend(too_many(
        "trigger.service".into(),
        scenario.trigger.service.len(),
    ));
    remarks
}

/// Returns all names with their paths: those of services, operations and sources are distinct.
fn names(scenario: &Scenario) -> Vec<(String, &str)> {
    let services = scenario.service.iter().map(|one| one.name.as_str());
    let operations = scenario
        .client
        .operation
        .iter()
        .map(|one| one.name.as_str());
    let sources = scenario.source.iter().map(|one| one.name.as_str());
    let path = |list: &'static str| move |(number, name)| (format!("{list}.{number}.name"), name);
    let services = services.enumerate().map(path("service"));
    let operations = operations.enumerate().map(path("client.operation"));
    let sources = sources.enumerate().map(path("source"));
    services.chain(operations).chain(sources).collect()
}

fn check_names(scenario: &Scenario) -> Vec<Remark> {
    let mut known = BTreeSet::new();
    let mut remarks = Vec::new();
    for (path, name) in names(scenario) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let starts = name.chars().next().is_some_and(|c| c.is_ascii_lowercase());
        if !starts || !name.chars().all(plain) || name.len() > 40 {
            let allowed = "is not a name: a lower-case letter, then up to 39 such letters, digits and underscores";
            remarks.push(Remark::error(path, allowed));
        } else if !known.insert(name) {
            let message = "is also the name of another service, operation or source";
            remarks.push(Remark::error(path, message));
        }
    }
    remarks
}

fn check_references(scenario: &Scenario) -> Vec<Remark> {
    let mut named: Vec<(String, &str)> = Vec::new();
    for (number, service) in scenario.service.iter().enumerate() {
        for (place, call) in service.calls.iter().enumerate() {
            named.push((
                format!("service.{number}.calls.{place}.service"),
                &call.service,
            ));
        }
    }
    for (number, one) in scenario.client.operation.iter().enumerate() {
        named.push((format!("client.operation.{number}.service"), &one.service));
    }
    for (number, one) in scenario.source.iter().enumerate() {
        named.push((format!("source.{number}.service"), &one.service));
    }
    for (number, one) in scenario.trigger.service.iter().enumerate() {
        named.push((format!("trigger.service.{number}.service"), &one.service));
        if let Some(caller) = &one.caller {
            named.push((format!("trigger.service.{number}.caller"), caller));
        }
    }
    for (number, one) in scenario.operator.service.iter().enumerate() {
        named.push((format!("operator.service.{number}.service"), &one.service));
    }
    let known: Vec<&str> = scenario
        .service
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let unknown = named.into_iter().filter(|(_, name)| !known.contains(name));
    let remarks = unknown.map(|(path, _)| {
        let message = match known.as_slice() {
            [] => "names a service, but the scenario has none".to_owned(),
            known => format!("is no service; the services are {}", known.join(", ")),
        };
        Remark::error(path, message)
    });
    remarks.collect()
}

/// Returns a remark for each caller of a fault that makes no difference.
fn check_callers(scenario: &Scenario) -> Vec<Remark> {
    let faults = scenario.trigger.service.iter().enumerate();
    let remarks = faults.filter_map(|(number, fault)| {
        let name = fault.caller.as_ref()?;
        let caller = ServiceSection::index_of(&scenario.service, name)?;
        let calls = scenario.service[caller]
            .calls
            .iter()
            .any(|call| call.service == fault.service);
        let message = if fault.effect != FaultEffect::Loss {
            format!("has no effect on a fault \"{}\"", fault.effect)
        } else if !calls {
            format!("has no effect: {name} makes no calls to {}", fault.service)
        } else {
            return None;
        };
        Some(Remark::warning(
            format!("trigger.service.{number}.caller"),
            message,
        ))
    });
    remarks.collect()
}

fn check_operations(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut required = 0;
    for (number, one) in scenario.client.operation.iter().enumerate() {
        let path = |key: &str| format!("client.operation.{number}.{key}");
        let at_sign_in = one.when == OperationTime::SignIn;
        match (at_sign_in, one.every, one.rate) {
            (true, None, None) | (false, Some(_), None) | (false, None, Some(_)) => {}
            (true, ..) => remarks.push(Remark::error(
                path("when"),
                "is \"sign-in\", so the operation has neither `every` nor `rate`",
            )),
            (false, ..) => remarks.push(Remark::error(
                path("when"),
                "is \"online\", so the operation needs one of `every` and `rate`",
            )),
        }
        if at_sign_in && one.required {
            required += u32::from(one.count);
            if one.retries > 0 {
                let message = "has no effect on a required operation of the sign-in: the client tries \
                               again as client.retry says";
                remarks.push(Remark::warning(path("retries"), message));
            }
        }
        if one.rate.is_some() && !one.jitter {
            let message = "has no effect on an operation with `rate`, which is sent at random";
            remarks.push(Remark::warning(path("jitter"), message));
        }
    }
    if required > 31 {
        let message = format!("require {required} requests at the sign-in; the maximum is 31");
        remarks.push(Remark::error("client.operation", message));
    }
    if scenario.overlay.enabled && !scenario.client.operation.is_empty() {
        let message = "needs overlay.enabled = false: clients of an overlay sign in by supernodes";
        remarks.push(Remark::error("client.operation", message));
    }
    if required > 0 && !scenario.trigger.login_flood.is_empty() {
        let message =
            "has no effect on users: the sign-in goes to services and not to the login servers";
        remarks.push(Remark::warning("trigger.login_flood", message));
    }
    remarks
}

fn check_timeouts(scenario: &Scenario) -> Vec<Remark> {
    let tick = scenario.tick();
    let mut timeouts: Vec<(String, Span)> = Vec::new();
    for (number, one) in scenario.client.operation.iter().enumerate() {
        timeouts.push((format!("client.operation.{number}.timeout"), one.timeout));
    }
    for (number, one) in scenario.source.iter().enumerate() {
        timeouts.push((format!("source.{number}.timeout"), one.timeout));
    }
    let mut remarks = Vec::new();
    for (number, service) in scenario.service.iter().enumerate() {
        for (place, call) in service.calls.iter().enumerate() {
            let path = format!("service.{number}.calls.{place}.timeout");
            timeouts.push((path.clone(), call.timeout));
            remarks.extend(without_use_of_deadline(scenario, call).map(|message| {
                let path = format!("service.{number}.calls.{place}.pass_deadline");
                Remark::warning(path, message)
            }));
            if call.pass_deadline {
                continue;
            }
            if let Some(shortest) = shortest_wait(scenario, service)
                && call.timeout > shortest
            {
                remarks.push(Remark::warning(
                    path,
                    format!(
                        "is longer than the \"{shortest}\" for which a sender waits for {}: it works on \
                         requests whose senders no longer wait",
                        service.name
                    ),
                ));
            }
        }
    }
    for (path, timeout) in timeouts {
        if tick.ticks(timeout) < SHORTEST_TIMEOUT {
            remarks.push(Remark::warning(
                path,
                format!("is shorter than {SHORTEST_TIMEOUT} ticks and counts as so long"),
            ));
        }
    }
    remarks
}

/// Returns a warning if a deadline is passed on to a service that works on anyway.
fn without_use_of_deadline(scenario: &Scenario, call: &ServiceCall) -> Option<String> {
    let called = ServiceSection::index_of(&scenario.service, &call.service)?;
    let works_on = call.pass_deadline && scenario.service[called].wasted_work;
    works_on.then(|| {
        format!(
            "saves no work: {} works on requests whose senders no longer wait (its wasted_work is true)",
            call.service
        )
    })
}

/// Returns a remark for each contradictory or useless time of a source.
fn check_sources(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (number, source) in scenario.source.iter().enumerate() {
        let path = |key: &str| format!("source.{number}.{key}");
        let from = source.from.unwrap_or(scenario.run.start);
        if source.until.is_some_and(|until| until <= from) {
            let message = "is not after the begin of the source";
            remarks.push(Remark::error(path("until"), message));
        }
        if from >= scenario.run.end {
            let message = "is not before the end of the run: this source sends nothing";
            remarks.push(Remark::warning(path("from"), message));
        }
        if source.rate_at_end.is_some() && source.until.is_none() {
            let message = "needs `until`, at which the source has this rate";
            remarks.push(Remark::error(path("rate_at_end"), message));
        }
    }
    remarks
}

/// Returns the shortest time for which a client, source or other service waits for a service.
fn shortest_wait(scenario: &Scenario, service: &ServiceSection) -> Option<Span> {
    let senders = request_senders(scenario).map(|one| (one.service, one.timeout));
    let calls = scenario.service.iter().flat_map(|one| &one.calls);
    let calls = calls.map(|one| (one.service.as_str(), one.timeout));
    let waits = senders
        .chain(calls)
        .filter(|(name, _)| *name == service.name);
    waits.map(|(_, timeout)| timeout).min()
}

fn check_loads(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (number, load) in ServiceLoad::all(scenario).iter().enumerate() {
        let path = |key: &str| format!("service.{number}.{key}");
        if load.attempts == 0.0 {
            let message = "names a service that gets no requests: neither an operation nor a source nor a call reaches it";
            remarks.push(Remark::warning(path("name"), message));
        }
        if load.capacity_per_s < load.per_s {
            let message = format!(
                "gives a capacity of {:.1}/s, below the {:.1}/s of a calm day",
                load.capacity_per_s, load.per_s
            );
            remarks.push(Remark::warning(path("concurrency"), message));
        }
        if load.attempts > MANY_ATTEMPTS {
            let message = format!(
                "names a service that can get {:.0} attempts for one request if it fails: retries of \
                 several tiers multiply",
                load.attempts
            );
            remarks.push(Remark::warning(path("name"), message));
        }
    }
    remarks
}
