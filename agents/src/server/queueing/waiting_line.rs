//! The clients that wait at a server.
//!
//! A server that answers keeps a list of the clients whose requests are not done by the end of the
//! tick, because the speed can change before they are. The list is stored in the state of the server's
//! block. While it is not empty, the server handles it in every tick, even if it is stopped. There are
//! three disciplines:
//!
//! - *In order, all work*: the reading at which a request is done is known on arrival, because no work
//!   is left out.
//! - *Oldest first, no wasted work*: a request that cannot be done in time at the speed of now is passed
//!   over, until the speed changes.
//! - *Newest first*: the list is a stack; work that is begun goes to the request that is the newest when
//!   it is done.
//!
//! A server without a queue sorts the requests of a tick by the times within it at which they arrive,
//! and admits those that find it free. Invariant: each login has one outcome. Units: ticks; readings of
//! the service clock.

use std::collections::VecDeque;

use patchday_core::{ActorId, Span, Tick};
use serde::{Deserialize, Serialize};

use crate::server::queueing::{
    queue::{Queue, Service},
    rate_change::RateChange,
    service_clock::{ClockReading, Pace},
    waiting::Waiting,
};

/// The clients that wait at one server, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct WaitingLine {
    server: ActorId,
    waiting: VecDeque<Waiting>,
    /// Clients whose requests cannot be done in time at `judged_at`, the work of a tick; older than all
    /// of `waiting`.
    passed_over: VecDeque<Waiting>,
    judged_at: ClockReading,
    /// Requests in `waiting`.
    jobs: u64,
    /// The reading at which the server began, or begins, with the next request of `waiting`.
    next_from: ClockReading,
    /// The requests of this tick at a server without a queue.
    arriving: Vec<Waiting>,
    /// Whether a message for the next tick is in flight.
    working: bool,
}

impl WaitingLine {
    /// Returns whether no request waits that will be served.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Marks the server as working. Returns whether it was not working before.
    pub(crate) fn start_working(&mut self) -> bool {
        !std::mem::replace(&mut self.working, true)
    }

    /// Returns whether the server works in the next tick, too, which it does while a client waits.
    pub(crate) fn continue_working(&mut self) -> bool {
        let empty = self.waiting.is_empty() && self.passed_over.is_empty();
        self.working = !(empty && self.arriving.is_empty());
        self.working
    }

    /// Adds a client whose request is done at the reading that it carries.
    pub(crate) fn push_promised(&mut self, waiting: Waiting) {
        self.waiting.push_back(waiting);
        self.jobs += 1;
    }

    /// Removes the requests that are done by the end of this tick.
    pub(crate) fn take_done(&mut self, pace: &Pace, mut answer: impl FnMut(&Waiting)) {
        while let Some(next) = self
            .waiting
            .front()
            .filter(|one| one.at.work() <= pace.end())
        {
            answer(next);
            self.jobs = self.jobs.saturating_sub(next.jobs.into());
            self.waiting.pop_front();
        }
    }

    /// Adds a client to a line that is served by [`Self::serve_in_time`] or [`Self::serve_newest`], and
    /// its work to the queue.
    pub(crate) fn push(
        &mut self,
        client: ActorId,
        serial: u8,
        queue: &mut Queue,
        pace: &Pace,
        service: &Service,
    ) {
        if self.waiting.is_empty() {
            self.next_from = ClockReading::new(queue.start_of_next(pace));
        }
        let done = queue.push(pace, service);
        self.push_promised(Waiting::client(client, serial, pace.now, done));
    }

    /// Adds a batch of an attacker, whose work the queue has already, to a line that is served by
    /// [`Self::serve_in_time`].
    pub(crate) fn push_batch(&mut self, jobs: u64, now: Tick) {
        // Without a client that waits, the work is before that of the next one.
        if !self.waiting.is_empty() && jobs > 0 {
            let jobs = u32::try_from(jobs).unwrap_or(u32::MAX);
            self.waiting.push_back(Waiting::batch(jobs, now));
            self.jobs += u64::from(jobs);
        }
    }

    /// Removes and returns the oldest client of a full line.
    pub(crate) fn discard_oldest(
        &mut self,
        queue: &mut Queue,
        pace: &Pace,
        service: &Service,
    ) -> Option<Waiting> {
        if u128::from(self.jobs) < service.capacity(pace).saturating_add(1) {
            return None;
        }
        let oldest = self.waiting.pop_front();
        self.jobs = self.jobs.saturating_sub(1);
        self.settle(queue, service);
        oldest
    }

