//! Login servers: admission, load shedding, and the queue of logins.
//!
//! A server rejects a login if the wait is too long or if a policy requires it, and may spend work on
//! clients that no longer wait. A login that is done by the end of the tick is answered at once; the
//! client of any other is put into a line ([`crate::server::queueing::waiting_line`]) and answered when
//! its work is done at the speeds until then. Invariant: each login has exactly one outcome: done,
//! rejected, or too late. Units: ticks.

use patchday_core::{ActorId, Chance, Context, LOOKAHEAD, Span as Ticks};

use crate::{
    choice,
    client::state::State,
    network::{
        context::NetworkModel,
        draw_ids,
        message::{Kind, Message},
        world::World,
    },
    scenario::quantity::{rate::Rate, share::Share, span::Span},
    section,
    server::{
        interface::{ClientFigures, Server},
        kind::ServerKind,
        queueing::{
            queue::{Queue, Service},
            service_clock::Pace,
            waiting::Waiting,
        },
    },
};

choice! {
    /// The order in which waiting logins are served.
    pub enum Order {
        /// The oldest first.
        Fifo = "fifo",
        /// The newest first.
        Lifo = "lifo",
    }
}

section! {
    /// The login servers.
    pub struct LoginServers {
        /// The number of servers; the rate is divided among them.
        servers: u16 = 4, in 1..=1000, unit "servers", source "fact 6.27";
        /// Logins per second that all of them together can serve; see also `rate_each`.
        rate: Rate = "2500/s", in "0.001/s"..="10000000/s", source "assumed (some six times the calm peak)";
        /// Logins per second that each of them can serve, instead of `rate`; giving both is an error.
        rate_each: Option<Rate>, optional, in "0.001/s"..="10000000/s", source "given";
        /// Maximum wait; a login that would wait longer at the speed of now is rejected at once. With 0,
        /// every login that finds its server busy is rejected, as in a loss system.
        queue: Span = "20s", in "0s"..="1d", source "assumed";
        /// The order in which waiting logins are served.
        order: Order = "fifo", source "given";
        /// Whether a server works on logins that it cannot finish before their clients stop waiting.
        wasted_work: bool = true, source "given";
        /// Load shedding: above this wait a growing share of logins is rejected, up to all of them at
        /// `queue`. If not set, no login is rejected below `queue`.
        shed_from: Option<Span>, optional, in "0s"..="1d", source "given";
        /// The share of all logins that is admitted.
        admission: Share = 1.0, source "given";
        /// The pause that a server asks of a client that it rejects; 0 for none. Clients that heed it
        /// wait from one to two times as long.
        retry_after: Span = "0s", in "0s"..="7d", source "given";
    }
}

impl LoginServers {
    /// Scales the capacity to a network `share` times as large: fewer servers with the same time per
    /// login.
    pub(crate) fn scale(&mut self, share: f64) {
        let servers = f64::from(self.servers) * share;
        self.servers = (servers.round() as u16).clamp(1, self.servers.max(1000));
        self.rate = self.rate.scaled(share);
    }
}

/// How a login server serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Discipline {
    /// A login that finds the server busy at its time within the tick is rejected.
    NoQueue,
    /// The oldest first; all work is done.
    InOrder,
    /// The oldest first, except logins that cannot be done before their clients stop waiting.
    InTime,
    /// The newest first.
    NewestFirst,
}

/// The compiled parameters of the login servers.
#[derive(Debug)]
pub(crate) struct LoginParams {
    pub(crate) service: Service,
    newest_first: bool,
    wasted_work: bool,
    /// The wait at which load shedding starts, if there is any.
    shed_from: Option<Ticks>,
    retry_after: Ticks,
    /// The time for which a client waits for an answer.
    patience: Ticks,
}

impl Server for LoginParams {
    type Section = LoginServers;

    const IDLE: State = State::Server(Queue::EMPTY);

    fn new(section: &LoginServers, clients: &ClientFigures<'_>) -> Self {
        let tick = clients.tick;
        let rate = tick.per_tick(section.rate) / f64::from(section.servers);
        Self {
            service: Service::new(rate, tick.ticks(section.queue)),
            newest_first: section.order == Order::Lifo,
            wasted_work: section.wasted_work,
            shed_from: section.shed_from.map(|from| tick.ticks(from)),
            retry_after: tick.ticks(section.retry_after),
            patience: clients.login_timeout,
        }
    }

    fn receive<M: NetworkModel>(
        &self,
        world: &World,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        let mut queue = context.state.queue();
        let pace = world.pace(ServerKind::Login, context.now);
        match message.kind {
            Kind::Flood => self.take_flood(&mut queue, &pace, message, context),
            Kind::Work => self.work(&mut queue, &pace, context),
            _ => self.handle_login(world, &mut queue, &pace, message, context),
        }
        *context.state = State::Server(queue);
    }
}

impl LoginParams {
    fn discipline(&self) -> Discipline {
        if self.service.is_without_queue() {
            // If a login takes a tick or longer, the server is free for one login of a tick at most,
            // and their order within it does not matter.
            return if self.service.is_within_a_tick() {
                Discipline::NoQueue
            } else {
                Discipline::InOrder
            };
        }
        match (self.newest_first, self.wasted_work) {
            (true, _) => Discipline::NewestFirst,
            (false, true) => Discipline::InOrder,
            (false, false) => Discipline::InTime,
        }
    }

