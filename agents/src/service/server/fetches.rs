//! The answers of a server's cache: the keys that are fetched for it, and the requests that wait for each of
//! them.
//!
//! Fetches are kept only of caches that coalesce requests. Invariants: each key has one request that fetches it; the others
//! wait for the end of that one and are in exactly one list. Units: slots.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the cache of a server says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheAnswer {
    /// It has the answer.
    Present,
    /// It has none, or the service has no cache.
    Absent,
    /// Another request fetches it.
    Fetched,
}

/// For each key that is fetched, the slots of the requests that wait for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Fetches(BTreeMap<u32, Vec<u32>>);

impl Fetches {
    /// Notes that the request in a slot needs a key. Returns whether another one fetches it already.
    pub(crate) fn join(&mut self, key: u32, slot: u32) -> bool {
        if let Some(waiting) = self.0.get_mut(&key) {
            waiting.push(slot);
            return true;
        }
        self.0.insert(key, Vec::new());
        false
    }

    /// Ends the fetch of a key. Returns the slots of the requests that wait for it.
    pub(crate) fn end(&mut self, key: u32) -> Vec<u32> {
        self.0.remove(&key).unwrap_or_default()
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let slots = self.0.values().map(Vec::capacity).sum::<usize>() * size_of::<u32>();
        slots + self.0.len() * size_of::<(u32, Vec<u32>)>() * 3 / 2
    }
}
