//! Calls: as far as the network's load and losses need them.
//!
//! A call is carried by the client that begins it; the other end is counted but
//! not followed, so a call is dropped by losses on one end only. A user who is
//! not online begins no call; a call fails whose caller's supernode is gone
//! without the caller's knowledge. Units: ticks.

use crate::{
    letter::{Kind, Letter},
    network::{Network, Scene},
    peer::{Peer, Phase},
    purpose,
    world::World,
};

impl Network {
    /// Plan the next call of an online user.
    pub(crate) fn plan_call(&self, serial: u8, scene: &mut Scene<'_>) {
        if let Some(pauses) = &self.call_pause {
            let pause = pauses.span(scene.draw(purpose::CALL, 0).word(0));
            scene.post(
                scene.id,
                pause,
                Letter::numbered(Kind::CallStart, 0, serial),
            );
        }
    }

    /// The user calls somebody.
    pub(crate) fn call_start(&self, world: &World, peer: Peer, serial: u8, scene: &mut Scene<'_>) {
        // After a loss and a new sign-in the serial has moved on.
        if peer.phase != Phase::Online || peer.serial != serial {
            return;
        }
        // Set up through the supernode, which may be gone without the client's
        // knowledge.
        if self.overlay && !world.directory.is_live(peer.link) {
            scene.tally.counters.calls_failed += 1;
            return self.plan_call(serial, scene);
        }
        scene.tally.counters.calls += 1;
        let length = self.call_length.span(scene.draw(purpose::CALL, 1).word(0));
        scene.post(scene.id, length, Letter::numbered(Kind::CallEnd, 0, serial));
        self.enter(peer, Phase::InCall, scene);
    }

    /// The call is over.
    pub(crate) fn call_end(&self, peer: Peer, serial: u8, scene: &mut Scene<'_>) {
        if peer.phase == Phase::InCall && peer.serial == serial {
            self.enter(peer, Phase::Online, scene);
            self.plan_call(serial, scene);
        }
    }
}
