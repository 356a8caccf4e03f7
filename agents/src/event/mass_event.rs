//! Mass events: events from outside that hit many clients at the same time.
//!
//! A broadcast reaches every running client, and each client draws whether and when it is hit.
//! Sign-out: the client loses its session and logs in again. Power cut: its machine goes down
//! and is up again after the power returns. Faulty configuration: the client is down until it
//! is repaired. Region cut: as a sign-out, but no request is answered until the cut is over.
//! Units: ticks.

use patchday_core::{Chance, Span};

use crate::{network::world::Note, scenario::root::Scenario};

/// The effect of a mass event on a client that it hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The client loses its session.
    SignOut,
    /// The machine is down until the power returns, and up within `back_within` after that.
    PowerCut {
        /// From the mass event to the return of the power.
        lasts: Span,
        back_within: Span,
    },
    /// The client is down until it is repaired.
    Broken { repair_min: Span, repair_max: Span },
}

/// A mass event of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct MassEvent {
    /// The tick at which it happens; it can be outside the run.
    pub(crate) at: i64,
    /// The tick at which it is over, if it lasts.
    pub(crate) over: Option<i64>,
    /// Whether the regions are cut off until it is over.
    pub(crate) cuts_off: bool,
    /// Its note in the timeline.
    pub(crate) note: Note,
    /// The probability that a client is hit.
    pub(crate) chance: Chance,
    /// The time until the last client is hit.
    pub(crate) within: Span,
    pub(crate) effect: Effect,
    /// Whether each region is hit.
    pub(crate) regions: Vec<bool>,
}

impl MassEvent {
    /// Returns all mass events of a scenario.
    pub(crate) fn all(scenario: &Scenario) -> Vec<Self> {
        let start = scenario.run.start.seconds();
        let regions = |names: &[String]| {
            let all = scenario.population.region.iter();
            all.map(|region| names.is_empty() || names.contains(&region.name))
                .collect()
        };
        let trigger = &scenario.trigger;
        let mut mass_events = Vec::new();
        for (number, one) in trigger.sign_out.iter().enumerate() {
            mass_events.push(Self {
                at: one.at.seconds() - start,
                over: None,
                cuts_off: false,
                note: Note::SignOut(number as u16),
                chance: Chance::new(one.share.get()),
                within: one.within.seconds(),
                effect: Effect::SignOut,
                regions: regions(&one.regions),
            });
        }
        for (number, one) in trigger.power_cut.iter().enumerate() {
            let at = one.at.seconds() - start;
            mass_events.push(Self {
                at,
                over: Some(at + i64::from(one.lasts.seconds())),
                cuts_off: true,
                note: Note::PowerCut(number as u16),
                chance: Chance::ALWAYS,
                within: 1,
                effect: Effect::PowerCut {
                    lasts: one.lasts.seconds(),
                    back_within: one.back_within.seconds(),
                },
                regions: regions(&one.regions),
            });
        }
        for (number, one) in trigger.region_cut.iter().enumerate() {
            let at = one.at.seconds() - start;
            mass_events.push(Self {
                at,
                over: Some(at + i64::from(one.lasts.seconds())),
                cuts_off: true,
                note: Note::RegionCut(number as u16),
                chance: Chance::ALWAYS,
                within: scenario.client.keep_alive_max.seconds(),
                effect: Effect::SignOut,
                regions: regions(&one.regions),
            });
        }
        for (number, one) in trigger.configuration_push.iter().enumerate() {
            mass_events.push(Self {
                at: one.at.seconds() - start,
                over: None,
                cuts_off: false,
                note: Note::ConfigurationPush(number as u16),
                chance: Chance::new(one.share.get()),
                within: one.within.seconds(),
                effect: Effect::Broken {
                    repair_min: one.repair_min.seconds(),
                    repair_max: one.repair_max.seconds(),
                },
                regions: regions(&one.regions),
            });
        }
        mass_events
    }
}

impl MassEvent {
    /// Returns the tick of the event, and all its other properties to compare it with another.
    pub(crate) fn identity(self) -> (i64, impl PartialEq) {
        let Self {
            at,
            over,
            cuts_off,
            note,
            chance,
            within,
            effect,
            regions,
        } = self;
        (at, (over, cuts_off, note, chance, within, effect, regions))
    }
}
