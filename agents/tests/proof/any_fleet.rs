//! Makes the services of a random scenario refer to each other, so that they form a graph without cycles.
//!
//! The names of a random scenario mean nothing: here each list gets names of its own, and each reference
//! the name of a service. Applying it twice changes nothing.

use patchday_agents::scenario::{OperationTime, Scenario, quantity::Share};

/// The most required requests of a sign-in.
const MOST_REQUIRED: u32 = 31;

/// Connects the services of a scenario with each other and with what sends requests to them.
pub(crate) fn connect(scenario: &mut Scenario) {
    let count = scenario.service.len();
    let name = |number: usize| format!("s{number}");
    let regions = scenario.population.region.iter();
    let regions: Vec<String> = regions.map(|region| region.name.clone()).collect();
    // Lists of regions name one of them, and stay empty if they are.
    let first_region = |names: &mut Vec<String>| {
        names.truncate(1);
        names.iter_mut().for_each(|one| one.clone_from(&regions[0]));
    };
    for (number, service) in scenario.service.iter_mut().enumerate() {
        service.name = name(number);
        service.region.truncate(regions.len());
        let share = 1.0 / service.region.len().max(1) as f64;
        for (region, name) in service.region.iter_mut().zip(&regions) {
            region.name.clone_from(name);
            region.share = Share::new(share).unwrap_or(Share::ALL);
        }
        service.servers = service.servers.max(service.region.len() as u32);
        // A service calls only later ones.
        let later = count - number - 1;
        if later == 0 {
            service.calls.clear();
        }
        if let Some(scale) = &mut service.autoscale {
            scale.start = scale.start.min(service.servers);
            scale.least = scale.least.min(service.servers);
            if scale.target == Share::NONE {
                scale.target = Share::ALL;
            }
        }
        for (place, call) in service.calls.iter_mut().enumerate() {
            call.service = name(number + 1 + place % later);
        }
    }
    if count == 0 {
        scenario.source.clear();
        scenario.trigger.service.clear();
        scenario.operator.service.clear();
    }
    if count == 0 || scenario.overlay.enabled {
        scenario.client.operation.clear();
    }
    for (number, source) in scenario.source.iter_mut().enumerate() {
        source.name = format!("q{number}");
        source.service = name(number % count);
        source.region = source.region.take().map(|_| regions[0].clone());
        let from = source.from.unwrap_or(scenario.run.start);
        source.until = source.until.filter(|until| *until > from);
        source.rate_at_end = source.rate_at_end.filter(|_| source.until.is_some());
    }
    for (number, fault) in scenario.trigger.service.iter_mut().enumerate() {
        fault.service = name(number % count);
        first_region(&mut fault.regions);
        fault.caller = fault.caller.take().map(|_| name(0));
    }
    for (number, deed) in scenario.operator.service.iter_mut().enumerate() {
        deed.service = name(number % count);
        first_region(&mut deed.regions);
        deed.timeout = deed.timeout.or_else(|| "5s".parse().ok());
        deed.rate = deed.rate.or_else(|| "1/s".parse().ok());
        deed.count = deed.count.or(Some(3));
        deed.lasts = deed.lasts.or_else(|| "10m".parse().ok());
    }
    connect_platforms(scenario);
    let mut required = 0;
    for (number, operation) in scenario.client.operation.iter_mut().enumerate() {
        operation.name = format!("o{number}");
        if operation.budget.is_some() {
            // A budget has an effect only on retries.
            operation.retries = operation.retries.max(2);
        }
        operation.service = name(number % count);
        match operation.when {
            OperationTime::SignIn => {
                (operation.every, operation.rate) = (None, None);
                required += if operation.required {
                    u32::from(operation.count)
                } else {
                    0
                };
                operation.required &= required <= MOST_REQUIRED;
            }
            OperationTime::Online if operation.every.is_some() => operation.rate = None,
            OperationTime::Online => {
                let rate = operation.rate.take();
                operation.rate = rate.or_else(|| "6/h".parse().ok());
            }
        }
    }
}

/// Gives platforms and their operations names, and shares that add up to at most 1.
fn connect_platforms(scenario: &mut Scenario) {
    let client = &mut scenario.client;
    let name = |number: usize| format!("p{number}");
    let sum: f64 = client.platform.iter().map(|one| one.share.get()).sum();
    for (number, platform) in client.platform.iter_mut().enumerate() {
        platform.name = name(number);
        if sum > 1.0 {
            platform.share = Share::new(platform.share.get() / sum).unwrap();
        }
        if let Some(retry) = platform.retry.as_mut().filter(|_| scenario.overlay.enabled) {
            retry.budget.tokens = 0;
        }
    }
    let platforms = client.platform.len();
    for (number, operation) in client.operation.iter_mut().enumerate() {
        // Every client needs a required operation of the sign-in.
        let is_for_all = operation.required && operation.when == OperationTime::SignIn;
        if is_for_all || platforms == 0 {
            operation.platforms.clear();
        }
        if number % 2 == 1 && platforms > 0 && !is_for_all && operation.platforms.is_empty() {
            operation.platforms.push(String::new());
        }
        for (place, named) in operation.platforms.iter_mut().enumerate() {
            let chosen = (number + place) % (platforms + 1);
            *named = if chosen == platforms {
                "others".into()
            } else {
                name(chosen)
            };
        }
    }
}
