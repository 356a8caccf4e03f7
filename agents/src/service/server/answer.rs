//! The answers of a server: the time for which a sender waits, and how an outcome reaches it.
//!
//! Units: ticks.

use patchday_core::{ActorId, LOOKAHEAD, Span};

use crate::{
    network::message::{Kind, Message},
    service::{
        sender::params::SHORTEST_TIMEOUT,
        server::{
            at_server::AtServer,
            request::{Caller, Request, Serial, ServiceOutcome},
        },
    },
};

impl AtServer<'_, '_> {
    /// Returns the time for which a sender waits.
    pub(super) fn timeout(&self, caller: Caller, serial: u8) -> Span {
        if let Some(timeout) = self.control().timeout {
            return timeout.max(SHORTEST_TIMEOUT);
        }
        let fleet = &self.network.fleet;
        match caller {
            Caller::Server(server, _) => {
                fleet.service(server).calls[usize::from(Serial::of(serial).kind)].timeout
            }
            Caller::Sender(id) => fleet.terms(self.sender(id, serial)).timeout,
        }
    }

    /// Returns the number of the operation or source that sent a request.
    pub(super) fn sender(&self, id: ActorId, serial: u8) -> usize {
        match self.network.addresses.source_number(id) {
            Some(source) => self.network.fleet.sender_of_source(source),
            None => Serial::of(serial).kind.into(),
        }
    }

    /// Sends the answer to a request whose sender no longer waits, if late answers still count for it.
    pub(super) fn answer_late(&mut self, request: &Request) {
        let Caller::Sender(id) = request.caller else {
            return;
        };
        let sender = self.sender(id, request.serial);
        if self.network.fleet.terms(sender).accept_late {
            let late = Message::numbered(Kind::RequestLate, 0, request.serial);
            self.context.send(id, LOOKAHEAD, late);
        }
    }

    /// Ends a request without success. Its sender gets the outcome if it still waits. Returns the request
    /// as it was before, if there was one.
    pub(super) fn give_up(&mut self, slot: u32, outcome: ServiceOutcome) -> Option<Request> {
        let request = self.server.requests.get(slot)?;
        let before = *request;
        request.decided = true;
        self.server.requests.end(slot);
        if !before.decided {
            self.answer(&before, outcome);
        }
        Some(before)
    }

    /// Sends the outcome of a request to its sender.
    pub(super) fn answer(&mut self, request: &Request, outcome: ServiceOutcome) {
        let delay = match outcome {
            ServiceOutcome::Succeeded | ServiceOutcome::Failed => LOOKAHEAD,
            // The sender notices it at the end of its time-out.
            ServiceOutcome::Silent => (request.deadline + LOOKAHEAD)
                .saturating_sub(self.context.now)
                .max(LOOKAHEAD),
        };
        let (to, kind, payload) = match request.caller {
            Caller::Sender(id) => {
                let kind = match outcome {
                    ServiceOutcome::Succeeded => Kind::RequestOk,
                    ServiceOutcome::Failed => Kind::RequestFailed,
                    ServiceOutcome::Silent => Kind::RequestSilent,
                };
                (id, kind, 0)
            }
            Caller::Server(server, slot) => {
                let kind = match outcome {
                    ServiceOutcome::Succeeded => Kind::CallOk,
                    ServiceOutcome::Failed | ServiceOutcome::Silent => Kind::CallFailed,
                };
                (self.network.addresses.service_server(server), kind, slot)
            }
        };
        let message = Message::numbered(kind, payload, request.serial);
        self.context.send(to, delay, message);
    }
}