    /// Serves the oldest requests for one tick; those that cannot be done in time at the speed of now
    /// are passed over, and work that was begun for them is lost.
    pub(crate) fn serve_in_time(
        &mut self,
        queue: &mut Queue,
        pace: &Pace,
        service: &Service,
        patience: Span,
        mut answer: impl FnMut(&Waiting),
    ) {
        let judged_at = ClockReading::new(pace.per_tick);
        if std::mem::replace(&mut self.judged_at, judged_at) != judged_at {
            if self.waiting.is_empty() {
                self.next_from = ClockReading::new(queue.start_of_next(pace));
            }
            while let Some(one) = self.passed_over.pop_back() {
                self.jobs += 1;
                self.waiting.push_front(one);
            }
        }
        if self.waiting.is_empty() {
            return;
        }
        if pace.is_stopped() {
            return self.settle(queue, service);
        }
        let mut from = self.next_from.work();
        while let Some(next) = self.waiting.front() {
            let work = service.work_of(next.jobs.into());
            // The request was begun within its own work, unless the scenario changed.
            from = from.max(pace.start.saturating_sub(work));
            let ticks = next.since.saturating_add(patience).saturating_sub(pace.now);
            let in_time = from + work <= pace.start + pace.work_in(ticks);
            if next.is_client() && !in_time {
                from = from.max(pace.start);
                self.passed_over.push_back(*next);
            } else if from + work <= pace.end() {
                from += work;
                if next.is_client() {
                    answer(next);
                }
            } else {
                break;
            }
            self.jobs = self.jobs.saturating_sub(next.jobs.into());
            self.waiting.pop_front();
        }
        self.next_from = ClockReading::new(from);
        self.settle(queue, service);
    }

    /// Serves the newest requests for one tick.
    pub(crate) fn serve_newest(
        &mut self,
        queue: &mut Queue,
        pace: &Pace,
        service: &Service,
        mut answer: impl FnMut(&Waiting),
    ) {
        if self.waiting.is_empty() {
            return;
        }
        let work = service.work_of(1);
        let from = self.next_from.work();
        let mut from = from.max(pace.start.saturating_sub(work));
        while from + work <= pace.end() {
            let Some(next) = self.waiting.pop_back() else {
                break;
            };
            self.jobs = self.jobs.saturating_sub(1);
            from += work;
            if !next.gone {
                answer(&next);
            }
        }
        self.next_from = ClockReading::new(from);
        self.settle(queue, service);
    }

    /// Sets the queue to the work of this line.
    fn settle(&self, queue: &mut Queue, service: &Service) {
        queue.set_empty_at(self.next_from.work() + service.work_of(self.jobs));
    }

    /// Removes the clients that no answer can reach in time. Their work is done all the same if the
    /// queue holds it on its own.
    pub(crate) fn give_up_promised(
        &mut self,
        now: Tick,
        patience: Span,
        mut answer: impl FnMut(&Waiting),
    ) {
        let over = |one: &&Waiting| one.is_over(now, patience);
        while let Some(one) = self.passed_over.front().filter(over) {
            answer(one);
            self.passed_over.pop_front();
        }
        while let Some(one) = self.waiting.front().filter(over) {
            if one.is_client() {
                answer(one);
            }
            self.jobs = self.jobs.saturating_sub(one.jobs.into());
            self.waiting.pop_front();
        }
    }

    /// Removes the clients that no answer can reach in time, and their work.
    pub(crate) fn give_up_unserved(
        &mut self,
        queue: &mut Queue,
        pace: &Pace,
        service: &Service,
        patience: Span,
        mut answer: impl FnMut(&Waiting),
    ) {
        while let Some(one) = self.passed_over.front() {
            if !one.is_over(pace.now, patience) {
                break;
            }
            answer(one);
            self.passed_over.pop_front();
        }
        let over = self.waiting.iter();
        let over = over.take_while(|one| one.is_over(pace.now, patience));
        let over = over.count();
        if over == 0 {
            return;
        }
        let gone: Vec<Waiting> = self.waiting.drain(..over).collect();
        for one in gone.iter().rev().filter(|one| !one.is_client()) {
            self.waiting.push_front(*one);
        }
        for one in gone.iter().filter(|one| one.is_client()) {
            self.jobs = self.jobs.saturating_sub(1);
            answer(one);
        }
        self.settle(queue, service);
    }

