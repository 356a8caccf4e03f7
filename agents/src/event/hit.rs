//! The effect of a mass event on a client.
//!
//! Each running client draws whether and when the event hits it. Units: ticks.

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

    /// Returns whether the region of this client is cut off, so that no request is answered.
    pub(crate) fn is_cut_off(&self, world: &World, context: &Context<'_>) -> bool {
        world.cut_regions > 0 && world.cut[self.region(context)] > 0
    }

    /// Handles the broadcast of a mass event: draws whether this client is hit, and when.
    pub(crate) fn schedule_hit(&self, number: u32, context: &mut Context<'_>) {
        let mass_event = &self.event.mass_events[number as usize];
        let draw = context.draw(draw_ids::MASS_EVENT, number);
        if draw.hits(0, mass_event.chance) && mass_event.regions[self.region(context)] {
            let delay = between(draw.word(1), 1, mass_event.within.max(1));
            context.send(context.id, delay, Message::new(Kind::Hit, number));
        }
    }

    /// Handles the time at which the mass event hits this client.
    pub(crate) fn handle_hit(
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
        let downtime = match mass_event.effect {
            Effect::SignOut => None,
            Effect::PowerCut { lasts, back_within } => {
                let up = mass_event.at + i64::from(lasts);
                let left = (up - i64::from(context.now)).max(1) as Tick;
                let word = context.draw(draw_ids::MASS_EVENT, number).word(2);
                Some(left + between(word, 0, back_within))
            }
            Effect::Broken {
                repair_min,
                repair_max,
            } => {
                let word = context.draw(draw_ids::MASS_EVENT, number).word(2);
                Some(between(word, repair_min, repair_max))
            }
        };
        if self.serves(&peer, context.id) {
            self.retire(context);
            peer.link = NO_ACTOR;
        } else if downtime.is_some() || peer.phase.attached() {
            self.detach(world, &mut peer, context);
        }
        if mass_event.cuts_off {
            self.leave_call(&mut peer, Ending::Lost, context);
            drop_calls(self.call.notice, context);
        }
        match downtime {
            Some(downtime) => self.go_down(world, peer, downtime, context),
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
