//! Servers: log-in, presence, chat and offline messages, each a queue in closed form.
//!
//! A log-in server turns a request away if the wait is too long, and wastes its
//! work on clients that have stopped waiting. Presence and chat take every
//! sign-in as work; how far they lag behind is what users see after sign-in
//! works again.

use patchday_core::{LOOKAHEAD, Span};

use crate::{
    letter::{Kind, Letter},
    network::{Network, Scene},
    peer::State,
    places::Resident,
    purpose,
    queue::Queue,
    scenario::ServerKind,
    world::World,
};

impl Network {
    /// A server takes a letter.
    pub(crate) fn serve(
        &self,
        world: &World,
        mut queue: Queue,
        letter: Letter,
        scene: &mut Scene<'_>,
    ) {
        let now = scene.now;
        match self.places.resident(scene.id) {
            Resident::Login => {
                scene.tally.counters.login_arrivals += 1;
                let patience = self.client.login_timeout.seconds();
                let service = self
                    .login
                    .slowed(world.slowness[ServerKind::Login as usize]);
                let let_in = scene
                    .draw(purpose::ADMISSION, letter.word)
                    .hits(0, world.admission);
                let wait =
                    service.map(|service| let_in.then(|| queue.admit(now, &service)).flatten());
                let (kind, delay) = match wait.unwrap_or(Some(Span::MAX)) {
                    None => (Kind::LoginBusy, LOOKAHEAD),
                    Some(wait) if wait > patience => (Kind::LoginLate, patience),
                    Some(wait) => (Kind::LoginDone, wait),
                };
                match kind {
                    Kind::LoginBusy => scene.tally.counters.login_rejected += 1,
                    _ => scene.tally.counters.login_admitted += 1,
                }
                scene.post(letter.word, delay, Letter::numbered(kind, 0, letter.serial));
            }
            Resident::Presence => {
                let slowness = world.slowness[ServerKind::Presence as usize];
                let service = self.presence.slowed(slowness);
                service.and_then(|service| queue.admit(now, &service));
            }
            Resident::Chat => {
                let service = self.chat.slowed(world.slowness[ServerKind::Chat as usize]);
                service.and_then(|service| queue.admit(now, &service));
            }
            Resident::OfflineMessages => match letter.kind {
                Kind::Routine => self.routine(world, &mut queue, letter.word, scene),
                _ => self.keep_messages(world, &mut queue, letter.word, letter.serial, scene),
            },
            Resident::Client | Resident::Machine => {
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
}
