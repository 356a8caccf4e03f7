//! Events that repeat: the publication of supernode lists, the operator's checks of the gauges, the
//! routine requests to the offline-message servers.
//!
//! They are computed from the tick, so that their number takes no memory, except for two numbers for
//! each check of the gauges. Units: ticks, users.

use patchday_core::Tick;

use crate::{
    event::schedule::Event, population::activity::Activity, scenario::root::Scenario,
    server::offline_messages::ROUTINE_EVERY,
};

/// The tick of the first list: the supernodes of the start are in the directory then.
const FIRST_LIST: Tick = 2;

/// What the operator compares the number of users online with, at a check of the gauges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The expected number of users online.
    norm: u32,
    /// An incident starts if fewer users are online.
    incident_below: u32,
}

impl Expected {
    /// Returns the expected number of users online.
    pub(crate) fn norm(self) -> u64 {
        self.norm.into()
    }

    /// Returns the number of users online below which an incident starts.
    pub(crate) fn incident_below(self) -> u64 {
        self.incident_below.into()
    }
}

/// The events of a scenario that repeat.
#[derive(Debug)]
pub(crate) struct Periodic {
    list_every: Tick,
    watch_every: Tick,
    /// Whether there are offline-message servers.
    routine: bool,
    /// An entry for each check of the gauges.
    checks: Vec<Expected>,
    /// The tick after the last one of the run.
    end: Tick,
}

impl Periodic {
    pub(crate) fn new(scenario: &Scenario, activity: &Activity) -> Self {
        let below = scenario.operator.incident_below.get();
        let (tick, end) = (scenario.tick(), scenario.ticks());
        let watch_every = tick.ticks(scenario.operator.watch_every);
        let checks = (1..)
            .map_while(|round: Tick| round.checked_mul(watch_every))
            .take_while(|at| *at < end);
        Self {
            list_every: tick.ticks(scenario.overlay.core.list_every),
            watch_every,
            routine: scenario.servers.offline_messages.on,
            checks: checks
                .map(|at| {
                    // The norm is a float; it is rounded once, here, because decisions use integers.
                    let norm = activity.norm(at);
                    Expected {
                        norm: norm.round() as u32,
                        incident_below: (norm * below).round() as u32,
                    }
                })
                .collect(),
            end,
        }
    }

    /// Returns the first tick from `now` on, before the end of the run, at which an event repeats.
    pub(crate) fn next(&self, now: Tick) -> Option<Tick> {
        let all = self.events().into_iter().flatten();
        let next = all.filter_map(|(_, first, every)| {
            let rounds = now.saturating_sub(first).div_ceil(every);
            rounds.checked_mul(every)?.checked_add(first)
        });
        next.min().filter(|next| *next < self.end)
    }

    /// Returns the events that repeat at `now`, in the order in which they happen.
    pub(crate) fn at(&self, now: Tick) -> impl Iterator<Item = Event> {
        let due = move |first, every| now >= first && (now - first).is_multiple_of(every);
        let all = self.events().into_iter().flatten();
        let before_end = now < self.end;
        all.filter(move |(_, first, every)| before_end && due(*first, *every))
            .map(|(event, ..)| event)
    }

    /// Returns what the operator expects at a check of the gauges, if there is one at `now`.
    pub(crate) fn expected(&self, now: Tick) -> Option<Expected> {
        let round = (now / self.watch_every).checked_sub(1)?;
        self.checks.get(round as usize).copied()
    }

    /// Returns each event with its first tick and its interval.
    fn events(&self) -> [Option<(Event, Tick, Tick)>; 3] {
        let watch = self.watch_every;
        let routine = (Event::RoutineRequests, ROUTINE_EVERY, ROUTINE_EVERY);
        [
            Some((Event::PublishList, FIRST_LIST, self.list_every)),
            Some((Event::CheckGauges, watch, watch)),
            self.routine.then_some(routine),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_event_is_the_first_tick_that_has_one() {
        let mut scenario = Scenario::default();
        scenario.run.end = scenario.run.start.after("3h".parse().unwrap());
        scenario.operator.watch_every = "7m".parse().unwrap();
        scenario.overlay.core.list_every = "11m".parse().unwrap();
        for routine in [false, true] {
            scenario.servers.offline_messages.on = routine;
            let periodic = Periodic::new(&scenario, &Activity::new(&scenario));
            let busy = |tick: &Tick| periodic.at(*tick).next().is_some();
            for now in (0..10_900).step_by(13) {
                let plain = (now..10_800).find(busy);
                assert_eq!(periodic.next(now), plain, "{now}");
            }
            assert_eq!(periodic.checks.len(), 10_799 / 420);
            assert!(periodic.expected(419).is_none());
            assert!(periodic.expected(420).is_some());
        }
    }
}
