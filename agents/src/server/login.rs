//! Servers: log-in, presence, chat and offline messages, each a queue in closed form.
//!
//! A log-in server turns a request away if the wait is too long, and wastes its
//! work on clients that have stopped waiting. Presence and chat take every
//! sign-in as work; how far they lag behind is what users see after sign-in
//! works again.

use patchday_core::{ActorId, Chance, LOOKAHEAD, Span, Tick};

use crate::{
    client::state::State,
    network::{
        address_map::ActorKind,
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    server::{
        queue::{Queue, Service},
        section::ServerKind,
    },
};

impl Network {
    /// A server takes a message.
    pub(crate) fn serve(
        &self,
        world: &World,
        mut queue: Queue,
        message: Message,
        context: &mut Context<'_>,
    ) {
        let now = context.now;
        match self.addresses.resident(context.id) {
            ActorKind::Login if message.kind == Kind::Flood => {
                context.tally.counters.login_attacks += u64::from(message.payload);
                if let Some(service) = self.login_service(world) {
                    queue.admit_batch(now, &service, message.payload.into());
                }
            }
            ActorKind::Login if message.kind == Kind::Work => {
                self.work(&mut queue, self.login_service(world), context);
            }
            ActorKind::Login => self.admit_login(world, &mut queue, message, context),
            ActorKind::Presence => {
                let service = world.at_speed(ServerKind::Presence, &self.presence);
                service.and_then(|service| queue.admit(now, &service));
            }
            ActorKind::Chat => {
                let service = world.at_speed(ServerKind::Chat, &self.chat);
                service.and_then(|service| queue.admit(now, &service));
            }
            ActorKind::OfflineMessages => match message.kind {
                Kind::Routine | Kind::Store => self.routine(world, &mut queue, message, context),
                _ => {
                    self.keep_messages(world, &mut queue, message.payload, message.serial, context)
                }
            },
            ActorKind::Client
            | ActorKind::Gateway
            | ActorKind::Manager
            | ActorKind::GroupVideo
            | ActorKind::Machine => {
                unreachable!("actor {} is no server, at tick {now}", context.id)
            }
        }
        let place = self.addresses.server_place(context.id);
        match context
            .tally
            .queues
            .iter_mut()
            .find(|(other, _)| *other == place)
        {
            Some((_, state)) => *state = queue,
            None => context.tally.queues.push((place, queue)),
        }
        *context.state = State::Server(queue);
    }

    /// A server's queue as of the last barrier.
    pub(crate) fn queue<'a>(&self, world: &'a World, server: ActorId) -> &'a Queue {
        &world.queues[self.addresses.server_place(server) as usize]
    }

    /// The wait at the fullest log-in server, in thousandths of a tick.
    pub(crate) fn login_wait(&self, world: &World, now: Tick) -> u64 {
        let logins = &world.queues[..self.addresses.logins() as usize];
        let waits = logins.iter().map(|queue| queue.wait_thousandths(now));
        waits.max().unwrap_or(0)
    }

    fn login_service(&self, world: &World) -> Option<Service> {
        world.at_speed(ServerKind::Login, &self.login)
    }

    /// A log-in: served in time, too late, or turned away.
    fn admit_login(
        &self,
        world: &World,
        queue: &mut Queue,
        message: Message,
        context: &mut Context<'_>,
    ) {
        let now = context.now;
        context.tally.counters.login_arrivals += 1;
        let patience = self.client.login_timeout.seconds();
        let (kind, word, delay) = match self.login_service(world) {
            // Nobody is there to answer.
            None => (Kind::LoginLate, 0, patience),
            Some(service) if self.turns_away(world, queue, &service, message, context) => {
                (Kind::LoginBusy, self.retry_after, LOOKAHEAD)
            }
            Some(service) if self.lifo => {
                context.tally.counters.login_admitted += 1;
                return self.stack(queue, &service, message, context);
            }
            Some(service) => {
                let useless = queue.prospect(now, &service) > patience;
                let wait = match useless && !self.wasted_work {
                    true => Some(Span::MAX),
                    false => queue.admit(now, &service),
                };
                match wait {
                    None => (Kind::LoginBusy, self.retry_after, LOOKAHEAD),
                    Some(wait) if wait > patience => (Kind::LoginLate, 0, patience),
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
            Message::numbered(kind, word, message.serial),
        );
    }

    /// Whether admission control or load shedding turns a log-in away.
    fn turns_away(
        &self,
        world: &World,
        queue: &Queue,
        service: &Service,
        message: Message,
        context: &Context<'_>,
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
}
