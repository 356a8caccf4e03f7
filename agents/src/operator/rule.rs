//! The rules of the playbook, compiled from the scenario.
//!
//! Levels are thousandths and factors millionths, rounded once when the scenario is compiled, so that
//! decisions use integers only. Units: ticks.

use std::ops::Range;

use patchday_core::{Chance, Tick};

use crate::{
    event::effects::millionths,
    operator::{
        memory::Gauges,
        section::{Action, ActionKind, Gauge},
    },
    scenario::{quantity::run_clock::TickLength, root::Scenario},
};

/// A compiled entry of the playbook.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) deed: ActionKind,
    pub(crate) gauge: Gauge,
    pub(crate) level: u64,
    pub(crate) not_before: Tick,
    pub(crate) lag: Tick,
    pub(crate) after: Tick,
    /// The factor of the rate, in millionths.
    pub(crate) factor: u64,
    /// The factor as a probability.
    pub(crate) share: Chance,
    /// The numbers of its machines.
    pub(crate) machines: Range<u32>,
    /// Machines added in a million ticks.
    pub(crate) rate: u64,
}

/// Returns the level of an action: a share, or a wait in ticks.
fn level_in_ticks(action: &Action, tick: TickLength) -> f64 {
    match action.when {
        Gauge::LoginWaitAbove | Gauge::OfflineMessagesWaitAbove => {
            action.level * f64::from(tick.per_second())
        }
        Gauge::Always | Gauge::OnlineBelow | Gauge::OnlineAbove | Gauge::SupernodesBelow => {
            action.level
        }
    }
}

impl Rule {
    /// Returns the rules of a scenario. Their machines have numbers from `first` on.
    pub(crate) fn all(scenario: &Scenario, mut first: u32) -> Vec<Self> {
        let clock = scenario.run.clock();
        let tick = clock.tick;
        let mut rule = |action: &Action| {
            let count = match action.deed {
                ActionKind::AddSupernodes | ActionKind::AddMegaSupernodes => action.count as u32,
                _ => 0,
            };
            let machines = first..first + action.count as u32;
            first = machines.end;
            Self {
                deed: action.deed,
                gauge: action.when,
                level: (level_in_ticks(action, tick) * 1000.0).round() as u64,
                not_before: action.not_before.map_or(0, |instant| {
                    clock.ticks_until(instant).clamp(0, Tick::MAX.into()) as Tick
                }),
                lag: tick.ticks(action.lag),
                after: tick.ticks(action.after),
                factor: millionths(action.factor),
                share: Chance::new(action.factor),
                machines: machines.start..machines.start + count,
                rate: (tick.per_tick(action.rate) * 1e6).round() as u64,
            }
        };
        scenario.operator.action.iter().map(&mut rule).collect()
    }

    /// Returns whether the condition is met.
    pub(crate) fn is_met(&self, gauges: &Gauges) -> bool {
        let below = |part: u64, whole: u64| part * 1000 < whole * self.level;
        match self.gauge {
            Gauge::Always => true,
            Gauge::OnlineBelow => below(gauges.online, gauges.norm),
            Gauge::OnlineAbove => gauges.online * 1000 > gauges.norm * self.level,
            Gauge::SupernodesBelow => below(gauges.supernodes, gauges.wanted),
            Gauge::LoginWaitAbove => gauges.login_wait > self.level,
            Gauge::OfflineMessagesWaitAbove => gauges.offline_messages_wait > self.level,
        }
    }
}
