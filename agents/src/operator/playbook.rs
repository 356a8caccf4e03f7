//! The playbook: what the operator does when its gauges say so.
//!
//! The operator looks at intervals, at gauges of some time ago. An entry whose
//! condition is met is decided on once; the deed follows after its lead time. Machines
//! are added at a rate from then on. No float takes part: levels are thousandths,
//! made at load. Units: ticks, thousandths.

use std::{collections::VecDeque, ops::Range};

use patchday_core::{Chance, Injection, Tick};
use serde::{Deserialize, Serialize};

use crate::{
    network::{
        message::{Kind, Message},
        model::Network,
        world::World,
    },
    operator::section::{Action, Deed, Gauge},
    scenario::root::Scenario,
    server::section::ServerKind,
};

/// What the operator sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Gauges {
    at: Tick,
    online: u64,
    norm: u64,
    supernodes: u64,
    wanted: u64,
    /// Waits in thousandths of a tick.
    login_wait: u64,
    offline_messages_wait: u64,
}

/// An entry of the playbook, ready to be followed.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    deed: Deed,
    gauge: Gauge,
    level: u64,
    not_before: Tick,
    lag: Tick,
    after: Tick,
    /// The factor, in thousandths, and as a chance.
    factor: u32,
    share: Chance,
    /// The numbers of its machines, and how many are added in a million ticks.
    machines: Range<u32>,
    rate: u64,
}

/// How far the operator is with an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Progress {
    decided: Option<Tick>,
    /// When the deed was done, or its first machine added.
    begun: Option<Tick>,
    added: u32,
}

impl Progress {
    /// Whether it was decided on.
    pub(crate) fn is_decided(&self) -> bool {
        self.decided.is_some()
    }
}

impl Rule {
    /// All entries of a scenario; their machines have numbers from `first` on.
    pub(crate) fn all(scenario: &Scenario, mut first: u32) -> Vec<Self> {
        let start = scenario.run.start.seconds();
        let mut rule = |action: &Action| {
            let count = match action.deed {
                Deed::AddSupernodes | Deed::AddMegaSupernodes => action.count as u32,
                _ => 0,
            };
            let machines = first..first + action.count as u32;
            first = machines.end;
            Self {
                deed: action.deed,
                gauge: action.when,
                level: (action.level * 1000.0).round() as u64,
                not_before: action.not_before.map_or(0, |instant| {
                    (instant.seconds() - start).clamp(0, Tick::MAX.into()) as Tick
                }),
                lag: action.lag.seconds(),
                after: action.after.seconds(),
                factor: (action.factor * 1000.0).round() as u32,
                share: Chance::new(action.factor),
                machines: machines.start..machines.start + count,
                rate: (action.rate.per_second() * 1e6).round() as u64,
            }
        };
        scenario.operator.action.iter().map(&mut rule).collect()
    }

    fn holds(&self, seen: &Gauges) -> bool {
        let below = |part: u64, whole: u64| part * 1000 < whole * self.level;
        match self.gauge {
            Gauge::Always => true,
            Gauge::OnlineBelow => below(seen.online, seen.norm),
            Gauge::OnlineAbove => seen.online * 1000 > seen.norm * self.level,
            Gauge::SupernodesBelow => below(seen.supernodes, seen.wanted),
            Gauge::LoginWaitAbove => seen.login_wait > self.level,
            Gauge::OfflineMessagesWaitAbove => seen.offline_messages_wait > self.level,
        }
    }
}

/// The gauges of the time that any entry looks back to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Memory {
    past: VecDeque<Gauges>,
}

impl Memory {
    /// Note what is seen now, and forget what is older than `longest`.
    fn note(&mut self, seen: Gauges, longest: Tick) {
        // The last one that is old enough stays.
        while self.past.len() > 1 && seen.at - self.past[1].at >= longest {
            self.past.pop_front();
        }
        self.past.push_back(seen);
    }

    /// What was seen `lag` ticks ago or before.
    fn ago(&self, now: Tick, lag: Tick) -> Option<&Gauges> {
        self.past.iter().rev().find(|seen| now - seen.at >= lag)
    }
}

impl Network {
    /// The operator looks at the gauges; `norm` is how many should be online now.
    pub(crate) fn follow_playbook(
        &self,
        world: &mut World,
        norm: u64,
        now: Tick,
        injection: &mut Injection<Self>,
    ) {
        let longest = self.rules.iter().map(|rule| rule.lag).max().unwrap_or(0);
        let seen = self.gauges(world, norm, now);
        world.memory.note(seen, longest);
        for (place, rule) in self.rules.iter().enumerate() {
            let mut progress = world.progress[place];
            if progress.decided.is_none() {
                let met = now >= rule.not_before
                    && world
                        .memory
                        .ago(now, rule.lag)
                        .is_some_and(|seen| rule.holds(seen));
                progress.decided = met.then_some(now);
            }
            let due = progress.decided.is_some_and(|at| now - at >= rule.after);
            if due && progress.begun.is_none() {
                progress.begun = Some(now);
                world
                    .notes
                    .push((now, crate::network::world::Note::Action(place as u16)));
                perform(world, rule, now);
                if rule.deed == Deed::GroupVideoOff {
                    let servers = self.places.group_video();
                    injection.send(servers, Message::new(Kind::SwitchOff, 0));
                }
            }
            if let Some(begun) = progress.begun {
                let ticks = u64::from(now - begun + self.watch_every);
                let wanted = (rule.rate * ticks / 1_000_000).min(rule.machines.len() as u64) as u32;
                for number in rule.machines.start + progress.added..rule.machines.start + wanted {
                    injection.send(self.places.machine(number), Message::new(Kind::Activate, 0));
                }
                let added = wanted.saturating_sub(progress.added);
                progress.added += added;
                world.forced += added;
            }
            world.progress[place] = progress;
        }
    }

    fn gauges(&self, world: &World, norm: u64, now: Tick) -> Gauges {
        let offline = self.queue(world, self.places.offline_messages());
        Gauges {
            at: now,
            online: world.online(),
            norm,
            supernodes: world.directory.live().len() as u64,
            wanted: self.promotion.target,
            login_wait: self.login_wait(world, now),
            offline_messages_wait: offline.wait_thousandths(now),
        }
    }
}

/// Does the deed of a rule, but for adding machines.
fn perform(world: &mut World, rule: &Rule, now: Tick) {
    match rule.deed {
        Deed::AddSupernodes | Deed::AddMegaSupernodes => {}
        Deed::OfflineMessagesOff => {
            world.offline_messages_on = false;
            world.late = false;
        }
        Deed::OfflineMessagesOn => world.offline_messages_on = true,
        Deed::LoginRate => world.slowness[ServerKind::Login as usize] = rule.factor,
        Deed::LoginAdmission => world.admission = rule.share,
        // A second version takes nothing back.
        Deed::ShipFix => drop(world.fix_out.get_or_insert(now)),
        Deed::GroupVideoOff => {
            world.group_video_on = false;
        }
        Deed::GroupVideoOn => world.group_video_on = true,
        Deed::Retune => world.flaw = false,
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_what_the_longest_lag_needs() {
        let mut memory = Memory::default();
        for at in (0..100).step_by(10) {
            memory.note(
                Gauges {
                    at,
                    ..Gauges::default()
                },
                30,
            );
        }
        assert_eq!(memory.ago(90, 0).unwrap().at, 90);
        assert_eq!(memory.ago(90, 30).unwrap().at, 60);
        assert_eq!(memory.ago(90, 25).unwrap().at, 60);
        assert!(memory.past.len() <= 5);
    }
}
