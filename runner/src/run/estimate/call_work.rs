//! The work of calls, which no pilot measured: how many there are, and those on the lines of gateways.
//!
//! Units: calls, events.

use patchday_agents::scenario::Scenario;

/// Approximate number of calls of a run. Averaged over a day, three quarters of the peak are online.
pub(crate) fn calls(scenario: &Scenario) -> f64 {
    let population = &scenario.population;
    let calls = &scenario.client.calls;
    let online = 0.75 * population.users as f64 * population.online_share.get();
    let (tick, length) = (scenario.tick(), calls.length_mean.as_seconds());
    let seconds = tick.as_seconds(scenario.ticks().into());
    online * calls.busy_share.get() / 2.0 / length * seconds
}

/// The work of the business gateways and the control panel in a run.
pub(crate) struct LineWork {
    /// Calls and requests that arrive.
    pub(crate) calls: f64,
    /// Events: one for each tick, and one for the end of each call that gets a line.
    pub(crate) events: f64,
}

impl LineWork {
    /// Averaged over a day, three quarters of the calls at the peak arrive.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let (gateway, manager) = (&scenario.servers.gateway, &scenario.servers.manager);
        let ticks = f64::from(scenario.ticks());
        let seconds = scenario.tick().as_seconds(ticks);
        let groups = [
            (
                gateway.on,
                gateway.calls,
                gateway.lines,
                gateway.length_mean,
            ),
            (
                manager.on,
                manager.requests,
                manager.lines,
                manager.length_mean,
            ),
        ];
        let mut work = Self {
            calls: 0.0,
            events: 0.0,
        };
        for (_, rate, lines, length) in groups.into_iter().filter(|(on, ..)| *on) {
            let arrive = 0.75 * rate.per_second();
            let served = arrive.min(lines as f64 / length.as_seconds().max(1e-3));
            work.calls += arrive * seconds;
            work.events += ticks + served * seconds;
        }
        work
    }
}
