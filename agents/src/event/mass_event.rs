//! Strikes: what hits many clients at once from outside.
//!
//! A broadcast tells every running client; each draws whether and when it is hit. Signed
//! out: it loses its session and signs in again. Down: its machine goes down and is up
//! again when the power is back, or when somebody has repaired it. Cut off: the same as
//! signed out, but nobody answers until the cut is over. Units: ticks.

use patchday_core::{Chance, Span, Tick};

use crate::{
    call::setup::Ending,
    client::state::{NOBODY, Peer, Phase, State},
    network::{
        distributions::between,
        draw_ids,
        message::{Kind, Message},
        model::{Network, Scene},
        world::{Note, World},
    },
    scenario::root::Scenario,
};

/// What a strike does to a client that it hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Its session is lost.
    SignedOut,
    /// It is down until so long after the strike, and up within the second span after.
    Down(Span, Span),
    /// It is down until repaired, which takes from the first span to the second.
    Broken(Span, Span),
}

/// One strike of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct MassEvent {
    /// When it happens.
    pub(crate) at: i64,
    /// When it is over, if it lasts; and whether nobody answers meanwhile.
    pub(crate) over: Option<i64>,
    pub(crate) cuts: bool,
    pub(crate) note: Note,
    chance: Chance,
    within: Span,
    effect: Effect,
    /// Whether each region is hit.
    pub(crate) regions: Vec<bool>,
}

impl MassEvent {
    /// All strikes of a scenario; instants are ticks, which may lie outside the run.
    pub(crate) fn all(scenario: &Scenario) -> Vec<Self> {
        let start = scenario.run.start.seconds();
        let regions = |names: &[String]| {
            let all = scenario.population.region.iter();
            all.map(|region| names.is_empty() || names.contains(&region.name))
                .collect()
        };
        let trigger = &scenario.trigger;
        let mut strikes = Vec::new();
        for (number, one) in trigger.sign_out.iter().enumerate() {
            strikes.push(Self {
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
            strikes.push(Self {
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
            strikes.push(Self {
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
            strikes.push(Self {
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
        strikes
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

impl Network {
    fn region(&self, scene: &Scene<'_>) -> usize {
        self.population
            .traits(scene.random(), scene.id)
            .region
            .into()
    }

    /// Whether nobody answers this client, because its region is cut off.
    pub(crate) fn is_cut_off(&self, world: &World, scene: &Scene<'_>) -> bool {
        world.cut_regions > 0 && world.cut[self.region(scene)] > 0
    }

    /// A strike happens: is this client hit, and when?
    pub(crate) fn struck(&self, number: u32, scene: &mut Scene<'_>) {
        let strike = &self.strikes[number as usize];
        let draw = scene.draw(draw_ids::STRIKE, number);
        if draw.hits(0, strike.chance) && strike.regions[self.region(scene)] {
            let delay = between(draw.word(1), 1, strike.within.max(1));
            scene.send(scene.id, delay, Message::new(Kind::Hit, number));
        }
    }

    /// It is hit now.
    pub(crate) fn hit(&self, world: &World, mut peer: Peer, number: u32, scene: &mut Scene<'_>) {
        if matches!(peer.phase, Phase::Off | Phase::Booting) {
            return;
        }
        let strike = &self.strikes[number as usize];
        let down = match strike.effect {
            Effect::SignedOut => None,
            Effect::Down(lasts, within) => {
                let up = strike.at + i64::from(lasts);
                let left = (up - i64::from(scene.now)).max(1) as Tick;
                let word = scene.draw(draw_ids::STRIKE, number).word(2);
                Some(left + between(word, 0, within))
            }
            Effect::Broken(least, most) => {
                let word = scene.draw(draw_ids::STRIKE, number).word(2);
                Some(between(word, least, most))
            }
        };
        if self.serves(&peer, scene.id) {
            self.retire(scene);
            peer.link = NOBODY;
        } else if down.is_some() || peer.phase.attached() {
            self.detach(world, &mut peer, scene);
        }
        if strike.cuts {
            self.leave_call(&mut peer, Ending::Lost, scene);
            self.drop_loads(scene);
        }
        match down {
            Some(down) => self.go_down(world, peer, down, scene),
            None if peer.phase.attached() => {
                scene.tally.counters.links_lost += 1;
                peer.attempt = 0;
                self.remember(world, &mut peer);
                if self.overlay {
                    peer.link = NOBODY;
                }
                self.seek(world, peer, scene);
            }
            None => *scene.state = State::Peer(peer),
        }
    }
}
