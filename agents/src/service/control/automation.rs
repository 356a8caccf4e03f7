//! Health checks and automatic scaling: what happens to a service at a tick, in each of its regions.
//!
//! Both see loads as of the last barrier, as a balancer does. Units: ticks, requests, servers; shares in
//! thousandths.

use patchday_core::{Span as Ticks, Tick};

use crate::{
    scenario::quantity::run_clock::TickLength,
    service::control::{
        fleet_state::FleetState,
        section::{Autoscale, HealthChecks},
        service_control::ServiceControl,
    },
};

/// Compiled health checks.
#[derive(Debug)]
pub(crate) struct HealthParams {
    every: Ticks,
    failures: u8,
    passes: u8,
    timeout: Ticks,
}

/// Compiled automatic scaling.
#[derive(Debug)]
pub(crate) struct AutoscaleParams {
    pub(crate) start: u32,
    least: u32,
    target: u64,
    every: Ticks,
    delay: Ticks,
    step: u32,
}

/// A service as health checks and automatic scaling see it.
#[derive(Debug)]
pub(crate) struct AutomaticService<'a> {
    pub(crate) first: u32,
    pub(crate) servers: u32,
    pub(crate) concurrency: u32,
    /// The mean time of work.
    pub(crate) mean: Ticks,
    pub(crate) health: Option<&'a HealthParams>,
    pub(crate) autoscale: Option<&'a AutoscaleParams>,
}

impl HealthParams {
    pub(crate) fn new(section: &HealthChecks, tick: TickLength) -> Self {
        Self {
            every: tick.delay(section.every),
            failures: section.failures,
            passes: section.passes,
            timeout: tick.wait(section.timeout),
        }
    }
}

impl AutoscaleParams {
    /// Compiles the scaling of a cell; `part` is its part of so many servers of the service.
    pub(crate) fn new(section: &Autoscale, part: impl Fn(u32) -> u32, tick: TickLength) -> Self {
        Self {
            start: part(section.start),
            least: part(section.least),
            target: (section.target.get() * 1_000.0).round() as u64,
            every: tick.delay(section.every),
            delay: tick.wait(section.delay),
            step: part(section.step),
        }
    }
}

/// Returns the first tick from `now` on that is a multiple of an interval, after the start.
fn next_round(now: Tick, every: Ticks) -> Option<Tick> {
    now.max(1).div_ceil(every).checked_mul(every)
}

impl AutomaticService<'_> {
    /// Returns the next tick from `now` on at which something is due.
    pub(crate) fn next(&self, control: &ServiceControl, now: Tick) -> Option<Tick> {
        let health = self.health.and_then(|health| next_round(now, health.every));
        let autoscale = self
            .autoscale
            .and_then(|scale| next_round(now, scale.every));
        let ordered = control.ordered.iter().map(|(at, _)| (*at).max(now));
        [health, autoscale]
            .into_iter()
            .flatten()
            .chain(ordered)
            .min()
    }

    /// Does what is due at a tick; `number` is that of its cell.
    pub(crate) fn act(&self, number: usize, fleet: &mut FleetState, now: Tick) {
        if let Some(health) = self.health
            && next_round(now, health.every) == Some(now)
        {
            self.check_health(health, number, fleet);
        }
        if let Some(scale) = self.autoscale
            && next_round(now, scale.every) == Some(now)
        {
            self.scale(scale, number, fleet, now);
        }
        let control = &mut fleet.controls[number];
        while let Some((_, on)) = control
            .ordered
            .first()
            .copied()
            .filter(|(at, _)| *at <= now)
        {
            control.scaled = on;
            control.ordered.remove(0);
        }
        control.update_members(self.first);
    }

    fn check_health(&self, health: &HealthParams, number: usize, fleet: &mut FleetState) {
        let on = fleet.controls[number].on();
        for place in 0..on as usize {
            let server = self.first as usize + place;
            let waiting = fleet.loads[server].saturating_sub(self.concurrency);
            let wait =
                u64::from(waiting) * u64::from(self.mean) / u64::from(self.concurrency.max(1));
            let is_up = !fleet.conditions[server].down && !fleet.restarting[server];
            let passes = is_up && wait <= u64::from(health.timeout);
            let control = &mut fleet.controls[number];
            // Only results that speak for a change count.
            let (speaks, needed) = if control.is_out[place] {
                (passes, health.passes)
            } else {
                (!passes, health.failures)
            };
            let checks = &mut control.checks[place];
            *checks = if speaks { checks.saturating_add(1) } else { 0 };
            if *checks >= needed {
                *checks = 0;
                control.is_out[place] = !control.is_out[place];
            }
        }
    }

    fn scale(&self, scale: &AutoscaleParams, number: usize, fleet: &mut FleetState, now: Tick) {
        let places = u64::from(self.concurrency);
        let control = &fleet.controls[number];
        let on = control.scaled;
        let taken: u64 = (0..on)
            .map(|place| u64::from(fleet.loads[(self.first + place) as usize]).min(places))
            .sum();
        let wanted = (taken * 1_000).div_ceil((scale.target * places).max(1));
        let wanted = u32::try_from(wanted)
            .unwrap_or(u32::MAX)
            .clamp(scale.least, self.servers);
        let control = &mut fleet.controls[number];
        let planned = control.ordered.last().map_or(on, |(_, planned)| *planned);
        if wanted > planned {
            let next = wanted.min(planned + scale.step);
            control.ordered.push((now + scale.delay, next));
        } else if wanted < on && control.ordered.is_empty() {
            control.scaled = wanted.max(on.saturating_sub(scale.step));
        }
    }
}
