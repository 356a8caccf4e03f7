//! How a mass event reaches a client, and what it does to it.
//!
//! Each running client draws whether and when it is hit. Units: ticks.

use patchday_core::Tick;

use crate::{
    call::setup::Ending,
    client::state::{NOBODY, Peer, Phase, State},
    event::mass_event::Effect,
    network::{
        distributions::between,
        draw_ids,
        message::{Kind, Message},
        model::{Network, Scene},
        world::World,
    },
};

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
