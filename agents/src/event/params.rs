//! The compiled events of a scenario.

use patchday_core::{Chance, Tick};

use crate::{
    event::{
        mass_event::MassEvent,
        schedule::{Entry, schedule},
    },
    population::activity::Activity,
    scenario::root::Scenario,
};

/// What happens from outside, and when.
#[derive(Debug)]
pub(crate) struct EventParams {
    /// All entries, ascending in time.
    pub(crate) schedule: Vec<(Tick, Entry)>,
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
