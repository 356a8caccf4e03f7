//! The calls of a server to other services, for a request.
//!
//! Calls are sent in stages: one entry after another, or all in one stage. A stage is over when all its
//! requests have an outcome; a required one that fails, after its retries, ends the request. Units:
//! ticks.

use patchday_core::LOOKAHEAD;

use crate::{
    network::message::{Kind, Message},
    service::{
        balancing::choose,
        params::{CallSettings, WHOLE_RETRY},
        server::{
            at_server::AtServer,
            request::{RequestProgress, Serial},
        },
    },
};

/// The most retries that a budget keeps, in thousandths.
const FULL_BUDGET: u32 = 100 * WHOLE_RETRY;

impl AtServer<'_, '_> {
    /// Sends the calls of a request's next stage that has any; ends the request after the last one.
    pub(crate) fn call_next(&mut self, slot: u32) {
        let service = self.service;
        loop {
            let Some(request) = self.server.requests.get(slot) else {
                return;
            };
            let stage = usize::from(request.stage);
            let is_wanted = !request.decided || service.wasted_work;
            let stages = if service.together {
                1
            } else {
                service.calls.len()
            };
            if stage >= stages || !is_wanted {
                // What is given up before its last call has no answer that a cache could keep.
                return self.finish(slot, stage >= stages);
            }
            request.stage += 1;
            let calls = if service.together {
                0..service.calls.len()
            } else {
                stage..stage + 1
            };
            let mut sent = false;
            for number in calls {
                let call = &service.calls[number];
                if call.chance != patchday_core::Chance::ALWAYS && !self.draw().hits(0, call.chance)
                {
                    continue;
                }
                sent = true;
                for _ in 0..call.count {
                    if let Some(request) = self.server.requests.get(slot) {
                        request.outstanding += 1;
                    }
                    let serial = Serial {
                        kind: number as u8,
                        attempt: 0,
                    };
                    self.send_call(slot, serial);
                }
            }
            if sent {
                return;
            }
        }
    }

    fn send_call(&mut self, slot: u32, serial: Serial) {
        let number = usize::from(serial.kind);
        let call = &self.service.calls[number];
        let draw = self.draw();
        let (params, fleet) = (&self.network.fleet, &self.world.fleet);
        let home = params.cell(self.index).region;
        self.add_pending(slot);
        let round = self
            .server
            .calls
            .get_mut(number)
            .map(|state| &mut state.round);
        let Some(server) = choose(params, call.service, home, fleet, draw, round) else {
            // No server gets requests: the connection fails at once.
            let failed = Message::numbered(Kind::CallFailed, slot, serial.byte());
            return self.context.send(self.context.id, LOOKAHEAD, failed);
        };
        self.server.stats.0.counts.calls += 1;
        let payload = params.addressing.payload(self.index, slot);
        let to = self.network.addresses.service_server(server);
        let Some(request) = self.server.requests.get(slot) else {
            return;
        };
        if call.pass_deadline {
            // It is the message before the call, so it needs no other mark.
            let deadline = request.deadline.saturating_sub(LOOKAHEAD);
            let until = Message::new(Kind::CallDeadline, deadline);
            self.context.send(to, LOOKAHEAD, until);
        }
        let kind = match request.level {
            0 => Kind::CallHigh,
            1 => Kind::Call,
            _ => Kind::CallLow,
        };
        let message = Message::numbered(kind, payload, serial.byte());
        self.context.send(to, LOOKAHEAD, message);
    }

    /// Handles the outcome of a request of a call.
    pub(crate) fn call_over(&mut self, slot: u32, serial: u8, succeeded: bool) {
        let serial = Serial::of(serial);
        let service = self.service;
        let Some(call) = service.calls.get(usize::from(serial.kind)) else {
            return;
        };
        if succeeded {
            self.earn(serial, call);
        }
        let Some(request) = self.server.requests.came(slot) else {
            return;
        };
        let is_wanted = !request.decided || service.wasted_work;
        if !succeeded && serial.attempt < call.retries && is_wanted && self.spend(serial, call) {
            self.server.stats.0.counts.call_retries += 1;
            if call.pause == 0 {
                return self.send_call(slot, serial.again());
            }
            self.add_pending(slot);
            let retry = Message::numbered(Kind::CallRetry, slot, serial.again().byte());
            return self.context.send(self.context.id, call.pause, retry);
        }
        if !succeeded && !call.optional {
            return self.finish(slot, false);
        }
        let Some(request) = self.server.requests.get(slot) else {
            return;
        };
        request.outstanding -= 1;
        if request.outstanding == 0 && request.progress != RequestProgress::Over {
            self.call_next(slot);
        }
    }

    /// Handles the end of the pause before a retry.
    pub(crate) fn call_again(&mut self, slot: u32, serial: u8) {
        if self.server.requests.came(slot).is_some() {
            self.send_call(slot, Serial::of(serial));
        }
    }

    /// Adds to the retry budget of a call what a success earns.
    fn earn(&mut self, serial: Serial, call: &CallSettings) {
        let state = self.server.calls.get_mut(usize::from(serial.kind));
        if let (Some(earned), Some(state)) = (call.budget, state) {
            state.budget = (state.budget + earned).min(FULL_BUDGET);
        }
    }

    /// Takes a retry from the budget of a call. Returns whether there was one.
    fn spend(&mut self, serial: Serial, call: &CallSettings) -> bool {
        if call.budget.is_none() {
            return true;
        }
        let state = self.server.calls.get_mut(usize::from(serial.kind));
        let paid = state.is_some_and(|state| match state.budget.checked_sub(WHOLE_RETRY) {
            Some(left) => {
                state.budget = left;
                true
            }
            None => false,
        });
        if !paid {
            self.server.stats.0.counts.over_budget += 1;
        }
        paid
    }
}
