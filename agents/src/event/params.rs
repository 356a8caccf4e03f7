//! The compiled events of a scenario.

use patchday_core::{Chance, Tick};

use crate::{
    event::{
        effects::Effects,
        mass_event::MassEvent,
        periodic::Periodic,
        schedule::{Event, ScheduledEvent, schedule},
    },
    population::activity::Activity,
    scenario::root::Scenario,
    service::params::FleetParams,
};

/// The events of a scenario.
#[derive(Debug)]
pub(crate) struct EventParams {
    /// The events that do not repeat, in ascending order of time.
    pub(crate) schedule: Vec<ScheduledEvent>,
    pub(crate) periodic: Periodic,
    pub(crate) effects: Effects,
    pub(crate) mass_events: Vec<MassEvent>,
    /// The share of supernodes that each loss takes.
    pub(crate) losses: Vec<Chance>,
}

impl EventParams {
    pub(crate) fn new(scenario: &Scenario, activity: &Activity, fleet: &FleetParams) -> Self {
        let losses = scenario.trigger.supernode_loss.iter();
        let (effects, mass_events) = (Effects::new(scenario), MassEvent::all(scenario));
        Self {
            schedule: schedule(scenario, &effects, &mass_events, fleet),
            periodic: Periodic::new(scenario, activity),
            effects,
            mass_events,
            losses: losses.map(|loss| Chance::new(loss.share.get())).collect(),
        }
    }

    /// Returns the first tick from `now` on that has an event. `scheduled` is the number of events of the
    /// schedule that have happened.
    pub(crate) fn next(&self, scheduled: usize, now: Tick) -> Option<Tick> {
        let scheduled = self.schedule.get(scheduled).map(|one| one.at.max(now));
        let periodic = self.periodic.next(now);
        [scheduled, periodic].into_iter().flatten().min()
    }

    /// Returns the events at `now` in their order, and counts those of the schedule in `scheduled`.
    pub(crate) fn take(&self, scheduled: &mut usize, now: Tick) -> Vec<Event> {
        let mut events: Vec<Event> = self.periodic.at(now).collect();
        let left = self.schedule.get(*scheduled..).unwrap_or_default();
        let due = left.iter().take_while(|one| one.at <= now);
        events.extend(due.map(|one| one.event));
        *scheduled += left.partition_point(|one| one.at <= now);
        events.sort_unstable();
        events
    }
}
