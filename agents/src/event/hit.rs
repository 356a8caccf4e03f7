//! The effect of a mass event on a client.
//!
//! Each running client draws whether and when the event hits it. Units: ticks.

use patchday_core::Tick;

use crate::{
    call::{carrier::drop_calls, setup::Ending},
    client::state::{NO_ACTOR, Peer, Phase, State},
    event::mass_event::HitEffect,
    network::{
        distributions::between,
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    scenario::quantity::run_clock::delay,
};

/// The time for which the machine of a client that is hit is down.
enum Downtime {
    /// The machine stays up.
    None,
    /// It was up again before the run.
    Over,
    /// It is down for this many ticks.
    Lasts(Tick),
}

impl Network {
    pub(crate) fn region(&self, context: &Context<'_>) -> usize {
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
            let after = between(draw.word(1), 1, mass_event.within.max(1));
            if let Some(after) = mass_event.delay(after, context.now) {
                context.send(context.id, delay(after), Message::new(Kind::Hit, number));
            }
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
        let downtime = match self.downtime(number, context) {
            Downtime::Over => return,
            Downtime::None => None,
            Downtime::Lasts(downtime) => Some(downtime),
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

    /// Draws for how long the machine of this client is down if a mass event hits it now.
    fn downtime(&self, number: u32, context: &Context<'_>) -> Downtime {
        let mass_event = &self.event.mass_events[number as usize];
        let word = context.draw(draw_ids::MASS_EVENT, number).word(2);
        let now = i64::from(context.now);
        let up = match mass_event.effect {
            HitEffect::SignOut => return Downtime::None,
            HitEffect::PowerCut { lasts, back_within } => {
                let back = mass_event.at + i64::from(lasts);
                let since = if mass_event.at < 0 {
                    back
                } else {
                    back.max(now + 1)
                };
                since + i64::from(between(word, 0, back_within))
            }
            HitEffect::Broken {
                repair_min,
                repair_max,
            } => self.broken_at(number, context) + i64::from(between(word, repair_min, repair_max)),
        };
        match Tick::try_from(up - now) {
            Ok(left) if left > 0 => Downtime::Lasts(left),
            _ => Downtime::Over,
        }
    }

    /// Returns the tick at which a faulty configuration broke this client: now, or before the run.
    fn broken_at(&self, number: u32, context: &Context<'_>) -> i64 {
        let (mass_event, now) = (&self.event.mass_events[number as usize], context.now);
        let began = mass_event.begins().filter(|_| mass_event.at < 0);
        let Some(began) = began else {
            return now.into();
        };
        // The word from which `schedule_hit` computed the time of the hit.
        let draw = context
            .random()
            .draw(context.id, began, draw_ids::MASS_EVENT, number);
        let after = between(draw.word(1), 1, mass_event.within.max(1));
        (mass_event.at + i64::from(after)).min(now.into())
    }

    /// Returns for how long a machine that would be up again now stays down, because the power of its
    /// region is out.
    pub(crate) fn still_without_power(&self, world: &World, context: &Context<'_>) -> Option<Tick> {
        if world.cut_regions == 0 {
            return None;
        }
        let (number, _) = self.power_cut(self.region(context), context.now)?;
        match self.downtime(number, context) {
            Downtime::Lasts(left) => Some(left),
            Downtime::None | Downtime::Over => None,
        }
    }
}
