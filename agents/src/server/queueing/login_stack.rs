//! The stack of a login server that serves the newest first.
//!
//! In an overload the newest logins are those whose clients still wait, so serving them wastes little
//! work; the oldest time out. Unlike a first-come, first-served queue, a stack needs a list, which is
//! stored in the state of the server's block. While a client waits, the server handles its stack in
//! every tick, even if it is stopped. Invariant: each login has one outcome: done, or too late when its
//! client stops waiting. Units: ticks; credit in 2^-30 of a tick.

use patchday_core::{ActorId, LOOKAHEAD, Span, Tick};
use serde::{Deserialize, Serialize};

use crate::server::queueing::queue::{Queue, Service};

/// A client that waits at a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Waiting {
    /// The client.
    pub client: ActorId,
    /// The serial number of its request.
    pub serial: u8,
    /// The tick at which the request arrived at the server.
    pub since: Tick,
    /// Whether the client no longer waits; the server may still spend work on it.
    pub gone: bool,
}

/// The clients that wait at one server, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Stack {
    server: ActorId,
    waiting: Vec<Waiting>,
    /// Whether a message for the next tick is in flight.
    working: bool,
    /// The work that the server can do now.
    credit: u64,
}

impl Stack {
    /// Puts a client on the stack. Returns the oldest one if the stack is full.
    pub(crate) fn push(&mut self, waiting: Waiting, service: &Service) -> Option<Waiting> {
        self.waiting.push(waiting);
        let full = self.waiting.len() as u64 > service.capacity();
        full.then(|| self.waiting.remove(0))
    }

    /// Returns the number of waiting clients.
    pub(crate) fn len(&self) -> u64 {
        self.waiting.len() as u64
    }

    /// Marks the server as working. Returns whether it was not working before.
    pub(crate) fn start_working(&mut self) -> bool {
        !std::mem::replace(&mut self.working, true)
    }

    /// Returns whether the server works in the next tick, too, which it does while a client waits.
    pub(crate) fn continue_working(&mut self) -> bool {
        self.working = !self.waiting.is_empty();
        if !self.working {
            self.credit = 0;
        }
        self.working
    }

    /// Serves the newest logins for one tick. `answer` gets client and serial number of each login that
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

    /// Marks the clients that no answer can reach in time. `answer` gets client and serial number of
    /// each.
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
    /// Returns the stack of a server, and creates it at the first use.
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

    /// Returns all waiting clients, each with its server.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ActorId, Waiting)> {
        let stacks = self.0.iter();
        stacks.flat_map(|stack| stack.waiting.iter().map(|one| (stack.server, *one)))
    }

    /// Removes and returns the stack of a server; [`Stacks::put_back`] puts it back.
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
