//! The behaviour of a server of a service: arrivals, places, work, deadlines and answers.
//!
//! Invariants: each request that arrives has exactly one outcome, which its sender gets as a message; a
//! place is taken by exactly the requests that are [`RequestProgress::Placed`]. A request costs a message to the
//! server, one of the server to itself for its work, and one back; work of less than a tick can cost
//! none. Units: ticks.

use patchday_core::{LOOKAHEAD, Tick};

use crate::{
    client::state::State,
    network::{
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    service::{
        control::service_control::ServiceControl,
        params::ServiceParams,
        section::Priority,
        server::{
            fetches::CacheAnswer,
            request::{Caller, RequestProgress, ServiceOutcome},
            server_state::{ServerPlace, ServerState},
        },
        service_time::USUAL_FACTOR,
    },
};

/// A server that handles a message.
pub(crate) struct AtServer<'a, 'b> {
    pub(crate) network: &'a Network,
    pub(crate) world: &'a World,
    pub(crate) service: &'a ServiceParams,
    /// Its index among all servers of services.
    pub(crate) index: u32,
    pub(crate) server: &'a mut ServerState,
    pub(crate) context: &'a mut Context<'b>,
}

impl Network {
    /// Handles a message at a server of a service.
    pub(crate) fn receive_at_service(
        &self,
        world: &World,
        mut place: ServerPlace,
        message: Message,
        context: &mut Context<'_>,
    ) {
        let index = self.addresses.service_server_index(context.id);
        let service = self.fleet.service(index);
        let calls = service.calls.len();
        let block = &mut context.block_state.services;
        let mut server = block.take(&mut place, index, calls);
        let load = server.state.requests.live();
        let mut here = AtServer {
            network: self,
            world,
            service,
            index,
            server: &mut server.state,
            context,
        };
        here.handle(message);
        let now_load = server.state.requests.live();
        if now_load != load && service.reports_loads() {
            context.tally.service_loads.push((index, now_load));
        }
        context.block_state.services.put_back(place, server);
        *context.state = State::Service(place);
    }
}

impl AtServer<'_, '_> {
    fn handle(&mut self, message: Message) {
        let Message {
            payload,
            kind,
            serial,
        } = message;
        match kind {
            Kind::Request => self.arrive(Caller::Sender(payload), serial, None),
            Kind::CallDeadline => self.server.passed_deadline = Some(payload),
            Kind::CallHigh => self.call_arrives(payload, serial, Priority::High),
            Kind::Call => self.call_arrives(payload, serial, Priority::Normal),
            Kind::CallLow => self.call_arrives(payload, serial, Priority::Low),
            Kind::Worked => {
                if self.server.requests.came(payload).is_some() {
                    self.worked(payload);
                }
            }
            Kind::CallOk => self.call_over(payload, serial, true),
            Kind::CallFailed => self.call_over(payload, serial, false),
            Kind::CallRetry => self.call_again(payload, serial),
            Kind::Deadline => self.server.deadlines.timer_came(self.context.now),
            Kind::ServerDown => self.lose_all(),
            Kind::ServerUp => self.come_up(),
            Kind::ClearQueue => self.clear_queue(),
            Kind::FlushCache => self.flush_cache(),
            _ => unreachable!(
                "{kind:?} reached server {} at tick {}",
                self.context.id, self.context.now
            ),
        }
        self.expire();
        self.fill_places();
        if let Some(at) = self.server.deadlines.next_timer() {
            let delay = at.saturating_sub(self.context.now).max(LOOKAHEAD);
            let timer = Message::new(Kind::Deadline, 0);
            self.context.send(self.context.id, delay, timer);
        }
    }

    /// Returns whether the server is down.
    pub(crate) fn is_down(&self) -> bool {
        self.server.restarting || self.world.fleet.conditions[self.index as usize].down
    }

    /// Returns what operator and automation set for the service.
    pub(super) fn control(&self) -> &ServiceControl {
        let cell = self.network.fleet.cell_of[self.index as usize];
        &self.world.fleet.controls[cell as usize]
    }

    pub(super) fn concurrency(&self) -> u32 {
        self.control()
            .concurrency
            .unwrap_or(self.service.concurrency)
    }

    /// Returns a draw for a decision of this server.
    pub(crate) fn draw(&mut self) -> patchday_core::Draw {
        self.server.draws = self.server.draws.wrapping_add(1);
        self.context.draw(draw_ids::SERVICE, self.server.draws)
    }

    /// Gives free places to waiting requests. Requests with work of less than a tick can be over at
    /// once, so that one place serves several of them.
    fn fill_places(&mut self) {
        while self.server.taken < self.concurrency() && !self.is_down() {
            let Some(slot) = self.server.queue.pop(self.service.order) else {
                return;
            };
            let Some(request) = self.server.requests.get(slot) else {
                continue;
            };
            if request.progress != RequestProgress::Waiting {
                // It is over: its sender no longer waits.
                self.server.requests.end(slot);
                continue;
            }
            self.server.waiting -= 1;
            let done = self.context.now + self.service.mean;
            if !self.service.wasted_work && done >= request.deadline {
                // It cannot be done in time: its sender gets no answer.
                self.server.stats.0.counts.timed_out += 1;
                self.give_up(slot, ServiceOutcome::Silent);
                continue;
            }
            request.progress = RequestProgress::Placed;
            let since = request.since;
            self.begin(slot, since);
        }
    }

    fn begin(&mut self, slot: u32, since: Tick) {
        let now = self.context.now;
        self.server.count_busy(now);
        self.server.taken += 1;
        let counts = &mut self.server.stats.0.counts;
        counts.begun += 1;
        counts.waited += u64::from(now - since);
        let slowdown = self.service.slowdown(self.server.taken, self.concurrency());
        let fault = self.world.fleet.conditions[self.index as usize].factor;
        let factor = fault.saturating_mul(slowdown) / USUAL_FACTOR;
        let draw = self.draw();
        let time = self.service.time.ticks(draw, factor);
        if time == 0 {
            return self.worked(slot);
        }
        self.add_pending(slot);
        let worked = Message::new(Kind::Worked, slot);
        self.context.send(self.context.id, time, worked);
    }

    /// Notes that a message about a request is to come.
    pub(crate) fn add_pending(&mut self, slot: u32) {
        if let Some(request) = self.server.requests.get(slot) {
            request.pending += 1;
        }
    }

    /// Handles the end of a server's own work on a request.
    fn worked(&mut self, slot: u32) {
        let Some(request) = self.server.requests.get(slot) else {
            return;
        };
        let is_wanted = !request.decided || self.service.wasted_work;
        if self.service.calls.is_empty() || !is_wanted {
            return self.finish(slot, true);
        }
        let from_cache = self.ask_cache(slot);
        if from_cache == CacheAnswer::Present {
            return self.finish(slot, true);
        }
        let Some(request) = self.server.requests.get(slot) else {
            return;
        };
        if !self.service.holds {
            request.progress = RequestProgress::Unplaced;
            self.free_place();
        }
        if from_cache == CacheAnswer::Absent {
            self.call_next(slot);
        }
    }

    fn free_place(&mut self) {
        self.server.count_busy(self.context.now);
        self.server.taken -= 1;
    }

    /// Ends a request: answers its sender, if it still waits.
    pub(crate) fn finish(&mut self, slot: u32, succeeded: bool) {
        let now = self.context.now;
        let Some(request) = self.server.requests.get(slot) else {
            return;
        };
        let before = *request;
        request.decided = true;
        if before.progress == RequestProgress::Placed {
            self.free_place();
        }
        self.server.requests.end(slot);
        if succeeded {
            self.store_in_cache(&before);
        }
        self.end_fetch(&before, succeeded);
        let stats = &mut self.server.stats.0;
        if before.decided {
            stats.counts.late += 1;
            if succeeded {
                self.answer_late(&before);
            }
            return;
        }
        if !succeeded {
            stats.counts.call_failed += 1;
            return self.answer(&before, ServiceOutcome::Failed);
        }
        stats.counts.ok += 1;
        stats.latency.add(now - before.since);
        if let Caller::Sender(id) = before.caller {
            let sender = self.sender(id, before.serial);
            let latency = now - before.since + 2 * LOOKAHEAD;
            self.server.stats.0.add_of_sender(sender, latency);
        }
        self.answer(&before, ServiceOutcome::Succeeded);
    }

    /// Reports to senders that no answer comes in time.
    fn expire(&mut self) {
        let (now, requests) = (self.context.now, &mut self.server.requests);
        let due = self.server.deadlines.take_due(now, |deadline| {
            let request = requests.get(deadline.slot);
            request.is_some_and(|it| it.number == deadline.number && !it.decided)
        });
        for deadline in due {
            let Some(request) = self.server.requests.get(deadline.slot) else {
                continue;
            };
            request.decided = true;
            let copy = *request;
            self.server.stats.0.counts.timed_out += 1;
            self.answer(&copy, ServiceOutcome::Silent);
            if copy.progress == RequestProgress::Waiting && !self.service.wasted_work {
                // Its slot is freed when it leaves the queue.
                self.server.waiting -= 1;
                self.server.requests.cancel(deadline.slot);
            }
        }
    }
}