    /// Handles the logins of an attacker, who does not wait for answers.
    fn take_flood<M: NetworkModel>(
        &self,
        queue: &mut Queue,
        pace: &Pace,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        context.tally.counters.login_attacks += u64::from(message.payload);
        // On a stack they make way for the logins that come after them.
        if pace.is_stopped() || self.discipline() == Discipline::NewestFirst {
            return;
        }
        let admitted = queue.admit_batch(pace, &self.service, message.payload.into());
        if self.discipline() == Discipline::InTime {
            let line = context.block_state.lines.get_or_create(context.id);
            line.push_batch(admitted, context.now);
        }
    }

    /// Handles a login: rejects it, answers it, or lets its client wait.
    fn handle_login<M: NetworkModel>(
        &self,
        world: &World,
        queue: &mut Queue,
        pace: &Pace,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        let (id, client, serial) = (context.id, message.payload, message.serial);
        if pace.is_stopped() {
            // A server that is stopped does not answer.
            context.tally.counters.login_arrivals += 1;
            context.tally.counters.login_admitted += 1;
            let late = Message::numbered(Kind::LoginLate, 0, serial);
            return context.send(client, self.patience, late);
        }
        if self.rejects(world, queue, pace, message, context) {
            context.tally.counters.login_arrivals += 1;
            return self.reject(client, serial, context);
        }
        let discipline = self.discipline();
        if discipline == Discipline::NoQueue {
            let offset = context.draw(draw_ids::ADMISSION, client).word(3);
            let line = context.block_state.lines.get_or_create(id);
            line.arrive(client, serial, pace, offset);
            return self.start_working(context);
        }
        context.tally.counters.login_arrivals += 1;
        if discipline != Discipline::NewestFirst && queue.is_full(pace, &self.service) {
            return self.reject(client, serial, context);
        }
        context.tally.counters.login_admitted += 1;
        let done = queue.start_of_next(pace) + self.service.work_of(1);
        let line = context.block_state.lines.get_or_create(id);
        let at_once = done <= pace.end() && (discipline == Discipline::InOrder || line.is_idle());
        if at_once {
            queue.set_empty_at(done);
            let done = Message::numbered(Kind::LoginDone, 0, serial);
            return context.send(client, LOOKAHEAD, done);
        }
        line.push(client, serial, queue, pace, &self.service);
        if discipline == Discipline::NewestFirst
            && let Some(oldest) = line.discard_oldest(queue, pace, &self.service)
            && !oldest.gone
        {
            let left = (oldest.since + self.patience).saturating_sub(context.now);
            let late = Message::numbered(Kind::LoginLate, 0, oldest.serial);
            context.send(oldest.client, left.max(LOOKAHEAD), late);
        }
        self.start_working(context);
    }

    fn start_working<M: NetworkModel>(&self, context: &mut Context<'_, M>) {
        let id = context.id;
        if context.block_state.lines.get_or_create(id).start_working() {
            context.send(id, LOOKAHEAD, Message::new(Kind::Work, 0));
        }
    }

    fn reject<M: NetworkModel>(&self, client: ActorId, serial: u8, context: &mut Context<'_, M>) {
        context.tally.counters.login_rejected += 1;
        let busy = Message::numbered(Kind::LoginBusy, self.retry_after, serial);
        context.send(client, LOOKAHEAD, busy);
    }

    /// Returns whether admission control or load shedding rejects a login.
    fn rejects<M: NetworkModel>(
        &self,
        world: &World,
        queue: &Queue,
        pace: &Pace,
        message: Message,
        context: &Context<'_, M>,
    ) -> bool {
        let draw = context.draw(draw_ids::ADMISSION, message.payload);
        if !draw.hits(0, world.admission) || !draw.hits(2, world.flooded) {
            return true;
        }
        let Some(from) = self.shed_from else {
            return false;
        };
        let wait = queue.wait_thousandths(pace);
        let (from, most) = (u64::from(from) * 1000, self.service.longest_thousandths());
        let above = wait.saturating_sub(from);
        above > 0 && draw.hits(1, Chance::ratio(above, most.saturating_sub(from).max(1)))
    }

    /// Serves the waiting logins for one tick.
    fn work<M: NetworkModel>(&self, queue: &mut Queue, pace: &Pace, context: &mut Context<'_, M>) {
        let (id, service, patience) = (context.id, &self.service, self.patience);
        let mut line = context.block_state.lines.take(id);
        line.admit_arrivals(queue, pace.now, service, |login, admitted| {
            context.tally.counters.login_arrivals += 1;
            if admitted {
                context.tally.counters.login_admitted += 1;
            } else {
                self.reject(login.client, login.serial, context);
            }
        });
        let discipline = self.discipline();
        let done = |login: &Waiting| {
            let done = Message::numbered(Kind::LoginDone, 0, login.serial);
            context.send(login.client, LOOKAHEAD, done);
        };
        match discipline {
            Discipline::NoQueue | Discipline::InOrder => line.take_done(pace, done),
            Discipline::InTime => line.serve_in_time(queue, pace, service, patience, done),
            Discipline::NewestFirst => line.serve_newest(queue, pace, service, done),
        }
        // A client that was not served by now gets no answer in time.
        let late = |login: &Waiting| {
            let late = Message::numbered(Kind::LoginLate, 0, login.serial);
            context.send(login.client, LOOKAHEAD, late);
        };
        match discipline {
            Discipline::NoQueue | Discipline::InOrder => {
                line.give_up_promised(pace.now, patience, late);
            }
            Discipline::NewestFirst if self.wasted_work => {
                line.mark_gone(pace.now, patience, late);
            }
            Discipline::InTime | Discipline::NewestFirst => {
                line.give_up_unserved(queue, pace, service, patience, late);
            }
        }
        if line.continue_working() {
            context.send(id, LOOKAHEAD, Message::new(Kind::Work, 0));
        }
        context.block_state.lines.put_back(id, line);
    }
}
