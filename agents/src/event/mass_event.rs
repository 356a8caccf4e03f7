//! Strikes: what hits many clients at once from outside.
//!
//! A broadcast tells every running client; each draws whether and when it is hit. Signed
//! out: it loses its session and signs in again. Down: its machine goes down and is up
//! again when the power is back, or when somebody has repaired it. Cut off: the same as
//! signed out, but nobody answers until the cut is over. Units: ticks.

use patchday_core::{Chance, Span};

use crate::{network::world::Note, scenario::root::Scenario};

/// What a mass_event does to a client that it hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Its session is lost.
    SignedOut,
    /// It is down until so long after the mass_event, and up within the second span after.
    Down(Span, Span),
    /// It is down until repaired, which takes from the first span to the second.
    Broken(Span, Span),
}

/// One mass_event of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct MassEvent {
    /// When it happens.
    pub(crate) at: i64,
    /// When it is over, if it lasts; and whether nobody answers meanwhile.
    pub(crate) over: Option<i64>,
    pub(crate) cuts: bool,
    pub(crate) note: Note,
    pub(crate) chance: Chance,
    pub(crate) within: Span,
    pub(crate) effect: Effect,
    /// Whether each region is hit.
    pub(crate) regions: Vec<bool>,
}

impl MassEvent {
    /// All mass_events of a scenario; instants are ticks, which may lie outside the run.
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
                cuts: false,
                note: Note::SignOut(number as u16),
                chance: Chance::new(one.share.get()),
                within: one.within.seconds(),
                effect: Effect::SignedOut,
                regions: regions(&one.regions),
            });
        }
        for (number, one) in trigger.power_cut.iter().enumerate() {
            let at = one.at.seconds() - start;
            mass_events.push(Self {
                at,
                over: Some(at + i64::from(one.lasts.seconds())),
                cuts: true,
                note: Note::PowerCut(number as u16),
                chance: Chance::ALWAYS,
                within: 1,
                effect: Effect::Down(one.lasts.seconds(), one.back_within.seconds()),
                regions: regions(&one.regions),
            });
        }
        for (number, one) in trigger.region_cut.iter().enumerate() {
            let at = one.at.seconds() - start;
            mass_events.push(Self {
                at,
                over: Some(at + i64::from(one.lasts.seconds())),
                cuts: true,
                note: Note::RegionCut(number as u16),
                chance: Chance::ALWAYS,
                within: scenario.client.keep_alive_max.seconds(),
                effect: Effect::SignedOut,
                regions: regions(&one.regions),
            });
        }
        for (number, one) in trigger.configuration_push.iter().enumerate() {
            mass_events.push(Self {
                at: one.at.seconds() - start,
                over: None,
                cuts: false,
                note: Note::ConfigurationPush(number as u16),
                chance: Chance::new(one.share.get()),
                within: one.within.seconds(),
                effect: Effect::Broken(one.repair_min.seconds(), one.repair_max.seconds()),
                regions: regions(&one.regions),
            });
        }
        mass_events
    }
}

impl MassEvent {
    /// When it happens, and everything else that makes it what it is.
    pub(crate) fn identity(self) -> (i64, impl PartialEq) {
        let Self {
            at,
            over,
            cuts,
            note,
            chance,
            within,
            effect,
            regions,
        } = self;
        (at, (over, cuts, note, chance, within, effect, regions))
    }
}
