//! Log-in servers: admission, load shedding, and the queue of log-ins.
//!
//! A server turns a log-in away if the wait is too long or if a policy says so, and may waste work
//! on clients that have stopped waiting. Served oldest first, a log-in's answer and its time are
//! known on arrival; served newest first, they follow from [`crate::server::login_stack`]. Each
//! log-in has exactly one answer: done, too busy, or too late. Units: ticks.

use patchday_core::{Chance, Context, LOOKAHEAD, Span as Ticks};

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
        login_stack::Waiting,
        queue::{Queue, Service},
    },
};

choice! {
    /// The order in which waiting log-ins are served.
    pub enum Order {
        /// The oldest first.
        Fifo = "fifo",
        /// The newest first.
        Lifo = "lifo",
    }
}

section! {
    /// The log-in servers.
    pub struct LoginServers {
        /// The number of servers; the rate is divided among them.
        servers: u16 = 4, in 1..=1000, unit "servers", source "fact 6.27";
        /// Log-ins a second that all of them together can serve.
        rate: Rate = "2500/s", in "0.001/s"..="10000000/s", source "assumed (some six times the calm peak)";
        /// The longest wait that a server admits; above it, it rejects a log-in at once.
        queue: Span = "20s", in "0s"..="1d", source "assumed";
        /// The order in which waiting log-ins are served.
        order: Order = "fifo", source "given";
        /// Whether a server works on a log-in whose client has stopped waiting.
        wasted_work: bool = true, source "given";
        /// Load shedding: above this wait a growing share of log-ins is rejected, at `queue` all of them;
        /// without it, none is rejected before.
        shed_from: Option<Span>, optional, in "0s"..="1d", source "given";
        /// The share of all log-ins that is admitted.
        admission: Share = 1.0, source "given";
        /// The pause that a server asks of a client that it rejects; clients that heed it spread over as
        /// long again. 0 to ask for none.
        retry_after: Span = "0s", in "0s"..="7d", source "given";
    }
}

impl LoginServers {
    /// Scales the capacity to a network `share` times as large: fewer servers, not slower ones.
    /// What one log-in takes stays as it is.
    pub(crate) fn scale(&mut self, share: f64) {
        let servers = f64::from(self.servers) * share;
        self.servers = (servers.round() as u16).clamp(1, self.servers.max(1000));
        self.rate = self.rate.scaled(share);
    }
}

/// The compiled parameters of the log-in servers.
#[derive(Debug)]
pub(crate) struct LoginParams {
    pub(crate) service: Service,
    newest_first: bool,
    wasted_work: bool,
    /// Load shedding begins at this wait, if there is any.
    shed_from: Option<Ticks>,
    retry_after: Ticks,
    /// How long a client waits for an answer.
    patience: Ticks,
}

impl Server for LoginParams {
    type Section = LoginServers;

    const IDLE: State = State::Server(Queue::EMPTY);

