//! The login: a client that has a seat at a supernode, or any client if there is no overlay, logs in at
//! a login server.
//!
//! After a rejection or a timeout the client pauses and tries again, by the same policy as after a
//! failed cycle; it keeps its seat. Invariant: each login has exactly one outcome, which is counted
//! even if the client no longer waits for it. Units: ticks.

use patchday_core::{LOOKAHEAD, Span};

use crate::{
    client::state::{Peer, Phase, State},
    network::{
        draw_ids,
        message::{Kind, Message, UNHEARD},
        model::{Context, Network},
        world::World,
    },
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
            // The login reaches no server, so the client waits until the timeout.
            peer.serial = peer.serial.wrapping_add(1);
            let patience = self.client.login_timeout;
            let silence = Message::numbered(Kind::LoginLate, UNHEARD, peer.serial);
            context.send(context.id, patience, silence);
            *context.state = State::Peer(peer);
            return;
        }
        self.log_in(world, peer, context);
    }

    /// Sends a login to one of the login servers, or the operations of the sign-in to services.
    pub(crate) fn log_in(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        peer.serial = peer.serial.wrapping_add(1);
        if self.signs_in_at_services() {
            return self.send_sign_in(world, peer, context);
        }
        let place = context
            .draw(draw_ids::LOGIN, peer.serial.into())
            .below(0, self.addresses.login_servers());
        let message = Message::numbered(Kind::Login, context.id, peer.serial);
        context.send(self.addresses.login_server(place), LOOKAHEAD, message);
        *context.state = State::Peer(peer);
    }

    /// Handles the success of a login: the client is logged in.
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
        context.block_state.last_pauses.forget(context.id);
        if self.overlay {
            peer.list = world.directory.newest();
        }
        self.enter(peer, Phase::Online, context);
        context.tally.logins += 1;
        self.start_operations(peer, context);
        self.fetch(world, peer, context);
    }

    /// Handles a rejected login; the server asks for a pause of `asked` ticks.
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

    /// Handles a login without an answer in time: the server is too slow, or the login did not reach
    /// it.
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

    /// Handles the failure of the login with this number, if the client still waits for it.
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
        let Some(pause) = self.next_pause(&mut peer, word, asked, context) else {
            return self.give_up(world, peer, context);
        };
        context.send(
            context.id,
            pause,
            Message::numbered(Kind::LoginRetry, 0, serial),
        );
        *context.state = State::Peer(peer);
    }

    /// Handles the end of the pause after a failed login.
    pub(crate) fn login_again(
        &self,
        world: &World,
        peer: Peer,
        serial: u8,
        context: &mut Context<'_>,
    ) {
        if peer.phase == Phase::SigningIn && peer.serial == serial {
            self.log_in(world, peer, context);
        }
    }
}
