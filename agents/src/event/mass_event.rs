//! Mass events: events from outside that hit many clients at the same time.
//!
//! A broadcast reaches every running client, and each client draws whether and when it is hit.
//! Sign-out: the client loses its session and logs in again. Power cut: its machine goes down
//! and is up again after the power returns. Faulty configuration: the client is down until it
//! is repaired. Region cut: as a sign-out, but no request is answered until the cut is over. An event
//! that began before the start of the run and lasts into it acts for the rest: it hits the clients at
//! the start. Units: ticks.

use patchday_core::{Chance, Span, Tick};

use crate::{client::state::RESUME_AT, network::world::Note, scenario::root::Scenario};

/// The first tick at which mass events hit: the clients that are online at the start of the run have
/// their sessions then.
const FIRST: Tick = RESUME_AT + 1;

/// The effect of a mass event on a client that it hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HitEffect {
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
    pub(crate) effect: HitEffect,
    /// Whether each region is hit.
    pub(crate) regions: Vec<bool>,
}

impl MassEvent {
    /// Returns all mass events of a scenario.
    pub(crate) fn all(scenario: &Scenario) -> Vec<Self> {
        let clock = scenario.run.clock();
        let tick = clock.tick;
        let regions = |names: &[String]| {
            let all = scenario.population.region.iter();
            all.map(|region| names.is_empty() || names.contains(&region.name))
                .collect()
        };
        let trigger = &scenario.trigger;
        let mut mass_events = Vec::new();
        for (number, one) in trigger.sign_out.iter().enumerate() {
            mass_events.push(Self {
                at: clock.ticks_until(one.at),
                over: None,
                cuts_off: false,
                note: Note::SignOut(number as u16),
                chance: Chance::new(one.share.get()),
                within: tick.ticks(one.within),
                effect: HitEffect::SignOut,
                regions: regions(&one.regions),
            });
        }
        for (number, one) in trigger.power_cut.iter().enumerate() {
            let at = clock.ticks_until(one.at);
            mass_events.push(Self {
                at,
                over: Some(at + i64::from(tick.ticks(one.lasts))),
                cuts_off: true,
                note: Note::PowerCut(number as u16),
                chance: Chance::ALWAYS,
                within: 1,
                effect: HitEffect::PowerCut {
                    lasts: tick.ticks(one.lasts),
                    back_within: tick.ticks(one.back_within),
                },
                regions: regions(&one.regions),
            });
        }
        for (number, one) in trigger.region_cut.iter().enumerate() {
            let at = clock.ticks_until(one.at);
            mass_events.push(Self {
                at,
                over: Some(at + i64::from(tick.ticks(one.lasts))),
                cuts_off: true,
                note: Note::RegionCut(number as u16),
                chance: Chance::ALWAYS,
                within: tick.ticks(scenario.client.keep_alive_max),
                effect: HitEffect::SignOut,
                regions: regions(&one.regions),
            });
        }
        for (number, one) in trigger.configuration_push.iter().enumerate() {
            mass_events.push(Self {
                at: clock.ticks_until(one.at),
                over: None,
                cuts_off: false,
                note: Note::ConfigurationPush(number as u16),
                chance: Chance::new(one.share.get()),
                within: tick.ticks(one.within),
                effect: HitEffect::Broken {
                    repair_min: tick.ticks(one.repair_min),
                    repair_max: tick.ticks(one.repair_max),
                },
                regions: regions(&one.regions),
            });
        }
        mass_events
    }
}

impl MassEvent {
    /// Returns the tick from which on it hits clients: its own, or the first of the run if it began
    /// before and has not ended. Returns `None` if it is over before the run.
    pub(crate) fn begins(&self) -> Option<Tick> {
        if self.at < 0 && self.ends() <= 0 {
            return None;
        }
        Tick::try_from(self.at.max(FIRST.into())).ok()
    }

    /// Returns the tick from which on it has no effect on any client: the last client was hit, and the
    /// last machine is up again.
    pub(crate) fn ends(&self) -> i64 {
        match self.effect {
            HitEffect::SignOut => {
                let hit = self.at + i64::from(self.within);
                self.over.map_or(hit, |over| over.max(hit))
            }
            HitEffect::PowerCut { lasts, back_within } => {
                self.at + i64::from(lasts) + i64::from(back_within)
            }
            HitEffect::Broken { repair_max, .. } => {
                self.at + i64::from(self.within) + i64::from(repair_max)
            }
        }
    }

    /// Returns the tick at which it is over, if that is after `begins`.
    pub(crate) fn over_after(&self, begins: Tick) -> Option<Tick> {
        let over = self.over.and_then(|over| Tick::try_from(over).ok());
        over.filter(|over| *over > begins)
    }

    /// Returns whether it cuts off a region at a tick.
    pub(crate) fn cuts(&self, region: usize, now: Tick) -> bool {
        let begins = self.begins().filter(|begins| *begins <= now);
        self.cuts_off
            && begins.is_some()
            && self.over.is_some_and(|over| i64::from(now) < over)
            && self.regions.get(region).copied().unwrap_or(false)
    }

    /// Returns whether it is a power cut.
    pub(crate) fn is_power_cut(&self) -> bool {
        matches!(self.effect, HitEffect::PowerCut { .. })
    }

    /// Returns the time from `now` to the hit of a client that draws `after` as its time since the
    /// event, or `None` if the client lost and regained its session before the run.
    pub(crate) fn delay(&self, after: Span, now: Tick) -> Option<Span> {
        if self.at >= 0 {
            return Some(after);
        }
        let left = self.at + i64::from(after) - i64::from(now);
        let lasts = self.cuts_off || self.effect != HitEffect::SignOut;
        match Span::try_from(left) {
            Ok(left) if left > 0 => Some(left),
            _ if lasts => Some(1),
            _ => None,
        }
    }

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