    fn new(section: &LoginServers, clients: &ClientFigures<'_>) -> Self {
        let rate = section.rate.per_second() / f64::from(section.servers);
        Self {
            service: Service::new(rate, section.queue.seconds()),
            newest_first: section.order == Order::Lifo,
            wasted_work: section.wasted_work,
            shed_from: section.shed_from.map(|from| from.seconds()),
            retry_after: section.retry_after.seconds(),
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
        let service = world.at_speed(ServerKind::Login, &self.service);
        match message.kind {
            Kind::Flood => {
                context.tally.counters.login_attacks += u64::from(message.payload);
                if let Some(service) = service {
                    queue.admit_batch(context.now, &service, message.payload.into());
                }
            }
            Kind::Work => self.work_on_stack(&mut queue, service, context),
            _ => self.handle_login(world, &mut queue, service, message, context),
        }
        *context.state = State::Server(queue);
    }
}

impl LoginParams {
    /// Handles a log-in: it is served in time, too late, or rejected.
    fn handle_login<M: NetworkModel>(
        &self,
        world: &World,
        queue: &mut Queue,
        service: Option<Service>,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        let now = context.now;
        context.tally.counters.login_arrivals += 1;
        let (kind, payload, delay) = match service {
            // A server that stands still does not answer.
            None => (Kind::LoginLate, 0, self.patience),
            Some(service) if self.rejects(world, queue, &service, message, context) => {
                (Kind::LoginBusy, self.retry_after, LOOKAHEAD)
            }
            Some(service) if self.newest_first => {
                context.tally.counters.login_admitted += 1;
                return self.put_on_stack(queue, &service, message, context);
            }
            Some(service) => {
                let useless = queue.prospect(now, &service) > self.patience;
                let wait = if useless && !self.wasted_work {
                    Some(Ticks::MAX)
                } else {
                    queue.admit(now, &service)
                };
                match wait {
                    None => (Kind::LoginBusy, self.retry_after, LOOKAHEAD),
                    Some(wait) if wait > self.patience => (Kind::LoginLate, 0, self.patience),
                    Some(wait) => (Kind::LoginDone, 0, wait),
                }
            }
        };
        match kind {
            Kind::LoginBusy => context.tally.counters.login_rejected += 1,
            _ => context.tally.counters.login_admitted += 1,
        }
        context.send(
            message.payload,
            delay,
            Message::numbered(kind, payload, message.serial),
        );
    }

    /// Returns whether admission control or load shedding turns a log-in away.
    fn rejects<M: NetworkModel>(
        &self,
        world: &World,
        queue: &Queue,
        service: &Service,
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
        let wait = queue.wait_thousandths(context.now);
        let (from, most) = (u64::from(from) * 1000, service.longest_thousandths());
        let above = wait.saturating_sub(from);
        above > 0 && draw.hits(1, Chance::ratio(above, most.saturating_sub(from).max(1)))
    }

    /// Puts a log-in on the stack of a server that serves the newest first.
    fn put_on_stack<M: NetworkModel>(
        &self,
        queue: &mut Queue,
        service: &Service,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        let (id, now) = (context.id, context.now);
        let stack = context.block_state.stacks.get_or_create(id);
        let waiting = Waiting {
            client: message.payload,
            serial: message.serial,
            since: now,
            gone: false,
        };
        let given_up = stack.push(waiting, service);
        queue.represent(now, service, stack.len());
        if stack.start_working() {
            context.send(id, LOOKAHEAD, Message::new(Kind::Work, 0));
        }
        if let Some(oldest) = given_up.filter(|oldest| !oldest.gone) {
            let left = (oldest.since + self.patience).saturating_sub(now);
            let late = Message::numbered(Kind::LoginLate, 0, oldest.serial);
            context.send(oldest.client, left.max(LOOKAHEAD), late);
        }
    }

    /// Works for a tick on the stack; a server that stands still serves no log-in.
    fn work_on_stack<M: NetworkModel>(
        &self,
        queue: &mut Queue,
        service: Option<Service>,
        context: &mut Context<'_, M>,
    ) {
        let (id, now) = (context.id, context.now);
        let mut stack = context.block_state.stacks.take(id);
        if let Some(service) = service {
            let answer = |client, serial| {
                let done = Message::numbered(Kind::LoginDone, 0, serial);
                context.send(client, LOOKAHEAD, done);
            };
            stack.serve_newest(&service, self.wasted_work, answer);
        }
        // A client that is not served by now gets no answer in time.
        stack.give_up_oldest(now, self.patience, |client, serial| {
            let late = Message::numbered(Kind::LoginLate, 0, serial);
            context.send(client, LOOKAHEAD, late);
        });
        if stack.continue_working() {
            context.send(id, LOOKAHEAD, Message::new(Kind::Work, 0));
        }
        queue.represent(now, &service.unwrap_or(self.service), stack.len());
        context.block_state.stacks.put_back(id, stack);
    }
}
