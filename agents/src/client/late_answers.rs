//! The effect of late answers of the offline-message servers on a client (facts 3.2, 3.3).
//!
//! Some versions of the client crash if an answer is late. At each login the client sends one request
//! as a message. Its later requests are part of the routine load of the servers and are not messages.
//! When answers become late, each client that a late answer would crash draws the time of its next
//! request, and crashes if answers are still late then. Requests form a Poisson process, so this has
//! the same distribution as a message for each request. Units: ticks.

use patchday_core::LOOKAHEAD;

use crate::{
    client::state::{FIXED, NEVER, Peer},
    network::{
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    server::kind::ServerKind,
};

impl Network {
    /// Fetches the offline messages of a client that has just logged in.
    pub(crate) fn fetch(&self, world: &World, peer: Peer, context: &mut Context<'_>) {
        if !(self.servers.offline_messages.on && world.offline_messages_on) {
            return;
        }
        let fragile = u8::from(self.is_fragile(world, peer, context));
        let message = Message::numbered(Kind::Fetch, context.id, fragile);
        context.send(
            self.addresses.server(ServerKind::OfflineMessages),
            LOOKAHEAD,
            message,
        );
    }

    /// Returns whether a late answer makes this client crash.
    fn is_fragile(&self, world: &World, peer: Peer, context: &Context<'_>) -> bool {
        peer.probe & FIXED == 0
            && !self.has_updated(world, context)
            && self
                .versions
                .fragile(context.random(), context.id, peer.session_end == NEVER)
    }

    /// Returns whether this client has updated itself to a fixed version by now.
    fn has_updated(&self, world: &World, context: &Context<'_>) -> bool {
        world.fix_out.is_some_and(|out| {
            let draw = context.random().trait_draw(context.id, draw_ids::UPDATE, 0);
            let after = self.crash.update_after.span(draw.word(1));
            draw.hits(0, self.crash.update) && out.saturating_add(after) <= context.now
        })
    }

    /// Handles the start of late answers: draws the time of this client's next request.
    pub(crate) fn late_from_now(&self, world: &World, peer: Peer, context: &mut Context<'_>) {
        if peer.phase.online() && self.is_fragile(world, peer, context) {
            let word = context.draw(draw_ids::CONTACT, 0).word(0);
            let contact = self.servers.offline_messages.contacts.span(word);
            let message = Message::numbered(Kind::Contact, 0, peer.serial);
            context.send(context.id, contact, message);
        }
    }

    /// Handles the time of a request, whose answer is late if answers are still late.
    pub(crate) fn contact(&self, world: &World, peer: Peer, serial: u8, context: &mut Context<'_>) {
        if world.late && peer.serial == serial {
            self.late_answer(world, peer, context);
        }
    }

    /// Handles a late answer.
    pub(crate) fn late_answer(&self, world: &World, peer: Peer, context: &mut Context<'_>) {
        let hurts = peer.phase.online() && world.offline_messages_on;
        if hurts && self.is_fragile(world, peer, context) {
            self.crash(world, peer, context);
        }
    }
}
