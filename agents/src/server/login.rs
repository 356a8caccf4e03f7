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
        model::{Network, Scene},
        world::World,
    },
    server::{
        queue::{Queue, Service},
        section::ServerKind,
    },
};

impl Network {
    /// A server takes a letter.
    pub(crate) fn serve(
        &self,
        world: &World,
        mut queue: Queue,
        letter: Message,
        scene: &mut Scene<'_>,
    ) {
        let now = scene.now;
        match self.places.resident(scene.id) {
            ActorKind::Login if letter.kind == Kind::Flood => {
                scene.tally.counters.login_attacks += u64::from(letter.word);
                if let Some(service) = self.login_service(world) {
                    queue.admit_batch(now, &service, letter.word.into());
                }
            }
            ActorKind::Login if letter.kind == Kind::Work => {
                self.work(&mut queue, self.login_service(world), scene);
            }
            ActorKind::Login => self.admit_login(world, &mut queue, letter, scene),
            ActorKind::Presence => {
                let service = world.at_speed(ServerKind::Presence, &self.presence);
                service.and_then(|service| queue.admit(now, &service));
            }
            ActorKind::Chat => {
                let service = world.at_speed(ServerKind::Chat, &self.chat);
                service.and_then(|service| queue.admit(now, &service));
            }
            ActorKind::OfflineMessages => match letter.kind {
                Kind::Routine | Kind::Store => self.routine(world, &mut queue, letter, scene),
                _ => self.keep_messages(world, &mut queue, letter.word, letter.serial, scene),
            },
            ActorKind::Client
            | ActorKind::Gateway
            | ActorKind::Manager
            | ActorKind::GroupVideo
            | ActorKind::Machine => {
                unreachable!("actor {} is no server, at tick {now}", scene.id)
            }
        }
        let place = self.places.server_place(scene.id);
        match scene
            .tally
            .queues
            .iter_mut()
            .find(|(other, _)| *other == place)
        {
            Some((_, state)) => *state = queue,
            None => scene.tally.queues.push((place, queue)),
        }
        *scene.state = State::Server(queue);
    }

    /// A server's queue as of the last barrier.
    pub(crate) fn queue<'a>(&self, world: &'a World, server: ActorId) -> &'a Queue {
        &world.queues[self.places.server_place(server) as usize]
    }

    /// The wait at the fullest log-in server, in thousandths of a tick.
    pub(crate) fn login_wait(&self, world: &World, now: Tick) -> u64 {
        let logins = &world.queues[..self.places.logins() as usize];
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
        letter: Message,
        scene: &mut Scene<'_>,
    ) {
        let now = scene.now;
        scene.tally.counters.login_arrivals += 1;
        let patience = self.client.login_timeout.seconds();
        let (kind, word, delay) = match self.login_service(world) {
            // Nobody is there to answer.
            None => (Kind::LoginLate, 0, patience),
            Some(service) if self.turns_away(world, queue, &service, letter, scene) => {
                (Kind::LoginBusy, self.retry_after, LOOKAHEAD)
            }
            Some(service) if self.lifo => {
                scene.tally.counters.login_admitted += 1;
                return self.stack(queue, &service, letter, scene);
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
            Kind::LoginBusy => scene.tally.counters.login_rejected += 1,
            _ => scene.tally.counters.login_admitted += 1,
        }
        scene.send(
            letter.word,
            delay,
            Message::numbered(kind, word, letter.serial),
        );
    }

    /// Whether admission control or load shedding turns a log-in away.
    fn turns_away(
        &self,
        world: &World,
        queue: &Queue,
        service: &Service,
        letter: Message,
        scene: &Scene<'_>,
    ) -> bool {
        let draw = scene.draw(draw_ids::ADMISSION, letter.word);
        if !draw.hits(0, world.admission) || !draw.hits(2, world.flooded) {
            return true;
        }
        let Some(from) = self.shed_from else {
            return false;
        };
        let wait = queue.wait_thousandths(scene.now);
        let (from, most) = (u64::from(from) * 1000, service.longest_thousandths());
        let above = wait.saturating_sub(from);
        above > 0 && draw.hits(1, Chance::ratio(above, most.saturating_sub(from).max(1)))
    }
}
