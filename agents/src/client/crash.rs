//! Crashes: a client that goes down without a word, and its user who starts it again.
//!
//! A crash is no restart of the PC: nobody is told. The supernode of a client that
//! crashed learns of it by silence, after a keep-alive time; the leaves of a supernode
//! that crashed notice in their own time. Units: ticks.

use crate::{
    client::state::{FIXED, Peer},
    network::{
        distributions::between,
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
};

impl Network {
    /// The client crashes; its user starts it again after a while, perhaps in a fixed
    /// version.
    pub(crate) fn crash(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        let draw = context.draw(draw_ids::CRASH, 0);
        context.tally.counters.crashes += 1;
        if self.serves(&peer, context.id) {
            context.tally.counters.supernodes_crashed += 1;
            self.retire(context);
        } else if self.overlay && peer.phase.attached() {
            let (low, high) = (self.client.keep_alive_min, self.client.keep_alive_max);
            let silence = between(draw.word(0), low.seconds(), high.seconds());
            let leave = Message::numbered(Kind::Leave, context.id, peer.seat());
            context.send(peer.link, silence, leave);
        }
        if world.fix_out.is_some() && draw.hits(1, self.fixes) {
            peer.probe |= FIXED;
        }
        let crash = &self.client.crash;
        let (low, high) = (crash.restart_min.seconds(), crash.restart_max.seconds());
        self.go_down(world, peer, between(draw.word(2), low, high), context);
    }
}
