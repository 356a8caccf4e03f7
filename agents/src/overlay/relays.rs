//! Relays: machines that carry calls between ends that cannot reach each other
//! directly.
//!
//! Machines that are always on and reachable from outside carry calls, a few each, unless
//! they are supernodes (fact 6.24). Who they are is known from the start of the run; the
//! directory tells which of them are supernodes, and the machine itself whether it is there
//! and has room. When it goes, its calls are dropped. Units: calls, ticks.

use patchday_core::{ActorId, LOOKAHEAD};

use crate::{
    call::call_leg::{Line, Media, Stage},
    client::state::{NOBODY, Peer, State},
    network::{
        distributions::between,
        draw_ids,
        message::{Kind, Message},
        model::{Network, Scene},
        world::World,
    },
};

/// Candidates that a caller looks up in the directory before it asks one.
const LOOKED_UP: u32 = 16;

impl Network {
    /// This machine carries calls from now on, if it can.
    pub(crate) fn offer_relaying(&self, scene: &mut Scene<'_>) {
        if self.population.traits(scene.random(), scene.id).eligible {
            scene.tally.relays.push(scene.id);
        }
    }

    /// The next relay to ask for a call, if the caller has not asked too many and finds one.
    pub(crate) fn relay(
        &self,
        world: &World,
        line: &mut Line,
        scene: &Scene<'_>,
    ) -> Option<ActorId> {
        if line.asked >= self.relay_asks || world.relays.is_empty() {
            return None;
        }
        let round = u32::from(line.asked) * LOOKED_UP;
        line.asked += 1;
        let mut candidates = (0..LOOKED_UP).map(|number| {
            let draw = scene.draw(draw_ids::RELAY, round + number);
            world.relays[draw.below(0, world.relays.len() as u32) as usize]
        });
        let relay = candidates.find(|relay| {
            let third = *relay != scene.id && *relay != line.other;
            third && !world.directory.is_live(*relay)
        });
        line.carrier = relay.unwrap_or(NOBODY);
        relay
    }

    /// A caller asks this machine to carry a call.
    pub(crate) fn asked_to_carry(
        &self,
        world: &World,
        peer: Peer,
        caller: ActorId,
        tag: u8,
        scene: &mut Scene<'_>,
    ) {
        let there = peer.phase.reachable() && !self.is_cut_off(world, scene);
        let able = peer.phase.online() && !self.serves(&peer, scene.id);
        if there && able && scene.block_state.loads.of(scene.id) < self.relay_calls {
            scene.block_state.loads.add(scene.id, caller, tag);
            let letter = Message::numbered(Kind::Carries, scene.id, tag);
            return scene.send(caller, LOOKAHEAD, letter);
        }
        // Nobody there: the caller waits in vain for a while.
        let delay = match there {
            true => LOOKAHEAD,
            false => self.client.probe_timeout.seconds() - LOOKAHEAD,
        };
        let letter = Message::numbered(Kind::CarriesNot, scene.id, tag);
        scene.send(caller, delay, letter);
    }

    /// The machine that was asked carries the call.
    pub(crate) fn carried(&self, peer: Peer, carrier: ActorId, tag: u8, scene: &mut Scene<'_>) {
        let line = scene.block_state.lines.of(scene.id).filter(|line| {
            line.stage == Stage::Carrying && line.carrier == carrier && line.tag() == tag
        });
        let Some(line) = line else {
            // The caller went meanwhile.
            let letter = Message::numbered(Kind::LetGo, scene.id, tag);
            return scene.send(carrier, LOOKAHEAD, letter);
        };
        if line.media == Media::GroupVideo {
            let line = *line;
            return self.begin(line, scene);
        }
        line.stage = Stage::Ringing;
        let (other, ring) = (line.other, Message::numbered(Kind::Ring, scene.id, tag));
        scene.send(other, LOOKAHEAD, ring);
        *scene.state = State::Peer(peer);
    }

    /// It does not: the caller asks another, or gives up.
    pub(crate) fn not_carried(
        &self,
        world: &World,
        peer: Peer,
        carrier: ActorId,
        tag: u8,
        scene: &mut Scene<'_>,
    ) {
        let line = scene.block_state.lines.of(scene.id).filter(|line| {
            line.stage == Stage::Carrying && line.carrier == carrier && line.tag() == tag
        });
        let Some(mut line) = line.copied() else {
            return;
        };
        let next = match line.media {
            Media::GroupVideo => None,
            Media::Voice | Media::Video => self.relay(world, &mut line, scene),
        };
        match next {
            Some(relay) => {
                scene.block_state.lines.add(line);
                let letter = Message::numbered(Kind::Carry, scene.id, tag);
                scene.send(relay, LOOKAHEAD, letter);
            }
            None => self.abandon(peer, false, scene),
        }
    }

    /// Tell the machine that carries a call that it is over.
    pub(crate) fn release(&self, line: &Line, delay: u32, scene: &mut Scene<'_>) {
        let letter = Message::numbered(Kind::LetGo, scene.id, line.tag());
        scene.send(line.carrier, delay, letter);
    }

    /// A call that this machine carried is over.
    pub(crate) fn released(&self, caller: ActorId, tag: u8, scene: &mut Scene<'_>) {
        scene.block_state.loads.remove(scene.id, caller, tag);
    }

    /// This machine carries no more: its callers notice, each in its own time.
    pub(crate) fn drop_loads(&self, scene: &mut Scene<'_>) {
        if scene.block_state.loads.of(scene.id) == 0 {
            return;
        }
        let (low, high) = self.calls.notice;
        for (caller, tag) in scene.block_state.loads.clear(scene.id) {
            let draw = scene
                .random()
                .draw(caller, scene.now, draw_ids::NOTICE, scene.id);
            let letter = Message::numbered(Kind::CallLost, scene.id, tag);
            scene.send(caller, between(draw.word(0), low, high), letter);
        }
    }
}
