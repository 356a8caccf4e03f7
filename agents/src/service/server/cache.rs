//! The cache of a server: the keys whose answers it holds, the least recently used evicted first.
//!
//! Entries are linked in the order of their use, by key, so that every step is of constant cost and the
//! memory follows the number of keys. Units: ticks.

use patchday_core::{Span, Tick};
use serde::{Deserialize, Serialize};

/// The end of the list.
const NO_KEY: u32 = u32::MAX;

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct CachedKey {
    /// The keys used just before and just after it.
    older: u32,
    newer: u32,
    /// The tick at which its answer was stored; `None` if it is not in the cache.
    stored: Option<Tick>,
}

/// The cache of a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct LruCache {
    keys: Vec<CachedKey>,
    oldest: u32,
    newest: u32,
    entries: u32,
}

impl LruCache {
    /// Creates a cache for answers of so many keys that holds the first `warm` of them.
    pub(crate) fn new(keys: u32, warm: u32) -> Self {
        let absent = CachedKey {
            older: NO_KEY,
            newer: NO_KEY,
            stored: None,
        };
        let mut cache = Self {
            keys: vec![absent; keys as usize],
            oldest: NO_KEY,
            newest: NO_KEY,
            entries: 0,
        };
        // The most frequent keys are the first ones, so the first one was used last.
        for key in (0..warm.min(keys)).rev() {
            cache.store(key, 0, warm);
        }
        cache
    }

    /// Returns whether the cache holds an answer for a key that is not older than `lifetime`, and notes
    /// its use.
    pub(crate) fn hits(&mut self, key: u32, now: Tick, lifetime: Option<Span>) -> bool {
        let Some(stored) = self.keys.get(key as usize).and_then(|entry| entry.stored) else {
            return false;
        };
        if lifetime.is_some_and(|lifetime| now - stored >= lifetime) {
            self.remove(key);
            return false;
        }
        self.unlink(key);
        self.link(key);
        true
    }

    /// Stores an answer; if the cache is full, the least recently used one makes room.
    pub(crate) fn store(&mut self, key: u32, now: Tick, capacity: u32) {
        if capacity == 0 || key as usize >= self.keys.len() {
            return;
        }
        if self.keys[key as usize].stored.is_some() {
            self.remove(key);
        } else if self.entries >= capacity {
            self.remove(self.oldest);
        }
        self.keys[key as usize].stored = Some(now);
        self.link(key);
        self.entries += 1;
    }

    fn remove(&mut self, key: u32) {
        self.unlink(key);
        self.keys[key as usize].stored = None;
        self.entries -= 1;
    }

    fn unlink(&mut self, key: u32) {
        let CachedKey { older, newer, .. } = self.keys[key as usize];
        match self.keys.get_mut(older as usize) {
            Some(entry) => entry.newer = newer,
            None => self.oldest = newer,
        }
        match self.keys.get_mut(newer as usize) {
            Some(entry) => entry.older = older,
            None => self.newest = older,
        }
    }

    /// Makes a key the one used last.
    fn link(&mut self, key: u32) {
        let before = self.newest;
        let entry = &mut self.keys[key as usize];
        (entry.older, entry.newer) = (before, NO_KEY);
        match self.keys.get_mut(before as usize) {
            Some(entry) => entry.newer = key,
            None => self.oldest = key,
        }
        self.newest = key;
    }

    /// Returns the number of answers.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> u32 {
        self.entries
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.keys.capacity() * size_of::<CachedKey>()
    }
}

#[cfg(test)]
mod tests {
    use patchday_core::Random;

    use super::*;

    #[test]
    fn the_least_recently_used_answer_makes_room() {
        let mut cache = LruCache::new(5, 2);
        assert!(cache.hits(0, 1, None) && cache.hits(1, 1, None) && !cache.hits(2, 1, None));
        assert!(cache.hits(0, 2, None));
        cache.store(2, 2, 2);
        assert!(!cache.hits(1, 3, None) && cache.hits(0, 3, None) && cache.hits(2, 3, None));
        assert!(!cache.hits(0, 10, Some(10)), "too old");
        assert_eq!(cache.entries(), 1);
        assert!(cache.hits(2, 11, Some(10)));
    }

    /// Against a plain list, and the share of hits of equally frequent keys: the share of keys held.
    #[test]
    fn it_holds_what_a_plain_list_holds() {
        let (mut cache, mut plain) = (LruCache::new(40, 0), Vec::new());
        let (random, mut hits) = (Random::new(3), 0);
        for step in 0..20_000 {
            let key = random.draw(0, step, 0, 0).below(0, 40);
            let hit = cache.hits(key, step, None);
            let known = plain.iter().position(|other| *other == key);
            assert_eq!(hit, known.is_some());
            known.map(|place| plain.remove(place));
            plain.push(key);
            if plain.len() > 10 {
                plain.remove(0);
            }
            if hit {
                hits += 1;
            } else {
                cache.store(key, step, 10);
            }
        }
        assert!((f64::from(hits) / 20_000.0 - 0.25).abs() < 0.02, "{hits}");
    }
}
