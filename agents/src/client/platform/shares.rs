//! The shares of the clients that belong to no platform, and that send an operation.

use patchday_core::Tick;

use crate::{
    client::platform::section::{OTHERS, ROUNDING},
    scenario::root::Scenario,
    service::section::Operation,
};

/// Returns the share of all clients that belong to no platform at a tick.
pub(crate) fn others_at(scenario: &Scenario, tick: Tick) -> f64 {
    let clock = scenario.run.clock();
    let platforms = scenario.client.platform.iter();
    let held: f64 = platforms.map(|one| one.share_at(clock, tick)).sum();
    let others = 1.0 - held;
    if others > ROUNDING { others } else { 0.0 }
}

/// Returns the share of all clients that send an operation at the end of the run.
pub(crate) fn senders_share(scenario: &Scenario, operation: &Operation) -> f64 {
    if operation.platforms.is_empty() {
        return 1.0;
    }
    let (clock, end) = (scenario.run.clock(), scenario.ticks());
    let is_named = |name: &str| operation.platforms.iter().any(|one| one == name);
    let platforms = scenario.client.platform.iter();
    let named = platforms.filter(|one| is_named(&one.name));
    let held: f64 = named.map(|one| one.share_at(clock, end)).sum();
    let others = if is_named(OTHERS) {
        others_at(scenario, end)
    } else {
        0.0
    };
    held + others
}
