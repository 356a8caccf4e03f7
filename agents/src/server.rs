//! Servers: log-in, presence and chat, each a queue in closed form.
//!
//! A log-in server turns a request away if the wait is too long, and wastes its
//! work on clients that have stopped waiting. Presence and chat take every
//! sign-in as work; how far they lag behind is what users see after sign-in
//! works again.

use patchday_core::LOOKAHEAD;

use crate::{
    letter::{Kind, Letter},
    network::{Network, Scene},
    peer::State,
    places::Resident,
    queue::Queue,
};

impl Network {
    /// A server takes a letter.
    pub(crate) fn serve(&self, mut queue: Queue, letter: Letter, scene: &mut Scene<'_>) {
        let now = scene.now;
        match self.places.resident(scene.id) {
            Resident::Login => {
                scene.tally.counters.login_arrivals += 1;
                let patience = self.client.login_timeout.seconds();
                let (kind, delay) = match queue.admit(now, &self.login) {
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
                queue.admit(now, &self.presence);
            }
            Resident::Chat => {
                queue.admit(now, &self.chat);
            }
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
