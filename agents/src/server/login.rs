//! Login servers: admission, load shedding, and the queue of logins.
//!
//! A server rejects a login if the wait is too long or if a policy requires it, and may spend work on
//! clients that no longer wait. With the oldest first, the answer to a login and its time are known on
//! arrival; with the newest first, they are computed by [`crate::server::login_stack`]. Invariant: each
//! login has exactly one outcome: done, rejected, or too late. Units: ticks.

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
        queueing::login_stack::Waiting,
        queueing::queue::{Queue, Service},
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
        /// Maximum wait; a login that would wait longer is rejected at once.
        queue: Span = "20s", in "0s"..="1d", source "assumed";
        /// The order in which waiting logins are served.
        order: Order = "fifo", source "given";
        /// Whether a server serves a login whose client no longer waits.
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
    /// Handles a login: serves it in time or too late, or rejects it.
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
            // A server that is stopped does not answer.
            None => (Kind::LoginLate, 0, self.patience),
            Some(service) if self.rejects(world, queue, &service, message, context) => {
                (Kind::LoginBusy, self.retry_after, LOOKAHEAD)
            }
            Some(service) if self.newest_first => {
                context.tally.counters.login_admitted += 1;
                return self.put_on_stack(queue, &service, message, context);
            }
            Some(service) => {
                let useless = queue.delay_if_admitted(now, &service) > self.patience;
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

    /// Returns whether admission control or load shedding rejects a login.
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

    /// Puts a login on the stack of a server that serves the newest first.
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
        queue.set_jobs(now, service, stack.len());
        if stack.start_working() {
            context.send(id, LOOKAHEAD, Message::new(Kind::Work, 0));
        }
        if let Some(oldest) = given_up.filter(|oldest| !oldest.gone) {
            let left = (oldest.since + self.patience).saturating_sub(now);
            let late = Message::numbered(Kind::LoginLate, 0, oldest.serial);
            context.send(oldest.client, left.max(LOOKAHEAD), late);
        }
    }

    /// Serves the stack for one tick; a server that is stopped serves no login.
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
        // A client that was not served by now gets no answer in time.
        stack.give_up_oldest(now, self.patience, |client, serial| {
            let late = Message::numbered(Kind::LoginLate, 0, serial);
            context.send(client, LOOKAHEAD, late);
        });
        if stack.continue_working() {
            context.send(id, LOOKAHEAD, Message::new(Kind::Work, 0));
        }
        queue.set_jobs(now, &service.unwrap_or(self.service), stack.len());
        context.block_state.stacks.put_back(id, stack);
    }
}
