//! A log-in server that serves the newest first.
//!
//! Under a herd the newest are those who still wait, so little work is wasted; the
//! oldest are given up. A stack needs a list, unlike first come, first served; it lies
//! in the block_state of the server's block. While anybody waits the server looks at its stack in
//! every tick, also when it stands still, so each log-in has one answer: that it is done, or,
//! at the end of the client's patience, that it is too late. Units: ticks, 2^-30 of a tick.

use patchday_core::{ActorId, LOOKAHEAD, Tick};
use serde::{Deserialize, Serialize};

use crate::{
    network::{
        message::{Kind, Message},
        model::{Context, Network},
    },
    server::queue::{Queue, Service},
};

/// A client that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Waiting {
    /// Who it is.
    pub client: ActorId,
    /// The number of its request.
    pub serial: u8,
    /// When the request arrived.
    pub since: Tick,
    /// Whether the client has stopped waiting; to the server it may still be work.
    pub gone: bool,
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
    fn get_or_create(&mut self, server: ActorId) -> &mut Stack {
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
    /// All who wait, each with the server at which it does.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ActorId, Waiting)> {
        let stacks = self.0.iter();
        stacks.flat_map(|stack| stack.waiting.iter().map(|one| (stack.server, *one)))
    }

    /// The stack of a server, to be put back.
    fn take(&mut self, server: ActorId) -> Stack {
        let stack = self.get_or_create(server);
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
        message: Message,
        context: &mut Context<'_>,
    ) {
        let (id, now) = (context.id, context.now);
        let stack = context.block_state.stacks.get_or_create(id);
        stack.waiting.push(Waiting {
            client: message.payload,
            serial: message.serial,
            since: now,
            gone: false,
        });
        let full = stack.waiting.len() as u64 > service.places();
        let given_up = full.then(|| stack.waiting.remove(0));
        queue.stand(now, service, stack.waiting.len() as u64);
        if !stack.working {
            stack.working = true;
            context.send(id, LOOKAHEAD, Message::new(Kind::Work, 0));
        }
        if let Some(oldest) = given_up.filter(|oldest| !oldest.gone) {
            let patience = self.client.login_timeout.seconds();
            let left = (oldest.since + patience).saturating_sub(now);
            let late = Message::numbered(Kind::LoginLate, 0, oldest.serial);
            context.send(oldest.client, left.max(LOOKAHEAD), late);
        }
    }

    /// A tick of work on the stack; none is done if the server stands still.
    pub(crate) fn work(
        &self,
        queue: &mut Queue,
        service: Option<Service>,
        context: &mut Context<'_>,
    ) {
        let (id, now) = (context.id, context.now);
        let mut stack = context.block_state.stacks.take(id);
        if let Some(service) = service {
            self.serve_newest(&mut stack, &service, context);
        }
        // Who is not served by now gets no answer in time.
        let patience = self.client.login_timeout.seconds();
        for one in stack.waiting.iter_mut().filter(|one| !one.gone) {
            if now + LOOKAHEAD < one.since + patience {
                break;
            }
            one.gone = true;
            let late = Message::numbered(Kind::LoginLate, 0, one.serial);
            context.send(one.client, LOOKAHEAD, late);
        }
        stack.working = !stack.waiting.is_empty();
        if stack.working {
            context.send(id, LOOKAHEAD, Message::new(Kind::Work, 0));
        } else {
            stack.credit = 0;
        }
        let service = service.unwrap_or(self.login);
        queue.stand(now, &service, stack.waiting.len() as u64);
        *context.block_state.stacks.get_or_create(id) = stack;
    }

    fn serve_newest(&self, stack: &mut Stack, service: &Service, context: &mut Context<'_>) {
        stack.credit += Queue::TICK;
        while stack.credit >= service.cost() {
            let Some(next) = stack.waiting.pop() else {
                break;
            };
            if !next.gone {
                let done = Message::numbered(Kind::LoginDone, 0, next.serial);
                context.send(next.client, LOOKAHEAD, done);
            }
            if !next.gone || self.wasted_work {
                stack.credit -= service.cost();
            }
        }
    }
}
