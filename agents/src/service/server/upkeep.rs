//! What happens to a server beside requests: it goes down, its memory is used up, its queue is cleared;
//! and its cache.

use patchday_core::LOOKAHEAD;

use crate::{
    network::message::{Kind, Message},
    service::{
        params::CacheParams,
        server::{
            at_server::AtServer,
            cache::LruCache,
            fetches::CacheAnswer,
            request::{NO_KEY, Request, RequestProgress, ServiceOutcome},
        },
    },
};

impl AtServer<'_, '_> {
    /// Loses all requests, because the server goes down.
    pub(super) fn lose_all(&mut self) {
        self.server.count_busy(self.context.now);
        self.server.taken = 0;
        self.server.waiting = 0;
        self.server.queue.clear();
        self.server.fetches.clear();
        self.flush_cache();
        self.server.deadlines.clear();
        for slot in self.server.requests.slots() {
            let before = self.give_up(slot, ServiceOutcome::Silent);
            if before.is_some_and(|request| !request.decided) {
                self.server.stats.0.counts.lost += 1;
            }
        }
    }

    /// The memory of the server is used up: it loses all requests and restarts.
    pub(super) fn die(&mut self) {
        self.lose_all();
        self.server.stats.0.counts.deaths += 1;
        self.server.restarting = true;
        self.context.tally.restarting.push((self.index, true));
        let up = Message::new(Kind::ServerUp, 0);
        let restart = self.service.restart.max(LOOKAHEAD);
        self.context.send(self.context.id, restart, up);
    }

    pub(super) fn come_up(&mut self) {
        self.server.restarting = false;
        self.context.tally.restarting.push((self.index, false));
    }

    /// Answers all waiting requests with an error.
    pub(super) fn clear_queue(&mut self) {
        while let Some(slot) = self.server.queue.pop(self.service.order) {
            let Some(before) = self.give_up(slot, ServiceOutcome::Failed) else {
                continue;
            };
            if before.progress == RequestProgress::Waiting {
                self.server.waiting -= 1;
            }
            if !before.decided {
                self.server.stats.0.counts.rejected += 1;
            }
        }
    }

    pub(super) fn flush_cache(&mut self) {
        if let Some(cache) = &self.service.cache {
            self.server.cache = Some(LruCache::new(cache.keys, 0));
        }
    }

    /// Asks the cache of the server for the answer to a request; notes the key if it has none.
    pub(super) fn ask_cache(&mut self, slot: u32) -> CacheAnswer {
        let Some(params) = &self.service.cache else {
            return CacheAnswer::Absent;
        };
        let key = params.popularity.key(self.draw().word(0));
        let fresh = || LruCache::new(params.keys, params.warm);
        let cache = self.server.cache.get_or_insert_with(fresh);
        let hits = cache.hits(key, self.context.now, params.lifetime);
        let counts = &mut self.server.stats.0.counts;
        if hits {
            counts.cache_hits += 1;
            return CacheAnswer::Present;
        }
        counts.cache_misses += 1;
        if params.coalesce && self.server.fetches.join(key, slot) {
            return CacheAnswer::Fetched;
        }
        if let Some(request) = self.server.requests.get(slot) {
            request.key = key;
        }
        CacheAnswer::Absent
    }

    /// Ends the requests that waited for the answer that a request fetched: they have its outcome.
    pub(super) fn end_fetch(&mut self, request: &Request, succeeded: bool) {
        let coalesces = |cache: &CacheParams| cache.coalesce;
        if request.key == NO_KEY || !self.service.cache.as_ref().is_some_and(coalesces) {
            return;
        }
        for slot in self.server.fetches.end(request.key) {
            self.finish(slot, succeeded);
        }
    }

    /// Stores the answer of a request that the cache did not answer.
    pub(super) fn store_in_cache(&mut self, request: &Request) {
        let now = self.context.now;
        if request.key != NO_KEY
            && let (Some(params), Some(cache)) = (&self.service.cache, &mut self.server.cache)
        {
            cache.store(request.key, now, params.capacity);
        }
    }
}
