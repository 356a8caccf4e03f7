//! Relays: machines that carry calls between ends that cannot reach each other directly.
//!
//! Always-on machines with a public address carry a few calls each, unless they are supernodes (fact
//! 6.24). The set of these machines is known from the start of the run. The directory shows which of
//! them are supernodes; the machine itself knows whether it is online and below its limit. If it goes
//! down, its calls are dropped. Units: calls, ticks.

use patchday_core::{ActorId, LOOKAHEAD};

use crate::{
    call::call_leg::{CallLeg, Media, Stage},
    client::state::{NO_ACTOR, Peer, State},
    network::{
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
};

/// Candidates that a caller checks in the directory for each relay that it asks.
const LOOKED_UP: u32 = 16;

impl Network {
    /// Offers this machine as a relay, if it is eligible.
    pub(crate) fn offer_relaying(&self, context: &mut Context<'_>) {
        if self
            .population
            .traits(context.random(), context.id)
            .eligible
        {
            context.tally.relays.push(context.id);
        }
    }

    /// Returns the next relay to ask for a call; `None` if the caller has asked too many or finds none.
    pub(crate) fn relay(
        &self,
        world: &World,
        leg: &mut CallLeg,
        context: &Context<'_>,
    ) -> Option<ActorId> {
        if leg.asked >= self.relay.asks || world.relays.is_empty() {
            return None;
        }
        let round = u32::from(leg.asked) * LOOKED_UP;
        leg.asked += 1;
        let mut candidates = (0..LOOKED_UP).map(|number| {
            let draw = context.draw(draw_ids::RELAY, round + number);
            world.relays[draw.below(0, world.relays.len() as u32) as usize]
        });
        let relay = candidates.find(|relay| {
            let third = *relay != context.id && *relay != leg.other;
            third && !world.directory.is_live(*relay)
        });
        leg.carrier = relay.unwrap_or(NO_ACTOR);
        relay
    }

    /// Handles the request of a caller to carry a call.
    pub(crate) fn asked_to_carry(
        &self,
        world: &World,
        peer: Peer,
        caller: ActorId,
        tag: u8,
        context: &mut Context<'_>,
    ) {
        let there = peer.phase.reachable() && !self.is_cut_off(world, context);
        let able = peer.phase.online() && !self.serves(&peer, context.id);
        if there && able && context.block_state.carried.count(context.id) < self.relay.calls {
            context.block_state.carried.add(context.id, caller, tag);
            let message = Message::numbered(Kind::Carries, context.id, tag);
            return context.send(caller, LOOKAHEAD, message);
        }
        // If the machine is down, the caller waits for the whole timeout.
        let delay = if there {
            LOOKAHEAD
        } else {
            self.client.probe_timeout - LOOKAHEAD
        };
        let message = Message::numbered(Kind::CarriesNot, context.id, tag);
        context.send(caller, delay, message);
    }

    /// Handles the answer that the asked actor carries the call.
    pub(crate) fn carried(&self, peer: Peer, carrier: ActorId, tag: u8, context: &mut Context<'_>) {
        let leg = context.block_state.legs.get(context.id).filter(|leg| {
            leg.stage == Stage::Carrying && leg.carrier == carrier && leg.tag() == tag
        });
        let Some(leg) = leg else {
            // The caller has left the call in the meantime.
            let message = Message::numbered(Kind::LetGo, context.id, tag);
            return context.send(carrier, LOOKAHEAD, message);
        };
        if leg.media == Media::GroupVideo {
            let leg = *leg;
            return self.begin(leg, context);
        }
        leg.stage = Stage::Ringing;
        let (other, ring) = (leg.other, Message::numbered(Kind::Ring, context.id, tag));
        context.send(other, LOOKAHEAD, ring);
        *context.state = State::Peer(peer);
    }

    /// Handles the answer that the asked actor does not carry the call: asks another one, or gives up.
    pub(crate) fn not_carried(
        &self,
        world: &World,
        peer: Peer,
        carrier: ActorId,
        tag: u8,
        context: &mut Context<'_>,
    ) {
        let leg = context.block_state.legs.get(context.id).filter(|leg| {
            leg.stage == Stage::Carrying && leg.carrier == carrier && leg.tag() == tag
        });
        let Some(mut leg) = leg.copied() else {
            return;
        };
        let next = match leg.media {
            Media::GroupVideo => None,
            Media::Voice | Media::Video => self.relay(world, &mut leg, context),
        };
        match next {
            Some(relay) => {
                context.block_state.legs.put(leg);
                let message = Message::numbered(Kind::Carry, context.id, tag);
                context.send(relay, LOOKAHEAD, message);
            }
            None => self.abandon_call(peer, false, context),
        }
    }

    /// Sends the carrier of a call the message that the call has ended.
    pub(crate) fn release(&self, leg: &CallLeg, delay: u32, context: &mut Context<'_>) {
        let message = Message::numbered(Kind::LetGo, context.id, leg.tag());
        context.send(leg.carrier, delay, message);
    }
}
