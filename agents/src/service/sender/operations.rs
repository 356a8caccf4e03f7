//! The operations of a client that is online: when it sends requests, and what it does with their
//! outcomes.
//!
//! A client has no state for a request: operation and attempt are in its serial number. A repeated
//! operation is one message of the client to itself; it holds the number of the last login, so that it
//! ends with the session. Units: ticks.

use patchday_core::{LOOKAHEAD, MAX_DELAY, Span, random::below};

use crate::{
    client::state::{Peer, Phase},
    network::{
        distributions::between,
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    scenario::quantity::run_clock::delay as delay_of,
    service::{
        balancing::choose,
        sender::params::{OperationParams, Repetition},
        server::request::Serial,
    },
};

/// The longest pause is this many times the first one, as a power of two.
const MOST_DOUBLINGS: u8 = 10;

/// Returns whether the session that began with a login goes on.
fn is_in_session(peer: Peer, login: u32) -> bool {
    peer.phase == Phase::Online && login == u32::from(peer.serial)
}

impl Network {
    /// Starts the repeated operations of a client that is online now.
    pub(crate) fn start_operations(&self, peer: Peer, context: &mut Context<'_>) {
        let (membership, now) = (self.membership(context), context.now);
        for (number, operation) in self.fleet.operations.iter().enumerate() {
            if !operation.groups.contain_from(membership, now) {
                continue;
            }
            let serial = Serial {
                kind: number as u8,
                attempt: 0,
            };
            let word = context.draw(draw_ids::OPERATION, number as u32).word(0);
            let delay = match &operation.repetition {
                Repetition::Once => continue,
                Repetition::Every {
                    period,
                    spread: true,
                } => 1 + below(word, *period),
                Repetition::Every {
                    period,
                    spread: false,
                } => *period,
                Repetition::AtRandom(spans) => spans.span(word),
            };
            self.repeat(peer, serial, delay, context);
        }
    }

    fn repeat(&self, peer: Peer, serial: Serial, delay: Span, context: &mut Context<'_>) {
        let due = Message::numbered(Kind::OperationDue, peer.serial.into(), serial.byte());
        context.send(context.id, delay_of(delay), due);
    }

    /// Handles the time of a repeated operation.
    pub(crate) fn operation_due(
        &self,
        world: &World,
        peer: Peer,
        login: u32,
        serial: u8,
        context: &mut Context<'_>,
    ) {
        if !is_in_session(peer, login) {
            return;
        }
        let serial = Serial::of(serial);
        let operation = &self.fleet.operations[usize::from(serial.kind)];
        let delay = match &operation.repetition {
            Repetition::Once => return,
            Repetition::Every { period, .. } => *period,
            Repetition::AtRandom(spans) => {
                let index = u32::from(serial.kind);
                spans.span(context.draw(draw_ids::OPERATION, index).word(1))
            }
        };
        let (membership, now) = (self.membership(context), context.now);
        if !operation.groups.contain_from(membership, now) {
            // The client moved to a platform that does not send it.
            return;
        }
        self.repeat(peer, serial, delay, context);
        if operation.groups.contain(membership, now) {
            self.send_requests(world, operation, serial, operation.count, context);
        }
    }

    /// Sends requests of an operation to its service.
    pub(crate) fn send_requests(
        &self,
        world: &World,
        operation: &OperationParams,
        serial: Serial,
        count: u8,
        context: &mut Context<'_>,
    ) {
        let counts = context.block_state.services.sender(serial.kind.into());
        counts.sent += u64::from(count);
        let is_cut_off = self.is_cut_off(world, context);
        let is_let_in = self.is_let_in(world, operation.service, context);
        let is_regional = self.fleet.services[operation.service].cells.len() > 1;
        let home = is_regional.then(|| self.region(context));
        for number in 0..count {
            let index = u32::from(number) << 8 | u32::from(serial.byte());
            let draw = context.draw(draw_ids::REQUEST, index);
            let (fleet, service) = (&world.fleet, operation.service);
            let chosen = choose(&self.fleet, service, home, fleet, draw, None);
            let chosen = chosen.filter(|_| is_let_in && !is_cut_off);
            if chosen.is_none() {
                context
                    .block_state
                    .services
                    .sender(serial.kind.into())
                    .unsent += 1;
            }
            if is_cut_off {
                // The request reaches no server, so the client waits until the time-out.
                let silent = Message::numbered(Kind::RequestSilent, 0, serial.byte());
                context.send(context.id, operation.terms.timeout, silent);
                continue;
            }
            let Some(server) = chosen else {
                // It is not let in, or no server is there for it: it fails at once.
                let failed = Message::numbered(Kind::RequestFailed, 0, serial.byte());
                context.send(context.id, LOOKAHEAD, failed);
                continue;
            };
            let to = self.addresses.service_server(server);
            let request = Message::numbered(Kind::Request, context.id, serial.byte());
            context.send(to, LOOKAHEAD, request);
        }
    }

    /// Returns whether the operator lets requests of this client to a service in.
    fn is_let_in(&self, world: &World, service: usize, context: &Context<'_>) -> bool {
        // It is the same in all cells.
        let first = self.fleet.services[service].cells.start;
        let let_in = &world.fleet.controls[first].let_in;
        if let_in.is_empty() {
            return true;
        }
        let share = let_in.get(self.region(context));
        share.is_none_or(|share| {
            let draw = context.random().trait_draw(context.id, draw_ids::LET_IN, 0);
            draw.hits(0, *share)
        })
    }

    /// Counts an answer to a client's request that came after its time-out.
    pub(crate) fn count_late_answer(&self, serial: u8, context: &mut Context<'_>) {
        let sender = Serial::of(serial).kind.into();
        context.block_state.services.sender(sender).late += 1;
    }

    /// Handles the outcome of a client's request.
    pub(crate) fn request_over(
        &self,
        world: &World,
        peer: Peer,
        message: Message,
        context: &mut Context<'_>,
    ) {
        let serial = Serial::of(message.serial);
        let operation = &self.fleet.operations[usize::from(serial.kind)];
        let counts = context.block_state.services.sender(serial.kind.into());
        match message.kind {
            Kind::RequestOk => counts.ok += 1,
            Kind::RequestFailed => counts.failed += 1,
            _ => counts.timed_out += 1,
        }
        let succeeded = message.kind == Kind::RequestOk;
        if operation.required && operation.is_of_sign_in() {
            if !succeeded {
                counts.given_up += 1;
            }
            return self.sign_in_request_over(world, peer, message, context);
        }
        let wants_retry = serial.attempt < operation.retries && peer.phase == Phase::Online;
        let is_allowed = operation.budget.is_none_or(|budget| {
            let budgets = &mut context.block_state.request_budgets;
            if succeeded {
                budgets.succeeded(context.id, serial.kind, budget);
                return true;
            }
            budgets.failed(context.id, serial.kind, budget, wants_retry)
        });
        if succeeded {
            return;
        }
        if wants_retry && is_allowed {
            let doublings = serial.attempt.min(MOST_DOUBLINGS);
            let pause = operation
                .pause
                .saturating_mul(1 << doublings)
                .min(MAX_DELAY);
            let word = context
                .draw(draw_ids::REQUEST, message.serial.into())
                .word(0);
            let pause = delay_of(between(word, pause / 2, pause));
            let login = u32::from(peer.serial);
            let retry = Message::numbered(Kind::RequestRetry, login, serial.again().byte());
            return context.send(context.id, pause, retry);
        }
        counts.given_up += 1;
        counts.over_budget += u64::from(wants_retry);
        if operation.required && peer.phase == Phase::Online {
            self.lose_session(world, peer, context);
        }
    }

    /// Handles the end of the pause before a request is sent again.
    pub(crate) fn request_again(
        &self,
        world: &World,
        peer: Peer,
        login: u32,
        serial: u8,
        context: &mut Context<'_>,
    ) {
        let serial = Serial::of(serial);
        let counts = context.block_state.services.sender(serial.kind.into());
        if !is_in_session(peer, login) {
            // The session has ended in the meantime.
            counts.given_up += 1;
            return;
        }
        counts.retries += 1;
        let operation = &self.fleet.operations[usize::from(serial.kind)];
        self.send_requests(world, operation, serial, 1, context);
    }
}
