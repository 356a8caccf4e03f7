//! The table of requests at a server: slots that are used again.
//!
//! A slot is free if no message about its request is still to come, so a message never reaches a later
//! request in the same slot. Memory follows the largest number of requests at once. Units: slots.

use serde::{Deserialize, Serialize};

use crate::service::server::request::{Request, RequestProgress};

/// The requests at a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Requests {
    slots: Vec<Option<Request>>,
    free: Vec<u32>,
    /// Requests that are not over.
    live: u32,
    /// The number of the next request.
    next: u32,
}

impl Requests {
    /// Adds a request and gives it a number. Returns its slot, or `None` if all `most` slots are taken.
    pub(crate) fn insert(&mut self, mut request: Request, most: usize) -> Option<u32> {
        request.number = self.next;
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None if self.slots.len() < most => {
                self.slots.push(None);
                self.slots.len() as u32 - 1
            }
            None => return None,
        };
        self.next = self.next.wrapping_add(1);
        self.slots[slot as usize] = Some(request);
        self.live += 1;
        Some(slot)
    }

    /// Returns the request in a slot.
    pub(crate) fn get(&mut self, slot: u32) -> Option<&mut Request> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    /// Marks a request as over; frees its slot if no message about it is to come.
    pub(crate) fn end(&mut self, slot: u32) {
        let Some(request) = self.get(slot) else {
            return;
        };
        if request.progress != RequestProgress::Over {
            request.progress = RequestProgress::Over;
            self.live -= 1;
        }
        self.free_if_unused(slot);
    }

    /// Marks a waiting request as over, without freeing its slot, which is still in a queue.
    pub(crate) fn cancel(&mut self, slot: u32) {
        if let Some(request) = self.get(slot) {
            request.progress = RequestProgress::Over;
            self.live -= 1;
        }
    }

    /// Notes that a message about a request has come. Returns a copy of the request, unless it is over.
    pub(crate) fn came(&mut self, slot: u32) -> Option<Request> {
        let request = self.get(slot)?;
        request.pending = request.pending.saturating_sub(1);
        let copy = *request;
        if copy.progress != RequestProgress::Over {
            return Some(copy);
        }
        self.free_if_unused(slot);
        None
    }

    fn free_if_unused(&mut self, slot: u32) {
        let unused =
            |request: &Request| request.progress == RequestProgress::Over && request.pending == 0;
        if self.slots[slot as usize].as_ref().is_some_and(unused) {
            self.slots[slot as usize] = None;
            self.free.push(slot);
        }
    }

    /// Returns the slots of all requests.
    pub(crate) fn slots(&self) -> Vec<u32> {
        let slots = (0..).zip(&self.slots);
        let taken = slots.filter(|(_, slot)| slot.is_some());
        taken.map(|(slot, _)| slot).collect()
    }

    /// Returns the number of requests that are not over.
    pub(crate) fn live(&self) -> u32 {
        self.live
    }

    /// Returns the number of requests whose senders still wait.
    pub(crate) fn undecided(&self) -> u64 {
        let requests = self.slots.iter().flatten();
        requests.filter(|request| !request.decided).count() as u64
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Option<Request>>()
            + self.free.capacity() * size_of::<u32>()
    }
}
