//! A log-in server that serves the newest first.
//!
//! Under a herd the newest are those who still wait, so little work is wasted; the
//! oldest are given up. A stack needs a list, unlike first come, first served; it lies
//! in the annex of the server's block. Whoever waits is told by the end of its patience,
//! at arrival: if it was served before, it does not listen. Units: ticks, 2^-30 of a tick.

use patchday_core::{ActorId, LOOKAHEAD, Tick};
use serde::{Deserialize, Serialize};

use crate::{
    letter::{Kind, Letter},
    network::{Network, Scene},
    queue::{Queue, Service},
};

/// A client that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Waiting {
    client: ActorId,
    serial: u8,
    since: Tick,
}

/// Who waits at one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Stack {
    server: ActorId,
    waiting: Vec<Waiting>,
    /// Whether the next round of work is on its way.
    working: bool,
    /// Work that can be done, as far as it is not done.
    credit: u64,
}

/// The stacks of a block, in the order in which they were first used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Stacks(Vec<Stack>);

impl Stacks {
    fn of(&mut self, server: ActorId) -> &mut Stack {
        let place = self.0.iter().position(|stack| stack.server == server);
        let place = place.unwrap_or_else(|| {
            self.0.push(Stack {
                server,
                ..Stack::default()
            });
            self.0.len() - 1
        });
        &mut self.0[place]
    }
}

impl Stacks {
    /// The stack of a server, to be put back.
    fn take(&mut self, server: ActorId) -> Stack {
        let stack = self.of(server);
        let empty = Stack {
            server,
            ..Stack::default()
        };
        std::mem::replace(stack, empty)
    }
}

impl Network {
    /// A log-in arrives.
    pub(crate) fn stack(
        &self,
        queue: &mut Queue,
        service: &Service,
        letter: Letter,
        scene: &mut Scene<'_>,
    ) {
        let patience = self.client.login_timeout.seconds();
        let late = Letter::numbered(Kind::LoginLate, 0, letter.serial);
        scene.post(letter.word, patience, late);
        let (id, now) = (scene.id, scene.now);
        let stack = scene.annex.stacks.of(id);
        stack.waiting.push(Waiting {
            client: letter.word,
            serial: letter.serial,
            since: now,
        });
        if stack.waiting.len() as u64 > service.places() {
            stack.waiting.remove(0);
        }
        queue.stand(now, service, stack.waiting.len() as u64);
        if !stack.working {
            stack.working = true;
            scene.post(id, LOOKAHEAD, Letter::new(Kind::Work, 0));
        }
    }

    /// A tick of work on the stack.
    pub(crate) fn work(&self, queue: &mut Queue, service: &Service, scene: &mut Scene<'_>) {
        let patience = self.client.login_timeout.seconds();
        let (id, now) = (scene.id, scene.now);
        let mut stack = scene.annex.stacks.take(id);
        stack.credit += Queue::TICK;
        while stack.credit >= service.cost() {
            let Some(next) = stack.waiting.pop() else {
                break;
            };
            let in_time = now - next.since < patience;
            if in_time {
                let done = Letter::numbered(Kind::LoginDone, 0, next.serial);
                scene.post(next.client, LOOKAHEAD, done);
            }
            if in_time || self.wasted_work {
                stack.credit -= service.cost();
            }
        }
        stack.working = !stack.waiting.is_empty();
        if stack.working {
            scene.post(id, LOOKAHEAD, Letter::new(Kind::Work, 0));
        } else {
            stack.credit = 0;
        }
        queue.stand(now, service, stack.waiting.len() as u64);
        *scene.annex.stacks.of(id) = stack;
    }
}