    /// Converts the work of the requests to another rate. Those that were passed over are judged again.
    fn convert(&mut self, change: &RateChange) {
        let waiting = self.waiting.iter_mut().chain(&mut self.passed_over);
        for one in waiting.chain(&mut self.arriving) {
            one.at = change.reading(one.at);
        }
        self.next_from = change.reading(self.next_from);
        self.judged_at = ClockReading::ZERO;
    }

    /// Marks the clients that no answer can reach in time; the server still does their work.
    pub(crate) fn mark_gone(
        &mut self,
        now: Tick,
        patience: Span,
        mut answer: impl FnMut(&Waiting),
    ) {
        for one in self.waiting.iter_mut().filter(|one| !one.gone) {
            if !one.is_over(now, patience) {
                break;
            }
            one.gone = true;
            answer(one);
        }
    }

    /// Adds a request to those of this tick. `offset` is the time within the tick at which it arrives,
    /// in 2^-32 of a tick.
    pub(crate) fn arrive(&mut self, client: ActorId, serial: u8, pace: &Pace, offset: u32) {
        let at = pace.start + ((pace.per_tick * u128::from(offset)) >> 32);
        self.arriving
            .push(Waiting::client(client, serial, pace.now, at));
    }

    /// Admits, of the requests of earlier ticks, those that find the server free. `answer` gets each
    /// request, and whether it is admitted.
    pub(crate) fn admit_arrivals(
        &mut self,
        queue: &mut Queue,
        now: Tick,
        service: &Service,
        mut answer: impl FnMut(&Waiting, bool),
    ) {
        let arrivals = std::mem::take(&mut self.arriving);
        let (mut arrivals, later): (Vec<_>, Vec<_>) =
            arrivals.into_iter().partition(|one| one.since < now);
        self.arriving = later;
        arrivals.sort_by_key(|one| one.at);
        for mut one in arrivals {
            let free = queue.is_empty_at(one.at);
            answer(&one, free);
            if free {
                one.at = ClockReading::new(one.at.work() + service.work_of(1));
                queue.set_empty_at(one.at.work());
                self.push_promised(one);
            }
        }
    }
}

/// The waiting lines of a block, in the order in which they were first used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct WaitingLines(Vec<WaitingLine>);

impl WaitingLines {
    /// Returns the bytes that the lines refer to.
    pub(crate) fn heap_bytes(&self) -> usize {
        let entries = |line: &WaitingLine| {
            line.waiting.capacity() + line.passed_over.capacity() + line.arriving.capacity()
        };
        let entries = self.0.iter().map(entries).sum::<usize>();
        self.0.capacity() * size_of::<WaitingLine>() + entries * size_of::<Waiting>()
    }

    /// Returns the line of a server, and creates it at the first use.
    pub(crate) fn get_or_create(&mut self, server: ActorId) -> &mut WaitingLine {
        let place = self.0.iter().position(|line| line.server == server);
        let place = place.unwrap_or_else(|| {
            self.0.push(WaitingLine {
                server,
                ..WaitingLine::default()
            });
            self.0.len() - 1
        });
        &mut self.0[place]
    }

    /// Returns all clients that wait for an answer, each with its server.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (ActorId, Waiting)> {
        self.0.iter().flat_map(|line| {
            let all = line.passed_over.iter().chain(&line.waiting);
            let clients = all.filter(|one| one.is_client() && !one.gone);
            clients.map(|one| (line.server, *one))
        })
    }

    /// Returns all clients whose requests are not yet admitted or rejected, each with its server.
    pub(crate) fn arriving(&self) -> impl Iterator<Item = (ActorId, Waiting)> {
        let lines = self.0.iter();
        lines.flat_map(|line| line.arriving.iter().map(|one| (line.server, *one)))
    }

    /// Converts the work at each server to another rate; `changes` returns the change, if there is one.
    pub(crate) fn convert(&mut self, changes: impl Fn(ActorId) -> Option<RateChange>) {
        for line in &mut self.0 {
            if let Some(change) = changes(line.server) {
                line.convert(&change);
            }
        }
    }

    /// Removes and returns the line of a server; [`WaitingLines::put_back`] puts it back.
    pub(crate) fn take(&mut self, server: ActorId) -> WaitingLine {
        let line = self.get_or_create(server);
        let empty = WaitingLine {
            server,
            ..WaitingLine::default()
        };
        std::mem::replace(line, empty)
    }

    /// Puts the line of a server back.
    pub(crate) fn put_back(&mut self, server: ActorId, line: WaitingLine) {
        *self.get_or_create(server) = line;
    }
}
