//! Signing in: with a seat at a supernode, or directly if there is no overlay, a client logs in at a
//! server.
//!
//! A log-in that is rejected or late is repeated after a pause, by the same policy as after a failed
//! cycle; the client keeps its seat meanwhile. Each log-in has exactly one outcome, which is counted
//! whether its client still waits for it or not. Units: ticks.

use patchday_core::{LOOKAHEAD, Span};

use crate::{
    client::state::{Peer, Phase, State},
    network::{
        draw_ids,
        message::{Kind, Message, UNHEARD},
        model::{Context, Network},
        world::World,
    },
    server::kind::ServerKind,
};

impl Network {
    /// Logs in without a supernode.
    pub(crate) fn sign_in_directly(
        &self,
        world: &World,
        mut peer: Peer,
        context: &mut Context<'_>,
    ) {
        context.tally.counters.attempts += 1;
        self.enter(peer, Phase::SigningIn, context);
        peer.phase = Phase::SigningIn;
        if self.is_cut_off(world, context) {
            // The log-in reaches no server, and the client waits until its timeout.
            peer.serial = peer.serial.wrapping_add(1);
            let patience = self.client.login_timeout;
            let silence = Message::numbered(Kind::LoginLate, UNHEARD, peer.serial);
            context.send(context.id, patience, silence);
            *context.state = State::Peer(peer);
            return;
        }
        self.log_in(peer, context);
    }

    /// Sends a log-in to one of the log-in servers.
    pub(crate) fn log_in(&self, mut peer: Peer, context: &mut Context<'_>) {
        peer.serial = peer.serial.wrapping_add(1);
        let place = context
            .draw(draw_ids::LOGIN, peer.serial.into())
            .below(0, self.addresses.login_servers());
        let message = Message::numbered(Kind::Login, context.id, peer.serial);
        context.send(self.addresses.login_server(place), LOOKAHEAD, message);
        *context.state = State::Peer(peer);
    }

    /// The log-in is done: the client is signed in.
    pub(crate) fn login_done(
        &self,
        world: &World,
        mut peer: Peer,
        serial: u8,
        context: &mut Context<'_>,
    ) {
        context.tally.counters.login_served += 1;
        if !self.overlay {
            context.tally.counters.accepted += 1;
        }
        if peer.phase != Phase::SigningIn || peer.serial != serial {
            return;
        }
        peer.attempt = 0;
        if self.overlay {
            peer.list = world.directory.newest();
        }
        self.enter(peer, Phase::Online, context);
        for kind in [ServerKind::Presence, ServerKind::Chat] {
            let server = self.addresses.server(kind);
            context.send(server, LOOKAHEAD, Message::new(Kind::SignedIn, context.id));
        }
        self.fetch(world, peer, context);
    }

    /// The log-in is rejected; the server asks for a pause of `asked` ticks.
    pub(crate) fn login_refused(
        &self,
        world: &World,
        peer: Peer,
        serial: u8,
        asked: Span,
        context: &mut Context<'_>,
    ) {
        if !self.overlay {
            context.tally.counters.refused += 1;
        }
        self.login_failed(world, peer, serial, asked, context);
    }

    /// No answer came in time, because the server is too slow or was never reached.
    pub(crate) fn login_late(
        &self,
        world: &World,
        peer: Peer,
        serial: u8,
        word: u32,
        context: &mut Context<'_>,
    ) {
        if word != UNHEARD {
            context.tally.counters.login_late += 1;
        }
        if !self.overlay {
            context.tally.counters.timed_out += 1;
        }
        self.login_failed(world, peer, serial, 0, context);
    }

    /// The log-in with this number has failed. It has an effect if the client still waits for it.
    fn login_failed(
        &self,
        world: &World,
        mut peer: Peer,
        serial: u8,
        asked: Span,
        context: &mut Context<'_>,
    ) {
        if peer.phase != Phase::SigningIn || peer.serial != serial {
            return;
        }
        let word = context.draw(draw_ids::RETRY, serial.into()).word(1);
        if !self.overlay {
            return self.wait(world, peer, word, asked, context);
        }
        let Some(pause) = self.retry.next_pause(&mut peer, word, asked, context.now) else {
            return self.give_up(world, peer, context);
        };
        context.send(
            context.id,
            pause,
            Message::numbered(Kind::LoginRetry, 0, serial),
        );
        *context.state = State::Peer(peer);
    }

    /// The pause after a failed log-in is over.
    pub(crate) fn login_again(&self, peer: Peer, serial: u8, context: &mut Context<'_>) {
        if peer.phase == Phase::SigningIn && peer.serial == serial {
            self.log_in(peer, context);
        }
    }
}
