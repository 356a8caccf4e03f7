//! How a mass event reaches a client, and what it does to it.
//!
//! Each running client draws whether and when it is hit. Units: ticks.

use patchday_core::Tick;

use crate::{
    call::{carrier::drop_calls, setup::Ending},
    client::state::{NO_ACTOR, Peer, Phase, State},
    event::mass_event::Effect,
    network::{
        distributions::between,
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
};

impl Network {
    fn region(&self, context: &Context<'_>) -> usize {
        self.population
            .traits(context.random(), context.id)
            .region
            .into()
    }

    /// Whether nobody answers this client, because its region is cut off.
    pub(crate) fn is_cut_off(&self, world: &World, context: &Context<'_>) -> bool {
        world.cut_regions > 0 && world.cut[self.region(context)] > 0
    }

    /// A mass_event happens: is this client hit, and when?
    pub(crate) fn mass_event(&self, number: u32, context: &mut Context<'_>) {
        let mass_event = &self.event.mass_events[number as usize];
        let draw = context.draw(draw_ids::MASS_EVENT, number);
        if draw.hits(0, mass_event.chance) && mass_event.regions[self.region(context)] {
            let delay = between(draw.word(1), 1, mass_event.within.max(1));
            context.send(context.id, delay, Message::new(Kind::Hit, number));
        }
    }

    /// It is hit now.
    pub(crate) fn hit(
        &self,
        world: &World,
        mut peer: Peer,
        number: u32,
        context: &mut Context<'_>,
    ) {
        if matches!(peer.phase, Phase::Off | Phase::Booting) {
            return;
        }
        let mass_event = &self.event.mass_events[number as usize];
        let down = match mass_event.effect {
            Effect::SignedOut => None,
            Effect::Down(lasts, within) => {
                let up = mass_event.at + i64::from(lasts);
                let left = (up - i64::from(context.now)).max(1) as Tick;
                let word = context.draw(draw_ids::MASS_EVENT, number).word(2);
                Some(left + between(word, 0, within))
            }
            Effect::Broken(least, most) => {
                let word = context.draw(draw_ids::MASS_EVENT, number).word(2);
                Some(between(word, least, most))
            }
        };
        if self.serves(&peer, context.id) {
            self.retire(context);
            peer.link = NO_ACTOR;
        } else if down.is_some() || peer.phase.attached() {
            self.detach(world, &mut peer, context);
        }
        if mass_event.cuts {
            self.leave_call(&mut peer, Ending::Lost, context);
            drop_calls(self.call.notice, context);
        }
        match down {
            Some(down) => self.go_down(world, peer, down, context),
            None if peer.phase.attached() => {
                context.tally.counters.links_lost += 1;
                peer.attempt = 0;
                self.remember(world, &mut peer);
                if self.overlay {
                    peer.link = NO_ACTOR;
                }
                self.seek(world, peer, context);
            }
            None => *context.state = State::Peer(peer),
        }
    }
}
