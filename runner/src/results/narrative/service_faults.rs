//! Sentences about faults of services and what the operator does to services.

use patchday_agents::scenario::{DeedKind, FaultEffect, Scenario, ServiceDeed, ServiceFault};

/// The begin of the fault with this number.
pub(super) fn begins(scenario: &Scenario, number: usize) -> String {
    let Some(fault) = scenario.trigger.service.get(number) else {
        return String::new();
    };
    let what = match fault.effect {
        FaultEffect::Dead => "go down and lose their requests".to_owned(),
        FaultEffect::Slow => format!("take {} times as long", fault.factor),
        FaultEffect::Errors => {
            let percent = fault.share.get() * 100.0;
            format!("answer {percent:.0} % of their requests with errors")
        }
        FaultEffect::Loss => {
            let percent = fault.share.get() * 100.0;
            let from = fault.caller.as_ref();
            let from = from.map_or_else(String::new, |name| format!(" from {name}"));
            format!("lose {percent:.0} % of the requests{from} on the way")
        }
        FaultEffect::Flush => return format!("The caches of {} are empty", fault.service),
    };
    format!("{} {what}, for {}", servers(fault), fault.lasts)
}

/// The end of the fault with this number.
pub(super) fn over(scenario: &Scenario, number: usize) -> String {
    let fault = scenario.trigger.service.get(number);
    fault.map_or_else(String::new, |fault| {
        let what = match fault.effect {
            FaultEffect::Dead => "are up again, if no other fault keeps them down",
            FaultEffect::Slow => "are no longer slowed down by this fault",
            FaultEffect::Errors => "no longer answer with errors because of this fault",
            FaultEffect::Loss => "get their requests again",
            FaultEffect::Flush => "had empty caches at the begin of this fault",
        };
        format!("{} {what}", servers(fault))
    })
}

fn servers(fault: &ServiceFault) -> String {
    let service = format!("{}{}", fault.service, in_regions(&fault.regions));
    match fault.servers {
        None => format!("All servers of {service}"),
        Some(1) => format!("The first of the servers of {service}"),
        Some(count) => format!("The first {count} of the servers of {service}"),
    }
}

/// The begin of the operator's deed with this number.
pub(super) fn deed(scenario: &Scenario, number: usize) -> String {
    let Some(deed) = scenario.operator.service.get(number) else {
        return String::new();
    };
    let count = deed.count.unwrap_or(0);
    let service = match deed.deed {
        DeedKind::LetIn => deed.service.clone(),
        _ => format!("{}{}", deed.service, in_regions(&deed.regions)),
    };
    match deed.deed {
        DeedKind::Limit => {
            let rate = deed.rate.map_or_else(String::new, |rate| rate.to_string());
            format!("The operator limits {service} to {rate}")
        }
        DeedKind::Clear => format!("The operator clears the queues of {service}"),
        DeedKind::Restart => {
            let lasts = deed.lasts.unwrap_or_default();
            match deed.count {
                None => format!("The operator restarts all servers of {service}, in {lasts}"),
                Some(count) => {
                    format!("The operator restarts {count} of the servers of {service}, in {lasts}")
                }
            }
        }
        DeedKind::Concurrency => {
            format!("The operator gives each server of {service} {count} places")
        }
        DeedKind::Queue => {
            format!("The operator lets {count} requests wait at each server of {service}")
        }
        DeedKind::Servers => format!("The operator sets the servers of {service} to {count}"),
        DeedKind::Timeout => {
            let timeout = deed.timeout.unwrap_or_default();
            format!("The operator lets callers wait {timeout} for {service}")
        }
        DeedKind::Drain => format!("The operator keeps new requests away from {service}"),
        DeedKind::LetIn => {
            let percent = deed.share.get() * 100.0;
            format!(
                "The operator lets {percent:.0} % of the clients{} into {service}",
                of(deed)
            )
        }
    }
}

/// The end of the operator's deed with this number.
pub(super) fn deed_over(scenario: &Scenario, number: usize) -> String {
    let deed = scenario.operator.service.get(number);
    deed.map_or_else(String::new, |deed| match deed.deed {
        DeedKind::Restart => format!(
            "Servers of {} that the operator restarted are up",
            deed.service
        ),
        kind => format!("The operator takes back `{kind}` at {}", deed.service),
    })
}

/// The regions of servers; none for all of them.
fn in_regions(regions: &[String]) -> String {
    match regions {
        [] => String::new(),
        regions => format!(" in {}", regions.join(", ")),
    }
}

/// The regions of the clients that a deed concerns.
fn of(deed: &ServiceDeed) -> String {
    match deed.regions.as_slice() {
        [] => String::new(),
        regions => format!(" of {}", regions.join(", ")),
    }
}
