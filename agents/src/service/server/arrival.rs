//! The arrival of a request at a server: whether it gets in, and how long its sender waits.
//!
//! A request that does not get in has its outcome at once. Units: ticks, requests.

use patchday_core::{Chance, LOOKAHEAD};

use crate::service::{
    control::{faults::loss, service_control::WHOLE_REQUEST},
    section::Priority,
    server::{
        at_server::AtServer,
        deadlines::Deadline,
        request::{Caller, NO_KEY, Request, RequestProgress, ServiceOutcome},
    },
};

impl AtServer<'_, '_> {
    /// Returns whether a limit admits a request now, and counts it.
    fn is_admitted(&mut self) -> bool {
        let Some(limit) = self.control().limit_of_each() else {
            return true;
        };
        let (now, server) = (self.context.now, &mut *self.server);
        let elapsed = u64::from(now - server.admitted_at);
        server.admitted_at = now;
        // What was not used is kept for one request at most, so that no part of a request is lost.
        let most = limit.saturating_add(WHOLE_REQUEST);
        server.admits = server
            .admits
            .saturating_add(limit.saturating_mul(elapsed))
            .min(most);
        match server.admits.checked_sub(WHOLE_REQUEST) {
            Some(left) => {
                server.admits = left;
                true
            }
            None => false,
        }
    }

    /// Returns whether a request of a priority finds a free place, or room in the queue; each priority
    /// leaves a part of both to higher ones.
    fn has_room(&self, level: u8) -> bool {
        let concurrency = self.concurrency();
        let queue = self.control().queue.unwrap_or(self.service.queue);
        let is_free = self.server.taken < concurrency || self.server.waiting < queue;
        let all = concurrency.saturating_add(queue);
        let used = self.server.taken.saturating_add(self.server.waiting);
        is_free && self.service.is_left(used, all, level)
    }

    /// Returns the priority that a client or source gives a request.
    fn priority(&self, caller: Caller, serial: u8) -> Priority {
        match caller {
            Caller::Server(..) => Priority::Normal,
            Caller::Sender(id) => self.network.fleet.terms(self.sender(id, serial)).priority,
        }
    }

    /// Returns the chance that a request of this caller is lost on its way.
    fn loss_of(&self, caller: Caller) -> Chance {
        let fleet = &self.network.fleet;
        let is_from = |service: usize| matches!(caller, Caller::Server(server, _) if fleet.cell(server).service == service);
        loss(&fleet.faults, is_from, self.index, self.context.now)
    }

    /// Handles the call of a server. Its caller may have passed on a deadline just before.
    pub(super) fn call_arrives(&mut self, payload: u32, serial: u8, priority: Priority) {
        let caller = self.network.fleet.addressing.caller(payload);
        self.arrive(caller, serial, Some(priority));
    }

    /// Handles a request. Without a priority it has that of its sender.
    pub(super) fn arrive(&mut self, caller: Caller, serial: u8, priority: Option<Priority>) {
        let now = self.context.now;
        self.server.stats.0.counts.arrivals += 1;
        let timeout = self.timeout(caller, serial);
        let own_deadline = (now + timeout).saturating_sub(2 * LOOKAHEAD).max(now + 1);
        let passed = self.server.passed_deadline.take();
        let passed = passed.filter(|passed| *passed < own_deadline);
        let level = priority.unwrap_or_else(|| self.priority(caller, serial)) as u8;
        // Sent a tick ago; the answer takes another one.
        let request = Request {
            caller,
            serial,
            level,
            progress: RequestProgress::Waiting,
            decided: false,
            stage: 0,
            outstanding: 0,
            pending: 0,
            since: now,
            deadline: passed.map_or(own_deadline, |passed| passed.max(now + 1)),
            number: 0,
            key: NO_KEY,
        };
        if self.is_down() {
            self.server.stats.0.counts.lost += 1;
            return self.answer(&request, ServiceOutcome::Silent);
        }
        let loss = self.loss_of(caller);
        if loss != Chance::NEVER && self.draw().hits(0, loss) {
            self.server.stats.0.counts.lost += 1;
            return self.answer(&request, ServiceOutcome::Silent);
        }
        let condition = self.world.fleet.conditions[self.index as usize];
        if condition.errors != Chance::NEVER && self.draw().hits(0, condition.errors) {
            self.server.stats.0.counts.errors += 1;
            return self.answer(&request, ServiceOutcome::Failed);
        }
        let fits = self.has_room(level) && self.is_admitted();
        let most = self.network.fleet.addressing.slots();
        let slot = fits.then(|| self.server.requests.insert(request, most));
        let Some(slot) = slot.flatten() else {
            self.server.stats.0.counts.rejected += 1;
            return self.answer(&request, ServiceOutcome::Failed);
        };
        let number = self.server.requests.get(slot).map_or(0, |it| it.number);
        let deadline = Deadline {
            at: request.deadline,
            slot,
            number,
        };
        // A deadline that was passed on is not in the order of the arrivals.
        let timeout = passed.is_none().then_some(timeout);
        self.server.deadlines.push(timeout, deadline);
        let order = self.service.order;
        self.server.queue.push(order, level, deadline);
        self.server.waiting += 1;
        // The places are filled at the end of the message: with a free place the queue is empty.
        let is_used_up = |most| self.server.requests.live() >= most;
        if self.service.dies_at.is_some_and(is_used_up) {
            self.die();
        }
    }
}
