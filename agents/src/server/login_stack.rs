//! The stack of a log-in server that serves the newest first.
//!
//! Under a herd the newest log-ins are those whose clients still wait, so little work is wasted;
//! the oldest are given up. Unlike first come, first served, a stack needs a list; it lies in the
//! state of the server's block. While a client waits, the server looks at its stack in every tick,
//! even if it stands still, so each log-in has one answer: done, or, when its client stops
//! waiting, too late. Units: ticks; credit in 2^-30 of a tick.

use patchday_core::{ActorId, LOOKAHEAD, Span, Tick};
use serde::{Deserialize, Serialize};

use crate::server::queue::{Queue, Service};

/// A client that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Waiting {
    /// The client.
    pub client: ActorId,
    /// The serial number of its request.
    pub serial: u8,
    /// The tick at which the request arrived.
    pub since: Tick,
    /// Whether the client has stopped waiting; to the server it may still be work.
    pub gone: bool,
}

/// The clients that wait at one server, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Stack {
    server: ActorId,
    waiting: Vec<Waiting>,
    /// Whether a message to work in the next tick is on its way.
    working: bool,
    /// Work that the server can still do.
    credit: u64,
}

impl Stack {
    /// Puts a client on the stack. Returns the oldest one if the stack is full.
    pub(crate) fn push(&mut self, waiting: Waiting, service: &Service) -> Option<Waiting> {
        self.waiting.push(waiting);
        let full = self.waiting.len() as u64 > service.capacity();
        full.then(|| self.waiting.remove(0))
    }

    /// The number of clients that wait.
    pub(crate) fn len(&self) -> u64 {
        self.waiting.len() as u64
    }

    /// Notes that the server works from now on. Returns false if it did before.
    pub(crate) fn start_working(&mut self) -> bool {
        !std::mem::replace(&mut self.working, true)
    }

    /// Returns whether the server works in the next tick, too: while a client waits.
    pub(crate) fn continue_working(&mut self) -> bool {
        self.working = !self.waiting.is_empty();
        if !self.working {
            self.credit = 0;
        }
        self.working
    }

    /// Serves the newest for one tick. `answer` gets client and serial number of each log-in that
    /// is done and whose client still waits.
    pub(crate) fn serve_newest(
        &mut self,
        service: &Service,
        wasted_work: bool,
        mut answer: impl FnMut(ActorId, u8),
    ) {
        self.credit += Queue::TICK;
        while self.credit >= service.cost() {
            let Some(next) = self.waiting.pop() else {
                break;
            };
            if !next.gone {
                answer(next.client, next.serial);
            }
            if !next.gone || wasted_work {
                self.credit -= service.cost();
            }
        }
    }

    /// Marks the clients that no answer can reach in time. `answer` gets client and serial number
    /// of each.
    pub(crate) fn give_up_oldest(
        &mut self,
        now: Tick,
        patience: Span,
        mut answer: impl FnMut(ActorId, u8),
    ) {
        for one in self.waiting.iter_mut().filter(|one| !one.gone) {
            if now + LOOKAHEAD < one.since + patience {
                break;
            }
            one.gone = true;
            answer(one.client, one.serial);
        }
    }
}

/// The stacks of a block, in the order in which they were first used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Stacks(Vec<Stack>);

impl Stacks {
    /// The stack of a server.
    pub(crate) fn get_or_create(&mut self, server: ActorId) -> &mut Stack {
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

    /// All clients that wait, each with its server.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ActorId, Waiting)> {
        let stacks = self.0.iter();
        stacks.flat_map(|stack| stack.waiting.iter().map(|one| (stack.server, *one)))
    }

    /// Takes the stack of a server out; [`Stacks::put_back`] puts it back.
    pub(crate) fn take(&mut self, server: ActorId) -> Stack {
        let stack = self.get_or_create(server);
        let empty = Stack {
            server,
            ..Stack::default()
        };
        std::mem::replace(stack, empty)
    }

    /// Puts the stack of a server back.
    pub(crate) fn put_back(&mut self, server: ActorId, stack: Stack) {
        *self.get_or_create(server) = stack;
    }
}
