//! Texts for effects that last at the same time: troubles of servers with actions of the operator,
//! floods, traffic peaks, cuts.
//!
//! Computed from the scenario. At a tick, effects that end are reported before those that begin there,
//! and those that begin in the order of the file. Times are ticks.

use std::cmp::Ordering;

use patchday_agents::scenario::{
    Scenario, ServerKind,
    quantity::{Instant, Span},
};
use patchday_core::Tick;

use crate::host::format::{four_figures, short};

/// The ticks of an effect: its first, and the first after it. Both can lie outside the run.
pub(super) fn period(scenario: &Scenario, at: Instant, lasts: Span) -> (i64, i64) {
    let clock = scenario.run.clock();
    let from = clock.ticks_until(at);
    (from, from + i64::from(clock.tick.ticks(lasts)))
}

/// Returns the part of an effect's length that lies in the run after its start, in ticks.
pub(super) fn left(scenario: &Scenario, at: Instant, lasts: Span) -> f64 {
    let (from, until) = period(scenario, at, lasts);
    (until - from.max(0)) as f64
}

/// Which effects count, when one of them is reported at a tick.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// The effect with this index begins: the others in force.
    Begins(Tick, usize),
    /// An effect is over: those that go on.
    Over(Tick),
    /// Another event: all in force.
    At(Tick),
}

impl When {
    /// Whether the effect with this index and period counts.
    fn counts(self, index: usize, (from, until): (i64, i64)) -> bool {
        // A run starts with all effects that began before it.
        let from = from.max(0);
        match self {
            Self::Begins(now, own) => match from.cmp(&i64::from(now)) {
                Ordering::Less => until > i64::from(now) && index != own,
                Ordering::Equal => index < own,
                Ordering::Greater => false,
            },
            Self::Over(now) => from < i64::from(now) && until > i64::from(now),
            Self::At(now) => from <= i64::from(now) && until > i64::from(now),
        }
    }
}

/// Returns the factors of the troubles of a kind of server.
pub(super) fn troubles(scenario: &Scenario, kind: ServerKind, when: When) -> Vec<f64> {
    let all = scenario.trigger.server.iter().enumerate();
    all.filter(|(index, one)| {
        one.server == kind && when.counts(*index, period(scenario, one.at, one.lasts))
    })
    .map(|(_, one)| one.factor)
    .collect()
}

/// Returns the factors of the traffic peaks.
pub(super) fn peaks(scenario: &Scenario, when: When) -> Vec<f64> {
    let all = scenario.trigger.traffic_peak.iter().enumerate();
    all.filter(|(index, one)| when.counts(*index, period(scenario, one.at, one.lasts)))
        .map(|(_, one)| one.factor)
        .collect()
}

/// Returns the logins a second of the floods, or `None` if there is no flood.
pub(super) fn floods(scenario: &Scenario, when: When) -> Option<f64> {
    let all = scenario.trigger.login_flood.iter().enumerate();
    let rates = all.filter(|(index, one)| when.counts(*index, period(scenario, one.at, one.lasts)));
    rates
        .map(|(_, one)| one.rate.per_second())
        .reduce(|sum, rate| sum + rate)
}

/// Whether another power cut of some of these regions is in force after one is over.
pub(super) fn power_still_out(scenario: &Scenario, now: Tick, regions: &[String]) -> bool {
    let all = scenario.trigger.power_cut.iter().enumerate();
    let mut others = all
        .filter(|(index, one)| When::Over(now).counts(*index, period(scenario, one.at, one.lasts)));
    others.any(|(_, one)| share_a_region(&one.regions, regions))
}

/// Whether another cut of some of these regions is in force after one is over.
pub(super) fn still_cut_off(scenario: &Scenario, now: Tick, regions: &[String]) -> bool {
    let all = scenario.trigger.region_cut.iter().enumerate();
    let mut others = all
        .filter(|(index, one)| When::Over(now).counts(*index, period(scenario, one.at, one.lasts)));
    others.any(|(_, one)| share_a_region(&one.regions, regions))
}

/// Whether two lists of regions, of which an empty one means all, have one in common.
fn share_a_region(one: &[String], other: &[String]) -> bool {
    one.is_empty() || other.is_empty() || one.iter().any(|name| other.contains(name))
}

/// The text for servers at a speed: "run at 20 % of their usual rate".
pub(super) fn at_speed(factor: f64) -> String {
    if factor == 0.0 {
        return "do not answer".into();
    }
    if factor >= 2.0 {
        return format!("run at {} times their usual rate", figure(factor));
    }
    format!("run at {} % of their usual rate", percent(factor))
}

/// A rate or a factor. Small ones keep four digits.
pub(super) fn figure(value: f64) -> String {
    if value < 10.0 {
        four_figures(value).to_string()
    } else {
        short(value)
    }
}

/// A share in percent, without decimals from 10 % on.
pub(super) fn percent(factor: f64) -> String {
    let percent = factor * 100.0;
    if percent >= 10.0 {
        format!("{percent:.0}")
    } else {
        figure(percent)
    }
}
