//! Crashes: a client goes down, and its user starts it again.
//!
//! Unlike a restart of the PC, a crash sends no messages. The supernode of the client notices after a
//! keep-alive time; the leaves of a supernode that crashed notice after their own keep-alive times.
//! Units: ticks.

use crate::{
    client::state::{FIXED, Peer},
    network::{
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
};

impl Network {
    /// Handles a crash; the user starts the client again later, possibly in a fixed version.
    pub(crate) fn crash(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        let draw = context.draw(draw_ids::CRASH, 0);
        context.tally.counters.crashes += 1;
        if self.serves(&peer, context.id) {
            context.tally.counters.supernodes_crashed += 1;
            self.retire(context);
        } else if self.overlay && peer.phase.attached() {
            let silence = self.client.keep_alive.span(draw.word(0));
            let leave = Message::numbered(Kind::Leave, context.id, peer.seat());
            context.send(peer.link, silence, leave);
        }
        if world.fix_out.is_some() && draw.hits(1, self.crash.fix) {
            peer.probe |= FIXED;
        }
        let down = self.crash.restart.span(draw.word(2));
        self.go_down(world, peer, down, context);
    }
}
