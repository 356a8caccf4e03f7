//! Sentences about faults of services.

use patchday_agents::scenario::{FaultEffect, Scenario, ServiceFault};

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
        };
        format!("{} {what}", servers(fault))
    })
}

fn servers(fault: &ServiceFault) -> String {
    match fault.servers {
        None => format!("All servers of {}", fault.service),
        Some(1) => format!("The first of the servers of {}", fault.service),
        Some(count) => format!("The first {count} of the servers of {}", fault.service),
    }
}
