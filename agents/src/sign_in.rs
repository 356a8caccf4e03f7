//! Signing in: with a seat at a supernode, a client logs in at a server.
//!
//! A log-in that is turned away or comes too late is tried again after a pause
//! by the same policy as a failed cycle; the seat is kept meanwhile.

use patchday_core::LOOKAHEAD;

use crate::{
    letter::{Kind, Letter},
    network::{Network, Scene},
    peer::{Peer, Phase, State},
    purpose,
    world::World,
};

impl Network {
    /// Ask a log-in server.
    pub(crate) fn log_in(&self, mut peer: Peer, scene: &mut Scene<'_>) {
        peer.serial = peer.serial.wrapping_add(1);
        let place = scene
            .draw(purpose::LOGIN, peer.serial.into())
            .below(0, self.places.logins());
        let letter = Letter::numbered(Kind::Login, scene.id, peer.serial);
        scene.post(self.places.login(place), LOOKAHEAD, letter);
        *scene.state = State::Peer(peer);
    }

    /// Signed in.
    pub(crate) fn login_done(
        &self,
        world: &World,
        mut peer: Peer,
        serial: u8,
        scene: &mut Scene<'_>,
    ) {
        scene.tally.counters.login_served += 1;
        if peer.phase != Phase::SigningIn || peer.serial != serial {
            return;
        }
        peer.attempt = 0;
        peer.list = world.directory.newest();
        self.enter(peer, Phase::Online, scene);
        for server in [self.places.presence(), self.places.chat()] {
            scene.post(server, LOOKAHEAD, Letter::new(Kind::SignedIn, scene.id));
        }
        self.fetch(world, peer, scene);
        self.plan_call(serial, scene);
    }

    /// Turned away, or served after the client had stopped waiting.
    pub(crate) fn login_failed(
        &self,
        mut peer: Peer,
        serial: u8,
        late: bool,
        scene: &mut Scene<'_>,
    ) {
        if late {
            scene.tally.counters.login_late += 1;
        }
        if peer.phase != Phase::SigningIn || peer.serial != serial {
            return;
        }
        let pause = self.pause(
            peer.attempt,
            scene.draw(purpose::RETRY, serial.into()).word(1),
        );
        peer.attempt = peer.attempt.saturating_add(1);
        scene.post(
            scene.id,
            pause,
            Letter::numbered(Kind::LoginRetry, 0, serial),
        );
        *scene.state = State::Peer(peer);
    }

    /// The pause after a failed log-in is over.
    pub(crate) fn login_again(&self, peer: Peer, serial: u8, scene: &mut Scene<'_>) {
        if peer.phase == Phase::SigningIn && peer.serial == serial {
            self.log_in(peer, scene);
        }
    }
}
