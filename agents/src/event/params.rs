//! The compiled events of a scenario.

use patchday_core::Chance;

use crate::{
    event::{
        mass_event::MassEvent,
        schedule::{ScheduledEvent, schedule},
    },
    population::activity::Activity,
    scenario::root::Scenario,
};

/// The events of a scenario.
#[derive(Debug)]
pub(crate) struct EventParams {
    /// All events, in ascending order of time.
    pub(crate) schedule: Vec<ScheduledEvent>,
    pub(crate) mass_events: Vec<MassEvent>,
    /// The share of supernodes that each loss takes.
    pub(crate) losses: Vec<Chance>,
}

impl EventParams {
    pub(crate) fn new(scenario: &Scenario, activity: &Activity) -> Self {
        let losses = scenario.trigger.supernode_loss.iter();
        Self {
            schedule: schedule(scenario, activity),
            mass_events: MassEvent::all(scenario),
            losses: losses.map(|loss| Chance::new(loss.share.get())).collect(),
        }
    }
}
