//! Parameters of what changes services during a run: caches, health checks, automatic scaling and deeds of
//! the operator.
//!
//! Declarations only. Units: each key names its own.

use crate::{
    choice,
    scenario::quantity::{instant::Instant, rate::Rate, share::Share, span::Span},
    section,
};

section! {
    /// A cache of each server of a service: a request for a key that it holds makes no calls. The least
    /// recently used answer makes room for a new one.
    pub struct ServiceCache {
        /// How many keys requests ask for.
        keys: u32 = 10_000, in 1..=2000000, unit "keys", source "given";
        /// The answers that a server's cache holds.
        capacity: u32 = 1_000, in 1..=2000000, unit "keys", source "given";
        /// How unequal the keys are: key number n is asked for in proportion to n to the power of minus
        /// this; 0 for equally often.
        exponent: f64 = 1.0, in 0..=4, source "given";
        /// How long an answer stays in the cache; as long as there is room if not set.
        lifetime: Option<Span>, optional, in "1ms"..="60d", source "given";
        /// Whether the caches are empty at the start of the run. Otherwise they hold the most frequent
        /// keys.
        cold: bool = false, source "given";
        /// Whether requests for a key wait for the answer if another request at the same server calls for it
        /// already, and have its outcome.
        coalesce: bool = false, source "given";
    }
}

section! {
    /// Health checks: servers that fail get no requests until they pass again. A server fails a check if
    /// it is down, or if a request would wait longer for a place than `timeout`.
    pub struct HealthChecks {
        /// The time from one check to the next.
        every: Span = "10s", in "1ms"..="1h", source "given";
        /// Failed checks in a row after which a server is taken out.
        failures: u8 = 3, in 1..=100, unit "checks", source "given";
        /// Passed checks in a row after which it is put back.
        passes: u8 = 2, in 1..=100, unit "checks", source "given";
        /// The longest wait for a place, as at the mean time of work, with which a server passes.
        timeout: Span = "5s", in "0s"..="1h", source "given";
    }
}

section! {
    /// Automatic scaling of a service. `servers` is the most servers it can have.
    pub struct Autoscale {
        /// The servers at the start of the run.
        start: u32 = 1, in 1..=100000, unit "servers", source "given";
        /// The fewest servers.
        least: u32 = 1, in 1..=100000, unit "servers", source "given";
        /// The share of places taken that it aims at.
        target: Share = 0.6, source "given";
        /// The time from one decision to the next.
        every: Span = "1m", in "1ms"..="1d", source "given";
        /// The time from the decision until new servers get requests.
        delay: Span = "2m", in "1ms"..="1d", source "given";
        /// The most servers that a decision adds or removes.
        step: u32 = 4, in 1..=100000, unit "servers", source "given";
    }
}

choice! {
    /// What the operator does to a service.
    pub enum DeedKind {
        /// At most `rate` requests are admitted, by all its servers together; others are rejected. Its
        /// regions have parts of it in proportion to their servers.
        Limit = "limit",
        /// Waiting requests are answered with an error at once.
        Clear = "clear",
        /// Servers lose all requests and are down for `lasts`.
        Restart = "restart",
        /// Each server works on `count` requests at once.
        Concurrency = "concurrency",
        /// At each server `count` requests can wait.
        Queue = "queue",
        /// The service has `count` servers, at most those of the scenario; with regions, so many in each.
        Servers = "servers",
        /// Callers wait `timeout` for an answer of the service.
        Timeout = "timeout",
        /// Its servers get no requests; those that they have are done.
        Drain = "drain",
        /// Of the clients' requests only those of the share `share` of clients are let in; others fail
        /// at once.
        LetIn = "let-in",
    }
}

section! {
    /// What the operator does to a service at a given time. Of deeds of one kind in force at the same
    /// time, the one that began last counts.
    pub struct ServiceDeed {
        /// The name of the service.
        service: String, required, source "given";
        /// What it is.
        deed: DeedKind, required, source "given";
        /// When it is done.
        at: Instant, required, source "given";
        /// How long it is in force; until the end of the run if not set. `restart` needs it, `clear` does
        /// not have it.
        lasts: Option<Span>, optional, in "1ms"..="60d", source "given";
        /// How often it is done in all.
        times: u16 = 1, in 1..=1000, source "given";
        /// The time from one repetition to the next.
        every: Span = "1h", in "1ms"..="30d", source "given";
        /// The requests that `limit` admits.
        rate: Option<Rate>, optional, in "0/s"..="100000000/s", source "given";
        /// The number that `concurrency`, `queue` and `servers` set, or the servers that `restart`
        /// restarts, from the first on, in each region; all of them if not set.
        count: Option<u32>, optional, in 1..=500000, source "given";
        /// The time that `timeout` sets.
        timeout: Option<Span>, optional, in "1ms"..="1d", source "given";
        /// The share of clients that `let-in` lets in.
        share: Share = 0.0, source "given";
        /// The regions that it concerns: with `let-in` those of the clients, otherwise those of the servers,
        /// of a service with regions. All of them if it is empty.
        regions: Vec<String>, optional, source "given";
    }
}
