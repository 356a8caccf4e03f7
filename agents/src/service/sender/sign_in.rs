//! The sign-in at services: a client is signed in when all required requests have succeeded.
//!
//! All operations of the sign-in are sent at once. The number of required requests without an outcome
//! is stored where a client of an overlay stores its seat. Their serial numbers hold the last four bits
//! of the number of the login, so that outcomes of an earlier one are ignored. Such a client has no
//! overlay. The operations are those of the platform to which the client belongs when it sends them;
//! a check makes sure that each client has a required one.

use crate::{
    client::state::{Peer, Phase, State, TRIED},
    network::{
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    service::server::request::Serial,
};

/// The bits of the number of a login in a serial number.
const LOGIN_BITS: u8 = 15;

impl Network {
    /// Returns whether clients sign in at services and not at the login servers.
    pub(crate) fn signs_in_at_services(&self) -> bool {
        self.fleet.sign_in_requests > 0
    }

    /// Sends the operations of the sign-in of a login with a new number.
    pub(crate) fn send_sign_in(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        let (membership, now) = (self.membership(context), context.now);
        let mut required = 0;
        for (number, operation) in self.fleet.operations.iter().enumerate() {
            if !operation.is_of_sign_in() || !operation.groups.contain(membership, now) {
                continue;
            }
            if operation.required {
                required += operation.count;
            }
            let serial = Serial {
                kind: number as u8,
                attempt: if operation.required {
                    peer.serial & LOGIN_BITS
                } else {
                    0
                },
            };
            self.send_requests(world, operation, serial, operation.count, context);
        }
        peer.probe = peer.probe & !TRIED | required;
        *context.state = State::Peer(peer);
    }

    /// Handles the outcome of a required request of the sign-in.
    pub(crate) fn sign_in_request_over(
        &self,
        world: &World,
        mut peer: Peer,
        message: Message,
        context: &mut Context<'_>,
    ) {
        let is_of_login = Serial::of(message.serial).attempt == peer.serial & LOGIN_BITS;
        let left = peer.probe & TRIED;
        if peer.phase != Phase::SigningIn || !is_of_login || left == 0 {
            return;
        }
        let login = peer.serial;
        match message.kind {
            Kind::RequestOk if left > 1 => {
                peer.probe -= 1;
                *context.state = State::Peer(peer);
            }
            Kind::RequestOk => {
                peer.probe -= 1;
                self.login_done(world, peer, login, context);
            }
            Kind::RequestFailed => self.login_refused(world, peer, login, 0, context),
            _ => self.login_late(world, peer, login, 0, context),
        }
    }

    /// Handles the loss of a session because a required operation failed: the client signs in again
    /// after a pause, as its retry policy says.
    pub(crate) fn lose_session(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        context.tally.counters.links_lost += 1;
        peer.attempt = 0;
        let index = 1 << 16 | u32::from(peer.serial);
        let word = context.draw(crate::network::draw_ids::RETRY, index).word(1);
        self.wait(world, peer, word, 0, context);
    }
}
